// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import java.sql.SQLException;

/** The database of projections is out of reach, or refuses. What was asked for was not done. */
public final class TargetException extends RuntimeException {
  /** Says which. */
  public TargetException(ProjectionTarget target, SQLException cause) {
    super("The projections in " + target + " cannot be reached: " + cause.getMessage(), cause);
  }
}
