// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

/** A projection cannot be run as asked; the message says why and what to do. */
public final class ProjectionException extends RuntimeException {
  private final boolean forWantOfTables;

  public ProjectionException(String message) {
    this(message, false);
  }

  private ProjectionException(String message, boolean forWantOfTables) {
    super(message);
    this.forWantOfTables = forWantOfTables;
  }

  /** It takes tables that are not there, and none are to be made. */
  static ProjectionException noTables(String message) {
    return new ProjectionException(message, true);
  }

  /** Whether it would do if tables were made. */
  public boolean isForWantOfTables() {
    return forWantOfTables;
  }
}
