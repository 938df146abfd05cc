// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import dev.talea.ledger.Event;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Counts transactions by book, and does what a test wants done on the way. */
final class Counting implements Projection {
  private final String name;
  private final int version;
  private final Selection selection;
  private final String moreColumns;
  private final Consumer<Event> before;

  Counting(
      String name,
      int version,
      @Nullable Selection selection,
      String moreColumns,
      Consumer<Event> before) {
    this.name = name;
    this.version = version;
    this.selection =
        selection == null
            ? new Selection(null, EnumSet.of(Event.Kind.TRANSACTION_POSTED), List.of())
            : selection;
    this.moreColumns = moreColumns;
    this.before = before;
  }

  Counting(String name, Consumer<Event> before) {
    this(name, 1, null, "", before);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int version() {
    return version;
  }

  @Override
  public Selection selects() {
    return selection;
  }

  @Override
  public List<String> tables() {
    return List.of(name);
  }

  @Override
  public List<String> schema(Dialect dialect) {
    return List.of(
        "CREATE TABLE {%s} (book TEXT PRIMARY KEY, transactions BIGINT NOT NULL%s)"
            .formatted(name, moreColumns));
  }

  @Override
  public void apply(EventBatch batch, Tables tables) throws SQLException {
    for (Event event : batch.events()) {
      before.accept(event);
      tables.update(
          ("INSERT INTO {%s} AS t (book, transactions) VALUES (?, 1) ON CONFLICT (book) DO UPDATE"
                  + " SET transactions = t.transactions + 1")
              .formatted(name),
          batch.book());
    }
  }
}
