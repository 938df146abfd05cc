// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.TrialBalance;
import dev.talea.ledger.conformance.Drafts;
import dev.talea.ledger.conformance.InMemoryStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Journals as hledger, ledger-cli and beancount read them: 600 hostile names, up to 253 decimals,
 * every assertion checked, every balance equal to what the store says. Each is skipped, and said to
 * be, where its tool is not installed.
 */
@Tag("slow")
class RealToolsTest {
  private static final DateRange ALL = new DateRange(null, null, ZoneOffset.UTC);
  private static final LocalDate FROM = LocalDate.parse("2026-02-10");
  private static final LocalDate TO = LocalDate.parse("2026-02-20");
  private static final DateRange TEN_DAYS = new DateRange(FROM, TO, ZoneId.of("America/Sao_Paulo"));

  private static final String FORMAT =
      "%(account)\t%(quantity(display_total))\t%(commodity(display_total))\n";

  @TempDir private Path directory;
  private static HostileLedger ledger;

  @BeforeAll
  static void make() {
    ledger = HostileLedger.make(3, 5, 600, 900);
  }

  /** What an account holds, as a tool or the store says. */
  private record Holding(BigDecimal balance, String asset) {}

  private void write(
      String file, StoreReader store, @Nullable String book, ExportFormat format, DateRange range)
      throws IOException {
    ExportSource source = book == null ? ExportSource.allOf(store) : ExportSource.book(store, book);
    ExportOptions options = new ExportOptions(null, range, range.from() != null, false);
    try (OutputStream out = Files.newOutputStream(directory.resolve(file))) {
      Export.write(source, format, options, out);
    }
  }

  /** Raw balances of all accounts that are not 0, at the end of a range. */
  private static Map<AccountId, Holding> expected(StoreReader store, DateRange range) {
    Map<AccountId, Holding> holdings = new HashMap<>();
    for (List<Account> accounts : ledger.accounts.values()) {
      for (Account account : accounts) {
        LocalDate to = range.to();
        Instant end =
            to == null ? null : to.atStartOfDay(range.zone()).toInstant().minusNanos(1000);
        Int128 effective = store.balance(account.id(), end).effective();
        Int128 raw = account.creditNormal() ? effective.negated() : effective;
        Asset asset = store.asset(account.asset());
        if (raw.signum() != 0 && asset != null) {
          BigDecimal balance = new BigDecimal(raw.toBigInteger(), asset.precision());
          holdings.put(account.id(), new Holding(balance, asset.id()));
        }
      }
    }
    assertTrue(holdings.size() > 300, "a ledger without balances proves nothing");
    return holdings;
  }

  private static Map<AccountId, Holding> plain(List<String[]> rows) {
    Map<AccountId, Holding> holdings = new HashMap<>();
    for (String[] row : rows) {
      BigDecimal balance = new BigDecimal(row[1]);
      if (balance.signum() != 0) {
        Holding holding = new Holding(balance, JournalNames.assetOf(row[2]));
        assertEquals(null, holdings.put(JournalNames.accountOf(row[0]), holding));
      }
    }
    return holdings;
  }

  /** The same numbers, whatever they are written like: ledger-cli drops zeros at the end. */
  private static void assertSame(Map<AccountId, Holding> expected, Map<AccountId, Holding> shown) {
    assertEquals(numbers(expected), numbers(shown));
  }

  private static Map<String, String> numbers(Map<AccountId, Holding> holdings) {
    Map<String, String> numbers = new TreeMap<>();
    holdings.forEach(
        (id, holding) ->
            numbers.put(
                id.key(),
                holding.balance().stripTrailingZeros().toPlainString() + " " + holding.asset()));
    return numbers;
  }

  // --- hledger

  @Test
  void hledgerReadsEveryBookAndFindsTheSameBalances() throws Exception {
    OtherTool.require("hledger");
    OtherTool tool = new OtherTool(directory);
    write("all.journal", ledger.store, null, ExportFormat.HLEDGER, ALL);
    tool.run("hledger", "-f", "all.journal", "check", "-s");
    assertSame(expected(ledger.store, ALL), plain(hledgerBalances(tool, "all.journal")));
    write("part.journal", ledger.store, null, ExportFormat.HLEDGER, TEN_DAYS);
    tool.run("hledger", "-f", "part.journal", "check", "-s");
    assertSame(expected(ledger.store, TEN_DAYS), plain(hledgerBalances(tool, "part.journal")));
    // One book is in the order of its dates.
    write("shop.journal", ledger.store, "shop", ExportFormat.HLEDGER, ALL);
    tool.run("hledger", "-f", "shop.journal", "check", "-s", "ordereddates");
  }

