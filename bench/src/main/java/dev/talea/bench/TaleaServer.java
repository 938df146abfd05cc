package dev.talea.bench;

import dev.talea.client.TaleaClient;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.Side;
import dev.talea.server.Daemon;
import dev.talea.server.Settings;
import java.util.Map;

/**
 * {@code talead} under test: default settings on the log store, no tokens, with the accounts that
 * the load posts to.
 *
 * <p>A process of its own; prints its port on the first line and runs until its input ends.
 */
public final class TaleaServer {
  static final String BOOK = "bench";

  private TaleaServer() {}

  /** Serves the ledger in the folder named by the first argument, on a free port. */
  public static void main(String[] args) throws Exception {
    Daemon daemon =
        Daemon.start(
            Settings.of(
                Map.of("TALEA_DB_URL", "log://" + args[0], "TALEA_BIND", "127.0.0.1:0"), Map.of()));
    try {
      int port = daemon.address().getPort();
      try (TaleaClient client = TaleaClient.builder("http://127.0.0.1:" + port).build()) {
        BlockingLedger ledger = new BlockingLedger(client);
        ledger.registerAsset(new Asset("EUR", AssetClass.FIAT, 2, "Euro"));
        ledger.openAccount(account("cash", AccountKind.ASSET, Side.DEBIT));
        ledger.openAccount(account("sales", AccountKind.INCOME, Side.CREDIT));
      }
      ServerProcess.announceAndWait(port);
    } finally {
      daemon.stop();
    }
  }

  private static Account account(String path, AccountKind kind, Side side) {
    return new Account(new AccountId(BOOK, path), "EUR", kind, side, null);
  }
}
