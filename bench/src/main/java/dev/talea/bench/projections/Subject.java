// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.projections;

import dev.talea.projections.Projection;
import dev.talea.projections.builtin.DailyBalancesProjection;
import dev.talea.projections.builtin.PostingsProjection;
import java.time.ZoneOffset;

/** A projection that is measured. */
public enum Subject {
  /** A row a posting. */
  POSTINGS("postings"),

  /** A row an account and day. */
  DAILY_BALANCES("daily-balances");

  private final String name;

  Subject(String name) {
    this.name = name;
  }

  /** It, as it ships. */
  Projection projection() {
    return switch (this) {
      case POSTINGS -> new PostingsProjection();
      case DAILY_BALANCES -> new DailyBalancesProjection(ZoneOffset.UTC);
    };
  }

  /** Its name. */
  @Override
  public String toString() {
    return name;
  }
}
