// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;

import dev.talea.jdbc.SqlLedgerStore;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.projections.ProjectionKillChild;
import dev.talea.projections.StoreSource;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/**
 * The process that {@link WebhookKillTest} kills: posts to a ledger and delivers, until it dies.
 */
final class WebhookKillChild {
  private WebhookKillChild() {}

  static WebhookEngine engine(SqlLedgerStore store, String[] place, String owner) {
    return new WebhookEngine(
        new StoreSource(store.reads()),
        ProjectionKillChild.target(place),
        true,
        new SocketSender(Duration.ofSeconds(20), true, Instant::now, null),
        WebhookEngine.Settings.of(owner, Duration.ofSeconds(1)),
        new WebhookEngine.Surroundings(Instant::now, System::nanoTime, () -> 0, () -> true));
  }

  static void prepare(SqlLedgerStore store) {
    store.registerAsset(fiat("EUR")).join();
    store.openAccount(account("a", "cash", "EUR")).join();
    store.openAccount(account("a", "income", "EUR")).join();
  }

  static void post(SqlLedgerStore store, String key) {
    store
        .commit(
            "a",
            List.of(
                new TransactionDraft(
                    "a",
                    key,
                    List.of(
                        new Posting("cash", Int128.of(5), "EUR", Side.DEBIT),
                        new Posting("income", Int128.of(5), "EUR", Side.CREDIT)),
                    List.of(),
                    null,
                    null)),
            false)
        .join();
  }

  /** A round, then the place. */
  public static void main(String[] args) {
    String[] place = Arrays.copyOfRange(args, 1, args.length);
    SqlLedgerStore store = ProjectionKillChild.store(place);
    engine(store, place, "round " + args[0]).start();
    System.out.write('.');
    System.out.flush();
    for (int i = 0; ; i++) {
      post(store, args[0] + " " + i);
    }
  }
}
