// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.client.TaleaClient;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.reconcile.run.JsonTree;
import dev.talea.server.Daemon;
import dev.talea.server.settings.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code talea reconcile demo}: a small shop and its bank, which disagree in every way that a bank
 * and a shop do. Starts a server of its own on a free port for as long as it takes, and leaves
 * everything in one folder.
 */
@Command(
    name = "demo",
    description = {
      "Makes a ledger and a file of a bank that disagree in every usual way, matches them, and says"
          + " what is left and where it lies.",
      "Needs no server; everything is made in one folder and stays there."
    })
final class ReconcileDemoCommand implements Callable<Integer> {
  private static final String BOOK = "shop";
  private static final String BANK = "assets:bank";

  /** Also what {@code init} writes. */
  static final String PROFILE =
      """
      {
        "name": "demo-bank",
        "text": {"delimiter": ";"},
        "numbers": {"decimal": ",", "thousands": ".", "scale": 2},
        "dates": {"patterns": ["dd.MM.yyyy"]},
        "amount": {"in_column": "In", "out_column": "Out"},
        "asset": "EUR",
        "fields": [
          {"name": "date", "column": "Booked"},
          {"name": "reference", "column": "Text"}
        ]
      }
      """;

  /** Also what {@code init} writes. */
  static final String RECIPE =
      """
      {
        "name": "demo",
        "description": "A shop against its bank, by the number of the order in the text",
        "left": {
          "ledger": {"book": "shop", "accounts": ["assets:bank"]},
          "derived": [{"name": "order_no", "expression":
            {"column": "reference", "normalise": ["upper", {"capture": "([A-Z]+-[0-9]+)"}]}}]
        },
        "right": {
          "file": {"profile": "demo-bank"},
          "derived": [{"name": "order_no", "expression":
            {"column": "reference", "normalise": ["upper", {"capture": "([A-Z]+-[0-9]+)"}]}}]
        },
        "rules": [
          {"name": "by order", "conditions": [{"column": "order_no"}], "window": {"days": 3}},
          {"name": "paid in parts", "cardinality": "1:N",
           "conditions": [{"column": "order_no"}], "window": {"days": 5}},
          {"name": "a cent off", "conditions": [{"column": "order_no"}],
           "tolerance": {"absolute": 1}, "window": {"days": 3}, "effect": "suggest"}
        ]
      }
      """;

  private static final String STATEMENT =
      """
      Booked;Text;Out;In
      05.01.2026;Order ORD-1001;;12,50
      07.01.2026;transfer ord-1002 thank you;;1.080,00
      06.01.2026;ORD-1003;;45,98
      08.01.2026;ORD-1004 first half;;60,00
      09.01.2026;ORD-1004 second half;;40,00
      10.01.2026;SUB-7 coffee;;9,90
      10.01.2026;SUB-7 coffee;;9,90
      12.01.2026;PO-77 roaster;250,00;
      13.01.2026;ORD-1006;;66,00
      25.01.2026;ORD-1007;;31,00
      31.01.2026;fee for the account;3,50;
      31.01.2026;ORD-1008;;n/a
      """;

  /** What is shown of a row, where it has it. */
  private static final List<String> FIELDS =
      List.of(
          "match",
          "rule",
          "side",
          "row",
          "line",
          "amount",
          "asset",
          "difference",
          "days",
          "_reason",
          "_rule",
          "_difference",
          "_days",
          "date",
          "reference",
          "field",
          "reason",
          "text");

  /** Reference, cents in or out, and day of January: what the shop's ledger says. */
  private record Sale(String reference, long cents, int day) {}

  private static final List<Sale> SALES =
      List.of(
          new Sale("ORD-1001", 1_250, 5),
          new Sale("ORD-1002", 108_000, 5),
          new Sale("ORD-1003", 4_599, 6),
          new Sale("ORD-1004", 10_000, 7),
          new Sale("SUB-7", 990, 10),
          new Sale("SUB-7", 990, 10),
          new Sale("SUB-7", 990, 10),
          new Sale("ORD-1005", 3_000, 11),
          new Sale("PO-77", -25_000, 12),
          new Sale("ORD-1006", 6_000, 13),
          new Sale("ORD-1007", 3_100, 14));

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Where it is made, a new folder; talea-reconcile-demo unless told.")
  private String directory = "talea-reconcile-demo";

  private final Shell shell;

  ReconcileDemoCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    Path folder = shell.directory().resolve(directory).toAbsolutePath().normalize();
    if (Files.exists(folder)) {
      throw new UsageException(folder + " is there already; remove it, or name another by --dir");
    }
    Files.createDirectories(folder);
    Path statement = Files.writeString(folder.resolve("bank.csv"), STATEMENT);
    Files.writeString(folder.resolve("profile.json"), PROFILE);
    Files.writeString(folder.resolve("recipe.json"), RECIPE);
    LogSetup.asDaemon("error");
    Daemon daemon =
        Daemon.start(
            Settings.of(
                Map.of(
                    "TALEA_DB_URL",
                    "log://" + folder.resolve("ledger"),
                    "TALEA_BIND",
                    "127.0.0.1:0",
                    "TALEA_CREATE",
                    "true",
                    "TALEA_RECONCILE_DIR",
                    folder.resolve("reconcile").toString()),
                Map.of()));
    try {
      String url = "http://127.0.0.1:" + daemon.address().getPort();
      try (TaleaClient client = TaleaClient.builder(url).build()) {
        post(new BlockingLedger(client));
      }
      return reconcile(new ReconcileClient(url, ""), folder, statement);
    } finally {
      daemon.stop();
    }
  }

  private static void post(BlockingLedger ledger) {
    ledger.registerAsset(new Asset("EUR", AssetClass.FIAT, 2, "Euro"));
    open(ledger, BANK, AccountKind.ASSET);
    open(ledger, "income:sales", AccountKind.INCOME);
    open(ledger, "expenses:goods", AccountKind.EXPENSE);
    int number = 0;
    for (Sale sale : SALES) {
      number++;
      boolean in = sale.cents > 0;
      Int128 cents = Int128.of(Math.abs(sale.cents));
      String across = in ? "income:sales" : "expenses:goods";
      List<Posting> postings =
          List.of(
              new Posting(BANK, cents, "EUR", in ? Side.DEBIT : Side.CREDIT),
              new Posting(across, cents, "EUR", in ? Side.CREDIT : Side.DEBIT));
      var unused =
          ledger.post(
              new TransactionDraft(
                  BOOK,
                  "demo-" + number,
                  postings,
                  List.of(new ExternalRef("order", sale.reference)),
                  null,
                  Instant.parse("2026-01-%02dT12:00:00Z".formatted(sale.day))));
    }
  }

  private static void open(BlockingLedger ledger, String path, AccountKind kind) {
    ledger.openAccount(new Account(new AccountId(BOOK, path), "EUR", kind, null, null));
  }

  private int reconcile(ReconcileClient client, Path folder, Path statement) throws IOException {
    byte[] unused = client.post("/profiles/demo-bank", PROFILE.getBytes(StandardCharsets.UTF_8));
    unused = client.post("/recipes", RECIPE.getBytes(StandardCharsets.UTF_8));
    String upload = client.upload(statement);
    byte[] begun =
        client.post(
            "/runs", JsonTree.bytes(Map.of("recipe", "demo", "right", Map.of("upload", upload))));
    byte[] ended = new ReconcileWait(client, shell, SystemTicker::pause).end(begun);
    Map<String, @Nullable Object> run = ReconcileClient.tree(ended);
    Out out = shell.out();
    out.line("The ledger of a shop has " + SALES.size() + " postings on its bank account;");
    out.line("the bank's file has 12 lines, in its own spelling. The recipe has matched them:");
    out.line("");
    if (!"completed".equals(run.get("state"))) {
      out.line(ReconcileView.run(run));
      return Main.FAILED;
    }
    out.line(ReconcileView.totals(JsonTree.child(run, "outcome")));
    String id = JsonTree.text(run, "id");
    for (String state : List.of("matched", "suggested", "unmatched", "rejected")) {
      out.line("");
      out.line(state + ":");
      byte[] rows = client.get("/runs/" + id + "/rows?state=" + state);
      out.line(
          ReconcileView.rows(
              ReconcileClient.items(rows).stream().map(ReconcileDemoCommand::brief).toList()));
    }
    Path evidence = folder.resolve("reconcile").resolve("evidence").resolve(id);
    String talea = CommandName.ofClient();
    out.line("");
    out.line("What went in   " + folder.resolve("bank.csv"));
    out.line("               " + folder.resolve("profile.json"));
    out.line("               " + folder.resolve("recipe.json"));
    out.line("The ledger     " + folder.resolve("ledger"));
    out.line("The evidence   " + evidence);
    out.line("Its manifest   SHA-256 " + run.get("manifest_sha256"));
    out.line("");
    out.line("Check it:      " + talea + " reconcile verify " + CommandName.word("" + evidence));
    out.line("Look at it:    every table of it is a CSV and a Parquet file.");
    return Main.OK;
  }

  /** Without what a person does not look at first. */
  private static Map<String, @Nullable Object> brief(Map<String, @Nullable Object> row) {
    Map<String, @Nullable Object> shown = new LinkedHashMap<>();
    for (String field : FIELDS) {
      if (row.containsKey(field)) {
        shown.put(field, row.get(field));
      }
    }
    return shown;
  }
}
