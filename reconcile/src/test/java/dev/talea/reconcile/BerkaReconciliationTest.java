// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.InMemoryStore;
import dev.talea.ledger.service.LedgerService;
import dev.talea.reconcile.engine.DuckEngine;
import dev.talea.reconcile.engine.EngineLimits;
import dev.talea.reconcile.engine.EngineRun;
import dev.talea.reconcile.engine.MatchProgress;
import dev.talea.reconcile.engine.Origin;
import dev.talea.reconcile.engine.Outcome;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.RecipeJson;
import dev.talea.reconcile.recipe.SourceRef;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.row.RowSource;
import dev.talea.reconcile.source.BookHeads;
import dev.talea.reconcile.source.DelimitedSource;
import dev.talea.reconcile.source.LedgerSource;
import dev.talea.reconcile.source.ProfileJson;
import dev.talea.reconcile.source.SourceLimits;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real transactions of a bank stand in a ledger, and the same file as the bank would send it is
 * matched against them: decimal comma, two columns of amounts, its own pattern of days, the
 * reference in free text; with lines removed, doubled, split in two, merged, shifted by days and
 * off by a cent, each of them in one of a hundred, by a seed. What was done to each is written
 * down, and every row has to end in the state and with the partners that follow from it.
 *
 * <p>The file is no part of the project. It is looked for in {@code -Dtalea.berka=DIR}, and if that
 * is not given, in {@code shared/data/berka} beside the checkout; without it there is nothing to
 * test. A tenth of it is used; {@code -Dtalea.berka.transactions=49102} is all.
 */
@Tag("slow")
class BerkaReconciliationTest {
  private static final int TRANSACTIONS = Integer.getInteger("talea.berka.transactions", 4_910);
  private static final long SEED = Long.getLong("talea.seed", 20261128L);
  private static final Charset CHARSET = Charset.forName("windows-1250");
  private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("d.M.yyyy", Locale.ROOT);

  /** Of lines that have another of their account and day, one in so many; they are few. */
  private static final int MERGED_ONE_IN = 4;

  private static final String BATCH = "Hromadná položka";

  private static final String PROFILE =
      """
      {"name": "bank", "format": "delimited",
       "text": {"encoding": "windows-1250", "delimiter": ";", "footer_prefix": "Celkem"},
       "numbers": {"decimal": ",", "thousands": ".", "scale": 2},
       "dates": {"patterns": ["d.M.yyyy"]},
       "amount": {"in_column": "Příchozí", "out_column": "Odchozí"},
       "asset": "CZK",
       "fields": [
         {"name": "date", "column": "Datum", "type": "date"},
         {"name": "account", "column": "Účet"},
         {"name": "reference", "column": "Popis"}]}
      """;

  private static final String RECIPE =
      """
      {"name": "bank",
       "left": {"ledger": {"book": "bank", "accounts": ["customer"]},
         "derived": [{"name": "number", "expression": {"column": "key"}},
                     {"name": "kind", "expression": "Hromadná"}]},
       "right": {"file": {"profile": "bank"},
         "derived": [
           {"name": "number", "expression":
             {"column": "reference", "normalise": [{"capture": "VS0*([0-9]+)"}]}},
           {"name": "kind", "expression":
             {"column": "reference", "normalise": [{"capture": "^(Hromadná)"}]}}]},
       "rules": [
         {"name": "same day", "conditions": [{"column": "number"}, {"column": "account"}],
          "sign": "opposite", "window": {"column": "date", "days": 0}},
         {"name": "late", "conditions": [{"column": "number"}, {"column": "account"}],
          "sign": "opposite", "window": {"column": "date", "days": 5}},
         {"name": "a cent", "conditions": [{"column": "number"}, {"column": "account"}],
          "sign": "opposite", "tolerance": {"absolute": 1}, "window": {"column": "date", "days": 0},
          "effect": "suggest"},
         {"name": "split", "cardinality": "1:N", "grouping": "whole",
          "conditions": [{"column": "number"}, {"column": "account"}],
          "sign": "opposite", "window": {"column": "date", "days": 0}},
         {"name": "merged", "cardinality": "N:1", "grouping": "subset", "group_max": 4,
          "conditions": [{"column": "kind"}, {"column": "account"}],
          "sign": "opposite", "window": {"column": "date", "days": 0}}]}
      """;

