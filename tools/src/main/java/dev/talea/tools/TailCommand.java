// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.Event;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.json.EventJson;
import dev.talea.ledger.json.StringAmounts;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code talea tail}. */
@Command(
    name = "tail",
    description = {
      "Prints the events of a book, one JSON object a line, what there is and then what comes.",
      "Ends with Ctrl-C. A server that goes away is waited for."
    })
final class TailCommand extends ClientCommand {
  /** Any length will do: waiting ends with an event. */
  private static final Duration FOREVER = Duration.ofDays(1);

  @Option(names = "--book", required = true, paramLabel = "BOOK", description = "The book.")
  private String book = "";

  @Option(
      names = "--from",
      paramLabel = "SEQ",
      converter = Converters.Cursor.class,
      description = "The first seq wanted; 1, the beginning, unless told.")
  private long from = 1;

  TailCommand(Shell shell) {
    super(shell);
  }

  @Override
  int run(BlockingLedger ledger) throws InterruptedException {
    try (EventStream events = ledger.subscribe(book, from)) {
      while (true) {
        Event event = events.poll(Duration.ZERO);
        if (event == null) {
          // Nothing ready: the reader at the other end must see what there is before we wait.
          shell().out().flush();
          event = events.poll(FOREVER);
        }
        if (event != null) {
          byte[] line = EventJson.write(event);
          line = amountsAsStrings() ? StringAmounts.of(line) : line;
          shell().out().line(shell().outIsTerminal() ? TerminalBytes.safe(line) : line);
        }
      }
    }
  }
}