  private static List<String[]> hledgerBalances(OtherTool tool, String file) throws Exception {
    List<String> lines =
        tool.run("hledger", "-f", file, "bal", "-O", "csv", "--flat", "-N", "--layout=bare");
    return Csv.rows(String.join("\n", lines.subList(1, lines.size())) + "\n").stream()
        .map(row -> new String[] {row[0], row[2], row[1]})
        .toList();
  }

  @Test
  void hledgerTakesTheWidestAssetsAndItsTagsAreTheReferences() throws Exception {
    OtherTool.require("hledger");
    OtherTool tool = new OtherTool(directory);
    InMemoryStore store = wide();
    write("wide.journal", store, null, ExportFormat.HLEDGER, ALL);
    tool.run("hledger", "-f", "wide.journal", "check", "-s");
    String largest = "." + "0".repeat(255 - 39) + Int128.MAX;
    assertTrue(hledgerBalances(tool, "wide.journal").get(0)[1].endsWith(largest));
    write("shop.journal", ledger.store, "shop", ExportFormat.HLEDGER, ALL);
    List<String> found =
        tool.run("hledger", "-f", "shop.journal", "print", "tag:ref.invoice=2026/20", "tag:tx");
    assertTrue(String.join("\n", found).contains("ref.invoice:2026/20,"), found.toString());
    for (String format : List.of("ledger", "beancount")) {
      ExportFormat other = format.equals("ledger") ? ExportFormat.LEDGER : ExportFormat.BEANCOUNT;
      ExportException e =
          assertThrows(ExportException.class, () -> write("no", store, null, other, ALL));
      assertTrue(("" + e.getMessage()).startsWith("Asset 'WIDEST' has 255 decimals, and "));
    }
  }

  private static InMemoryStore wide() {
    InMemoryStore store = new InMemoryStore(() -> Instant.parse("2026-01-01T00:00:00Z"));
    store.registerAsset(new Asset("WIDEST", AssetClass.FIAT, 255, "w")).join();
    store.openAccount(Drafts.account("b", "a", "WIDEST")).join();
    store.openAccount(Drafts.account("b", "c", "WIDEST")).join();
    Posting debit = new Posting("a", Int128.MAX, "WIDEST", Side.DEBIT);
    Posting credit = new Posting("c", Int128.MAX, "WIDEST", Side.CREDIT);
    store.commit("b", List.of(Drafts.draft("b", "k", debit, credit)), true).join();
    return store;
  }

  @Test
  void aBalanceThatIsWrongIsFoundByEachTool() throws Exception {
    OtherTool.require("hledger", "ledger", "bean-check");
    OtherTool tool = new OtherTool(directory);
    plugin();
    for (ExportFormat format :
        List.of(ExportFormat.HLEDGER, ExportFormat.LEDGER, ExportFormat.BEANCOUNT)) {
      String file = format.word() + ".x";
      write(file, ledger.store, "shop", format, ALL);
      String journal = Files.readString(directory.resolve(file));
      boolean beancount = format == ExportFormat.BEANCOUNT;
      // What is asserted last.
      int at = journal.lastIndexOf(beancount ? " ~ 0 " : " \"", journal.length()) - 1;
      if (!beancount) {
        at = journal.indexOf(' ', journal.lastIndexOf(" = ") + 3) - 1;
      }
      // The first digit of the number, as the last may be one that beancount has a second time.
      while (Character.isDigit(journal.charAt(at - 1)) || journal.charAt(at - 1) == '.') {
        at--;
      }
      Files.writeString(
          directory.resolve(file), journal.substring(0, at) + "1" + journal.substring(at));
      String[] command =
          switch (format) {
            case HLEDGER -> new String[] {"hledger", "-f", file, "check"};
            case LEDGER -> new String[] {"ledger", "-f", file, "bal"};
            default -> new String[] {"bean-check", file};
          };
      assertThrows(AssertionError.class, () -> tool.run(command), file);
    }
  }

  // --- ledger-cli