  @TempDir private Path directory;

  /** A line of the bank's file. */
  private record Line(String key, String account, LocalDate day, long hellers, String operation) {}

  /** What has to be found: the keys of the ledger's rows, and the lines of the file. */
  private record Match(String rule, Set<String> left, Set<String> right) {}

  private final Random random = new Random(SEED);
  private final List<String> sent = new ArrayList<>();
  private final List<Match> due = new ArrayList<>();
  private final Set<String> leftOpen = new TreeSet<>();

  /** Lines that were sent twice: of each two one is open, and which does not matter. */
  private final Map<String, String> twin = new HashMap<>();

  private final Map<String, Integer> done = new TreeMap<>();

  @Test
  @Timeout(600)
  void everyRowEndsAsTheTruthSays() throws Exception {
    List<Line> lines = lines(data());
    LedgerApi ledger = ledger(lines);
    send(lines);
    Path file = directory.resolve("bank.csv");
    Files.writeString(file, String.join("\r\n", sent) + "\r\n", CHARSET);
    Recipe recipe = RecipeJson.read(RECIPE.getBytes(StandardCharsets.UTF_8));
    long end = ledger.book("bank").get().lastSeq();
    Path work = Files.createDirectories(directory.resolve("run"));
    Path evidence = Files.createDirectories(work.resolve("evidence"));
    Outcome outcome;
    try (EngineRun run = new DuckEngine().open(work, new EngineLimits(256L << 20, 2, 1L << 30));
        RowSource left =
            new LedgerSource(
                ledger,
                (SourceRef.Ledger) recipe.left().source(),
                null,
                null,
                end,
                BookHeads.NONE);
        RowSource right =
            new DelimitedSource(
                () -> Files.newInputStream(file),
                ProfileJson.read(PROFILE.getBytes(StandardCharsets.UTF_8)),
                SourceLimits.DEFAULTS)) {
      assertEquals(
          lines.size(), run.load(MatchSide.LEFT, Origin.SOURCE, left, MatchProgress.UNSEEN));
      assertEquals(
          sent.size() - 2, run.load(MatchSide.RIGHT, Origin.SOURCE, right, MatchProgress.UNSEEN));
      outcome = run.match(recipe, Map.of(), MatchProgress.UNSEEN);
      run.write(evidence, MatchProgress.UNSEEN);
    }
    Map<String, String> keys = keys(evidence);
    Map<String, Match> found = found(evidence, keys);
    int wrong = 0;
    for (Match match : due) {
      Match is = found.remove(match.left.iterator().next());
      if (is == null || !is.rule.equals(match.rule) || !same(is, match)) {
        wrong++;
        System.out.println("due " + match + ", found " + is);
      }
    }
    assertEquals(0, wrong, "matches that are missing or have other rows, seed " + SEED);
    assertEquals(Map.of(), found, "matches that are false, seed " + SEED);
    Set<String> open = new TreeSet<>();
    read(evidence.resolve("unmatched_left.csv"))
        .forEach(row -> open.add(keys.getOrDefault(cell(row, "_row"), "?")));
    assertEquals(leftOpen, open, "rows of the ledger that are open, seed " + SEED);
    assertEquals(
        done.getOrDefault("doubled", 0),
        read(evidence.resolve("unmatched_right.csv")).size(),
        "lines of the file that are open, seed " + SEED);
    assertEquals(0, outcome.right().rejected());
    System.out.println(
        "BerkaReconciliationTest: %,d rows of the ledger against %,d lines, of which %s: every state and partner as the truth says, false matches 0; %s; seed %d"
            .formatted(lines.size(), sent.size() - 2, done, outcome.rules(), SEED));
  }

  private boolean same(Match is, Match due) {
    Set<String> right = new TreeSet<>();
    is.right.forEach(line -> right.add(twin.getOrDefault(line, line)));
    return is.left.equals(due.left) && right.equals(due.right);
  }

