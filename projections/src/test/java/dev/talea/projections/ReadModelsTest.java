// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.talea.ledger.Page;
import dev.talea.ledger.projection.DailyBalance;
import dev.talea.ledger.projection.PostingRow;
import dev.talea.ledger.projection.PrefixTotal;
import dev.talea.ledger.projection.Statement;
import dev.talea.projections.read.ReadModels;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is read of the built-in projections, against the events. */
@Tag("slow")
class ReadModelsTest {
  private static final LocalDate FROM = LocalDate.parse("2026-02-25");
  private static final LocalDate TO = LocalDate.parse("2026-03-05");

  @TempDir Path folder;

  private static List<Recomputed.Line> lines(Recomputed all, String account, ZoneId zone) {
    Instant from = FROM.atStartOfDay(zone).toInstant();
    Instant to = TO.atStartOfDay(zone).toInstant();
    return all.lines.stream()
        .filter(line -> line.book().equals("a") && line.account().equals(account))
        .filter(line -> !line.occurred().isBefore(from) && line.occurred().isBefore(to))
        .sorted(
            Comparator.comparing(Recomputed.Line::occurred)
                .thenComparing(Recomputed.Line::seq)
                .thenComparing(Recomputed.Line::posting))
        .toList();
  }

  private static BigInteger before(Recomputed all, String account, Instant end) {
    return all.lines.stream()
        .filter(line -> line.book().equals("a") && line.account().equals(account))
        .filter(line -> line.occurred().isBefore(end))
        .map(Recomputed.Line::amount)
        .reduce(BigInteger.ZERO, BigInteger::add);
  }

  @ParameterizedTest
  @EnumSource
  void theySayWhatTheEventsSay(Targets kind) throws Exception {
    ProjectedLedger ledger = new ProjectedLedger(20);
    ledger.post(300);
    try (ProjectionTarget target = kind.fresh(folder).get();
        ProjectionEngine engine =
            ledger.engine(target, ProjectedLedger.settings("one", 50), ProjectedLedger.builtIn())) {
      ReadModels reads = new ReadModels(target);
      // There are no tables yet.
      assertThrows(TargetException.class, () -> reads.prefixTotals("a", "assets"));
      engine.start();
      ledger.awaitLive(engine);
      Recomputed all = Recomputed.of(ledger.store.reads());
      for (ZoneId zone : List.of(ZoneId.of("UTC"), ZoneId.of("America/Los_Angeles"))) {
        for (String account : List.of("assets", "assets:bank:\"x'\\", "assets:hot")) {
          assertStatement(reads, all, account, zone, 1000);
          assertStatement(reads, all, account, zone, 3);
        }
      }
      assertNull(reads.statement("a", "none", FROM, TO, ZoneId.of("UTC"), null, 10));
      assertThrows(
          IllegalArgumentException.class,
          () -> reads.statement("a", "assets", FROM, TO, ZoneId.of("UTC"), "x", 10));
      assertDaily(reads, all);
      assertPostings(reads, all);
      BigInteger below =
          all.lines.stream()
              .filter(line -> line.book().equals("a") && line.asset().equals("EUR"))
              .filter(line -> line.account().matches("assets(:.*)?"))
              .map(Recomputed.Line::amount)
              .reduce(BigInteger.ZERO, BigInteger::add);
      List<PrefixTotal> totals = reads.prefixTotals("a", "assets");
      assertEquals(List.of("ETH", "EUR"), totals.stream().map(PrefixTotal::asset).toList());
      assertEquals(below, totals.get(1).total());
    }
  }

  private static void assertStatement(
      ReadModels reads, Recomputed all, String account, ZoneId zone, int limit) {
    BigInteger opening = before(all, account, FROM.atStartOfDay(zone).toInstant());
    BigInteger closing = before(all, account, TO.atStartOfDay(zone).toInstant());
    BigInteger balance = opening;
    List<String> due = new ArrayList<>();
    for (Recomputed.Line line : lines(all, account, zone)) {
      balance = balance.add(line.amount());
      due.add(
          due.size()
              + 1
              + " "
              + line.seq()
              + " "
              + line.occurred()
              + " "
              + line.amount()
              + " "
              + balance
              + " "
              + line.key()
              + " "
              + line.occurred().atZone(zone).toLocalDate());
    }
    List<String> said = new ArrayList<>();
    String after = null;
    do {
      Statement page = requireNonNull(reads.statement("a", account, FROM, TO, zone, after, limit));
      assertEquals(opening, page.opening());
      assertEquals(closing, page.closing());
      for (Statement.Line line : page.lines()) {
        BigInteger debit = line.debit();
        said.add(
            line.number()
                + " "
                + line.seq()
                + " "
                + line.at()
                + " "
                + (debit == null ? requireNonNull(line.credit()).negate() : debit)
                + " "
                + line.balance()
                + " "
                + line.description()
                + " "
                + line.date());
      }
      after = page.next();
    } while (after != null);
    assertEquals(String.join("\n", due), String.join("\n", said));
  }

  private static void assertDaily(ReadModels reads, Recomputed all) {
    List<DailyBalance> days = reads.daily("a", "assets", FROM, TO, 1000);
    List<String> said = new ArrayList<>();
    for (DailyBalance day : days) {
      said.add(
          String.join(
              "|",
              "a",
              day.account(),
              day.asset(),
              "" + day.day(),
              "" + day.opening(),
              "" + day.debits(),
              "" + day.credits(),
              "" + day.closing(),
              "" + day.postings()));
    }
    List<String> due =
        all.daily(ProjectedLedger.ZONE).stream()
            .filter(row -> row.startsWith("a|assets|"))
            .filter(
                row -> {
                  LocalDate day = LocalDate.parse(row.split("\\|", -1)[3]);
                  return !day.isBefore(FROM) && day.isBefore(TO);
                })
            .toList();
    assertEquals(String.join("\n", due), String.join("\n", said));
  }

  private static void assertPostings(ReadModels reads, Recomputed all) {
    for (String account : new String[] {null, "assets:bank"}) {
      List<String> said = new ArrayList<>();
      Long after = 0L;
      while (after != null) {
        Page<PostingRow, Long> page = reads.postings("a", account, after, 7);
        page.items().forEach(row -> said.add(row.seq() + " " + row.posting() + " " + row.amount()));
        after = page.next();
      }
      List<String> due =
          all.lines.stream()
              .filter(line -> line.book().equals("a"))
              .filter(line -> account == null || line.account().equals(account))
              .map(line -> line.seq() + " " + line.posting() + " " + line.amount())
              .toList();
      assertEquals(String.join("\n", due), String.join("\n", said));
    }
  }
}