  @Test
  void ledgerCliReadsEveryBookAndFindsTheSameBalances() throws Exception {
    OtherTool.require("ledger");
    OtherTool tool = new OtherTool(directory);
    write("all.ledger", ledger.store, null, ExportFormat.LEDGER, ALL);
    assertSame(expected(ledger.store, ALL), plain(ledgerBalances(tool, "all.ledger")));
    write("part.ledger", ledger.store, null, ExportFormat.LEDGER, TEN_DAYS);
    assertSame(expected(ledger.store, TEN_DAYS), plain(ledgerBalances(tool, "part.ledger")));
  }

  private static List<String[]> ledgerBalances(OtherTool tool, String file) throws Exception {
    return tool
        .run(
            "ledger",
            "-f",
            file,
            "--pedantic",
            "bal",
            "--flat",
            "--no-total",
            "--balance-format",
            FORMAT)
        .stream()
        .map(line -> line.split("\t", -1))
        .toList();
  }

  // --- beancount

  private void plugin() throws IOException {
    Files.writeString(
        directory.resolve(Export.BEANCOUNT_PLUGIN_FILE), Export.BEANCOUNT_PLUGIN_TEXT);
  }

  @Test
  void beancountReadsEveryBookAndFindsTheSameBalances() throws Exception {
    OtherTool.require("bean-check");
    OtherTool tool = new OtherTool(directory);
    plugin();
    for (DateRange range : List.of(ALL, TEN_DAYS)) {
      write("a.beancount", ledger.store, null, ExportFormat.BEANCOUNT, range);
      tool.run("bean-check", "--no-cache", "a.beancount");
      assertSame(expected(ledger.store, range), beancountBalances(tool));
    }
  }

  /** As its own classes add up: its reports cannot show as many digits. */
  private Map<AccountId, Holding> beancountBalances(OtherTool tool) throws Exception {
    Files.writeString(
        directory.resolve("balances.py"),
        """
        import sys
        from beancount import loader
        from beancount.core import data, realization
        entries, errors, options = loader.load_file("a.beancount")
        names = {}
        for entry in entries:
            if isinstance(entry, data.Commodity):
                names[entry.currency] = entry.meta["talea-asset"]
        for account in realization.iter_children(realization.realize(entries)):
            for position in account.balance:
                number = format(position.units.number, "f")
                print(account.account, number, names[position.units.currency], sep="\\t")
        """);
    Map<AccountId, Holding> holdings = new HashMap<>();
    // The packaged one sees the packaged library.
    for (String line : tool.run("/usr/bin/python3", "balances.py")) {
      String[] row = line.split("\t", -1);
      BigDecimal balance = new BigDecimal(row[1]);
      if (balance.signum() != 0) {
        holdings.put(BeancountNames.accountOf(row[0]), new Holding(balance, row[2]));
      }
    }
    return holdings;
  }

  // --- without a tool

  @Test
  void theSumsAreThoseOfTheTrialBalance() {
    Map<AccountId, Holding> holdings = expected(ledger.store, ALL);
    for (String book : ledger.accounts.keySet()) {
      for (TrialBalance.Line line : ledger.store.trialBalance(book, null).lines()) {
        BigDecimal sum = BigDecimal.ZERO;
        for (AccountView view : ledger.store.accounts(book, "", null, 1000).items()) {
          Holding holding = holdings.get(view.account().id());
          if (holding != null && holding.asset().equals(line.asset())) {
            sum = sum.add(holding.balance());
          }
        }
        assertEquals(0, sum.signum(), line.toString());
        assertEquals(BigInteger.ZERO, line.debits().subtract(line.credits()));
      }
    }
  }

  @Test
  void aLaterRangeWithoutOpeningBalancesAssertsNone() throws IOException {
    ExportOptions options = new ExportOptions(null, TEN_DAYS, false, false);
    for (ExportFormat format : List.of(ExportFormat.HLEDGER, ExportFormat.BEANCOUNT)) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      Export.write(ExportSource.book(ledger.store, "shop"), format, options, out);
      String journal = out.toString(UTF_8);
      assertTrue(journal.contains("2026-02-10 "), "it has transactions");
      assertFalse(journal.contains("2026-02-20 *"), "of those days only");
      assertFalse(journal.contains("opening balance"));
      assertFalse(journal.matches("(?s).*[0-9] \\S+ = [-0-9].*"), "no assertion of hledger");
      assertFalse(journal.contains(" balance "), "no assertion of beancount");
    }
  }
}