  /** Keys of the ledger's rows by their number. */
  private static Map<String, String> keys(Path evidence) throws IOException {
    Map<String, String> keys = new HashMap<>();
    read(evidence.resolve("left_rows.csv"))
        .forEach(row -> keys.put(cell(row, "_row"), cell(row, "key")));
    return keys;
  }

  /** What was put together, by the smallest key of the ledger's rows in it. */
  private static Map<String, Match> found(Path evidence, Map<String, String> keys)
      throws IOException {
    Map<String, Match> matches = new TreeMap<>();
    for (String file : List.of("matched.csv", "suggested.csv")) {
      for (Map<String, String> row : read(evidence.resolve(file))) {
        Match match =
            matches.computeIfAbsent(
                cell(row, "match"),
                number -> new Match(cell(row, "rule"), new TreeSet<>(), new TreeSet<>()));
        if (cell(row, "side").equals("left")) {
          match.left.add(keys.getOrDefault(cell(row, "row"), "?"));
        } else {
          match.right.add(cell(row, "line"));
        }
      }
    }
    Map<String, Match> byKey = new TreeMap<>();
    matches.values().forEach(match -> byKey.put(match.left.iterator().next(), match));
    assertEquals(matches.size(), byKey.size(), "a row is in two matches");
    return byKey;
  }

  private static String cell(Map<String, String> row, String column) {
    return Objects.requireNonNull(row.get(column), column);
  }

  /** Rows by the names of their columns; none of these has a comma in a field that is looked at. */
  private static List<Map<String, String>> read(Path csv) throws IOException {
    List<Map<String, String>> rows = new ArrayList<>();
    List<String> lines = Files.readAllLines(csv);
    String[] header = lines.get(0).split(",", -1);
    for (String line : lines.subList(1, lines.size())) {
      String[] fields = line.split(",", -1);
      Map<String, String> row = new HashMap<>();
      for (int i = 0; i < Math.min(header.length, fields.length); i++) {
        row.put(header[i], fields[i]);
      }
      rows.add(row);
    }
    return rows;
  }

  /** The file as the bank sends it. */
  private void send(List<Line> lines) {
    sent.add("Datum;Účet;Příchozí;Odchozí;Popis");
    Set<Integer> merged = new TreeSet<>();
    for (int i = 0; i < lines.size(); i++) {
      Line line = lines.get(i);
      if (merged.contains(i) || (random.nextInt(MERGED_ONE_IN) == 0 && merge(lines, i, merged))) {
        continue;
      }
      int dice = random.nextInt(100);
      switch (dice) {
        case 0 -> {
          count("removed");
          leftOpen.add(line.key);
        }
        case 1 -> {
          count("doubled");
          String first = send(line, line.day, line.hellers, number(line));
          twin.put(send(line, line.day, line.hellers, number(line)), first);
          due("same day", Set.of(line.key), Set.of(first));
        }
        case 2 -> split(line);
        case 3 -> {
          count("shifted");
          LocalDate day = line.day.plusDays(random.nextInt(1, 6));
          due("late", Set.of(line.key), Set.of(send(line, day, line.hellers, number(line))));
        }
        case 4 -> {
          count("off by a cent");
          long hellers = line.hellers + (random.nextBoolean() ? 1 : -1);
          due("a cent", Set.of(line.key), Set.of(send(line, line.day, hellers, number(line))));
        }
        default ->
            due(
                "same day",
                Set.of(line.key),
                Set.of(send(line, line.day, line.hellers, number(line))));
      }
    }
    sent.add("Celkem;;;;");
  }

  private void split(Line line) {
    if (Math.abs(line.hellers) < 10) {
      due("same day", Set.of(line.key), Set.of(send(line, line.day, line.hellers, number(line))));
      return;
    }
    count("split");
    long part = line.hellers / random.nextInt(3, 8);
    due(
        "split",
        Set.of(line.key),
        new TreeSet<>(
            List.of(
                send(line, line.day, part, number(line)),
                send(line, line.day, line.hellers - part, number(line)))));
  }

