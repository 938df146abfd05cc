// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

/** A projection cannot be run as asked; the message says why and what to do. */
public final class ProjectionException extends RuntimeException {
  public ProjectionException(String message) {
    super(message);
  }
}
