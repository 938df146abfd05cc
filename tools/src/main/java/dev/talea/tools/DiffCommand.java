// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.replay.LedgerDifference;
import dev.talea.index.LedgerSnapshot;
import dev.talea.ledger.Event;
import dev.talea.ledger.json.EventJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code talea diff}. */
@Command(
    name = "diff",
    description = {
      "Says where two ledgers in logs part: the first event that is not the same in both, book by"
          + " book. Exit code 3 if there is one.",
      "Takes no lock and touches nothing; servers may be running."
    })
final class DiffCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "A", description = "The directory of a ledger.")
  private String first = "";

  @Parameters(index = "1", paramLabel = "B", description = "The directory of another.")
  private String second = "";

  private final Shell shell;

  DiffCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    LedgerDirectory here = LedgerDirectory.of(shell, first);
    LedgerDirectory there = LedgerDirectory.of(shell, second);
    LedgerDifference.Parting parting = LedgerDifference.first(here.files(), there.files());
    if (parting == null) {
      shell.out().line("The same events in both.");
      shell.out().flush();
      return Main.OK;
    }
    shell
        .out()
        .line(Terminal.safe("Book '" + parting.book() + "' parts at seq " + parting.seq() + ":"));
    shell.out().line("A  " + event(here, parting, parting.here()));
    shell.out().line("B  " + event(there, parting, parting.there()));
    shell.out().flush();
    return Main.WRONG;
  }

  private static String event(
      LedgerDirectory ledger, LedgerDifference.Parting parting, boolean isThere) {
    if (!isThere) {
      return "has no such event";
    }
    LedgerSnapshot snapshot = LedgerSnapshot.of(ledger.path(), parting.book()::equals);
    List<Event> events = snapshot.events(parting.book(), parting.seq() - 1, 1, 1 << 20);
    return events.isEmpty()
        ? "has it in its last group, which nothing proves to be on disk"
        : Terminal.safe(
            new String(EventJson.write(events.get(0).published()), StandardCharsets.UTF_8));
  }
}