  /** Puts it together with the next one of the same account and day, if there is one. */
  private boolean merge(List<Line> lines, int i, Set<Integer> merged) {
    Line line = lines.get(i);
    for (int j = i + 1; j < lines.size() && lines.get(j).day.equals(line.day); j++) {
      Line other = lines.get(j);
      if (other.account.equals(line.account) && !merged.contains(j)) {
        count("merged");
        merged.add(j);
        String sum = send(line, line.day, line.hellers + other.hellers, BATCH);
        due("merged", new TreeSet<>(Set.of(line.key, other.key)), Set.of(sum));
        return true;
      }
    }
    return false;
  }

  private void count(String what) {
    done.merge(what, 1, Integer::sum);
  }

  private void due(String rule, Set<String> left, Set<String> right) {
    due.add(new Match(rule, new TreeSet<>(left), new TreeSet<>(right)));
  }

  private String number(Line line) {
    return "%s VS%010d".formatted(line.operation, Long.parseLong(line.key));
  }

  /** Adds a line to the file, and gives its number. */
  private String send(Line line, LocalDate day, long hellers, String text) {
    String amount =
        "%,.2f"
            .formatted(BigDecimal.valueOf(Math.abs(hellers), 2))
            .replace(',', ' ')
            .replace('.', ',')
            .replace(' ', '.');
    sent.add(
        String.join(
            ";",
            DAY.format(day),
            line.account,
            hellers >= 0 ? amount : "",
            hellers < 0 ? amount : "",
            text));
    return "" + sent.size();
  }

  private static Path data() {
    String property = System.getProperty("talea.berka", "");
    Path data =
        property.isEmpty() ? Path.of("..", "..", "shared", "data", "berka") : Path.of(property);
    Path file = data.resolve("transactions.csv");
    boolean there = Files.isReadable(file);
    if (!there) {
      System.out.println(
          "SKIPPED: the reconciliation of real bank transactions; there is no "
              + file.toAbsolutePath().normalize()
              + ". Give its folder with -Dtalea.berka=DIR.");
    }
    Assumptions.assumeTrue(there, "no real bank transactions here");
    return file;
  }

  private static List<Line> lines(Path csv) throws IOException {
    List<Line> lines = new ArrayList<>();
    List<String> text = Files.readAllLines(csv);
    for (String each : text.subList(1, Math.min(text.size(), 1 + TRANSACTIONS))) {
      String[] row = each.split(",", -1);
      long hellers = new BigDecimal(row[5]).movePointRight(2).longValueExact();
      lines.add(
          new Line(
              row[0],
              "customer:" + row[1],
              LocalDate.parse(row[2]),
              row[3].equals("credit") ? hellers : -hellers,
              row[4]));
    }
    return lines;
  }

  private static LedgerApi ledger(List<Line> lines) throws Exception {
    InMemoryStore store = new InMemoryStore();
    LedgerApi ledger = new LedgerService(store, Runnable::run);
    ledger.registerAsset(new Asset("CZK", AssetClass.FIAT, 2, "Czech crown")).get();
    Set<String> accounts = new TreeSet<>(Set.of("cash"));
    lines.forEach(line -> accounts.add(line.account));
    for (String account : accounts) {
      ledger
          .openAccount(
              new Account(
                  new AccountId("bank", account),
                  "CZK",
                  account.equals("cash") ? AccountKind.ASSET : AccountKind.LIABILITY,
                  null,
                  null))
          .get();
    }
    for (Line line : lines) {
      Int128 hellers = Int128.of(Math.abs(line.hellers));
      boolean in = line.hellers >= 0;
      ledger
          .post(
              new TransactionDraft(
                  "bank",
                  line.key,
                  List.of(
                      new Posting("cash", hellers, "CZK", in ? Side.DEBIT : Side.CREDIT),
                      new Posting(line.account, hellers, "CZK", in ? Side.CREDIT : Side.DEBIT)),
                  List.of(),
                  null,
                  line.day.atStartOfDay(ZoneOffset.UTC).toInstant()))
          .get();
    }
    assertTrue(lines.size() > 100);
    return ledger;
  }
}
