// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.targets;

import dev.talea.bench.embedded.FullGroups;
import dev.talea.bench.embedded.WaitingCallers;
import dev.talea.bench.report.Result;
import dev.talea.bench.targets.Judge.Value;
import java.util.List;

/** One book under all the load it takes, and under callers who wait. */
final class GroupCommit implements Section {
  private static final double DURABLE_PER_SECOND = 1_000_000;
  private static final double CALLERS_MIN = 0.7;
  private static final int CALLERS = 64;
  private static final Line GROUPS =
      new Line(
          "one book, groups of up to 8,192",
          ">= 1,000,000 durable transactions/s or the disk's sequential bandwidth");
  private static final Line WAITING =
      new Line("one book, 64 callers each waiting", ">= 0.7 x a bare group-committed file");

  @Override
  public String id() {
    return "group-commit";
  }

  @Override
  public List<Line> lines() {
    return List.of(GROUPS, WAITING);
  }

  @Override
  public void measure(Run run) throws Exception {
    run.inFreshFolder(
        folder -> {
          FullGroups.Outcome groups =
              FullGroups.run(
                  folder,
                  run.size().turns(),
                  (int) Math.max(50_000, run.size().transactions() / 20),
                  run.size().seconds() / 10);
          addGroups(run, groups);
        });
    run.inFreshFolder(
        folder -> {
          double turn = run.size().seconds() / 2;
          addWaiting(run, WaitingCallers.run(folder, CALLERS, turn, run.size().turns(), turn));
        });
  }

  private static void addGroups(Run run, FullGroups.Outcome groups) {
    String scenario = "one book, full groups";
    run.add(
        Result.named("talea", scenario)
            .throughput(groups.ledger().operations(), "transactions", groups.ledger().seconds())
            .figure("bytes in the log", groups.bytesPerTransaction(), "B/transaction")
            .figure("transactions in a group", groups.transactionsPerBlock(), "")
            .figure("written", groups.ledger().bytesPerSecond() / 1e6, "MB/s")
            .figure("disk, the same pieces", groups.sameBlocks().bytesPerSecond() / 1e6, "MB/s")
            .figure("disk, 2 MiB pieces", groups.sequential().bytesPerSecond() / 1e6, "MB/s")
            .build());
    run.add("raw write+fdatasync, the same pieces", scenario, "pieces", groups.sameBlocks());
    run.add("raw write+fdatasync, 2 MiB pieces", scenario, "pieces", groups.sequential());
    double lower = Math.min(DURABLE_PER_SECOND, groups.diskAllows());
    run.add(
        Judge.atLeast(
            GROUPS.name(),
            GROUPS.asks(),
            Value.perSecond(groups.ledger().perSecond(), "transactions"),
            Value.perSecond(lower, "transactions"),
            1,
            "%.0f transactions and %.0f KiB a group; the disk would allow %,.0f transactions/s"
                .formatted(
                    groups.transactionsPerBlock(),
                    groups.blockBytes() / 1024.0,
                    groups.diskAllows())));
  }

  private static void addWaiting(Run run, WaitingCallers.Outcome waiting) {
    String scenario = "one book, callers who wait";
    run.add(
        Result.named("talea", scenario)
            .parameter(Result.CONNECTIONS, CALLERS)
            .throughput(waiting.ledger().operations(), "transactions", waiting.ledger().seconds())
            .latency(waiting.ledger().latency())
            .build());
    run.add(
        Result.named("bare group-committed file", scenario)
            .parameter(Result.CONNECTIONS, CALLERS)
            .parameter("bytes", waiting.bytesPerCommit())
            .throughput(waiting.bare().operations(), "transactions", waiting.bare().seconds())
            .latency(waiting.bare().latency())
            .build());
    run.add(
        Judge.atLeast(
            WAITING.name(),
            WAITING.asks(),
            Value.perSecond(waiting.ledger().perSecond(), "transactions"),
            Value.perSecond(waiting.bare().perSecond(), "transactions"),
            CALLERS_MIN,
            null));
  }
}
