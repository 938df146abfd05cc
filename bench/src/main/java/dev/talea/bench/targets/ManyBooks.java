// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.targets;

import dev.talea.bench.embedded.ActiveBooks;
import dev.talea.bench.report.Result;
import dev.talea.bench.targets.Judge.Value;
import java.util.List;

/** Very many books of which a few are written to. */
final class ManyBooks implements Section {
  private static final int ACTIVE = 50;
  private static final double AGGREGATE_MIN = 0.8;

  /** Of the store as a whole, whatever the number of books: space, creation, checkpoints. */
  private static final int THREADS_OF_STORE_MAX = 8;

  private static final Line THREADS =
      new Line("10,000 books, 50 of them active: threads", "no thread per idle book");
  private static final Line AGGREGATE =
      new Line(
          "10,000 books, 50 of them active: aggregate",
          ">= 0.8 x the best single book where the disk allows");

  @Override
  public String id() {
    return "many-books";
  }

  @Override
  public List<Line> lines() {
    return List.of(THREADS, AGGREGATE);
  }

  @Override
  public void measure(Run run) throws Exception {
    int active = Math.min(ACTIVE, run.size().books() / 2);
    run.inFreshFolder(
        folder ->
            add(run, ActiveBooks.run(folder, run.size().books(), active, run.size().seconds())));
  }

  private static void add(Run run, ActiveBooks.Outcome seen) {
    String scenario = "many books";
    run.add(
        Result.named("talea, " + seen.active() + " of " + seen.books() + " books", scenario)
            .throughput(seen.aggregate().operations(), "transactions", seen.aggregate().seconds())
            .figure("creating all books", seen.createSeconds(), "s")
            .figure("threads before", seen.threadsBefore(), "")
            .figure("threads, all books idle", seen.threadsIdle(), "")
            .figure("threads, active books under load", seen.threadsActive(), "")
            .figure("transactions in a group", seen.transactionsPerBlock(), "")
            .build());
    run.add("talea, one of the books", scenario, "transactions", seen.single());
    run.add("raw files, one thread each", scenario, "pieces", seen.rawFiles());
    int idleMax = seen.threadsBefore() + THREADS_OF_STORE_MAX;
    int activeMax = idleMax + seen.active();
    run.add(
        Judge.decided(
            THREADS.name(),
            THREADS.asks(),
            "%d more idle, %d more active"
                .formatted(
                    seen.threadsIdle() - seen.threadsBefore(),
                    seen.threadsActive() - seen.threadsBefore()),
            seen.threadsIdle() <= idleMax && seen.threadsActive() <= activeMax,
            "%d books, %d active".formatted(seen.books(), seen.active())));
    double allowed = AGGREGATE_MIN * Math.min(seen.single().perSecond(), seen.diskAllows());
    run.add(
        Judge.atLeast(
            AGGREGATE.name(),
            AGGREGATE.asks(),
            Value.perSecond(seen.aggregate().perSecond(), "transactions"),
            Value.perSecond(seen.single().perSecond(), "transactions"),
            allowed / seen.single().perSecond(),
            "needs %,.0f transactions/s here; as many raw files would allow %,.0f"
                .formatted(allowed, seen.diskAllows())));
  }
}
