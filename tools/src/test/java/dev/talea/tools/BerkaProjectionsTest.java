// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.talea.client.TaleaClient;
import dev.talea.jdbc.TestPostgres;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.projection.Statement;
import dev.talea.projections.ProjectionTarget;
import dev.talea.projections.read.ReadModels;
import dev.talea.projections.target.PostgresTarget;
import dev.talea.projections.target.SqliteTarget;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Real transactions of a bank go into a ledger over HTTP while it is projected, and the process
 * that projects, which is the server itself or a worker beside it, is killed at random moments;
 * then the tables are compared, row by row, with what follows from the bank's own file. A tenth of
 * them, and each target with one of the two; all of it: {@code -Dtalea.berka.transactions=49102
 * -Dtalea.berka.kills=10}.
 *
 * <p>Where the file is looked for: see {@link BerkaRun}.
 */
@Tag("binary")
class BerkaProjectionsTest {
  private static final int TRANSACTIONS = BerkaRun.TRANSACTIONS;
  private static final int KILLS = Integer.getInteger("talea.berka.kills", 2);
  private static final int BATCH = TRANSACTIONS == BerkaRun.ALL ? 25 : 10;
  private static final LocalDate FROM = LocalDate.parse("1993-06-01");
  private static final LocalDate TO = LocalDate.parse("1994-01-01");

  @TempDir private Path directory;

  /** Where the tables lie. */
  private enum Place {
    SQLITE {
      @Override
      String url(Path directory) {
        return "sqlite://" + directory.resolve("tables.db");
      }

      @Override
      ProjectionTarget open(Path directory, String url) {
        return new SqliteTarget(directory.resolve("tables.db"));
      }
    },
    POSTGRES {
      @Override
      String url(Path directory) throws SQLException {
        return TestPostgres.newDatabaseUrl();
      }

      @Override
      ProjectionTarget open(Path directory, String url) {
        Matcher parts = Pattern.compile("postgres://(.*)@(.*):(\\d+)/([^?]*).*").matcher(url);
        assertTrue(parts.matches(), url);
        dev.talea.jdbc.PostgresTarget login =
            TestPostgres.target(Integer.parseInt(parts.group(3)), parts.group(4), null);
        return new PostgresTarget(
            login.jdbcUrl(),
            login.properties(),
            "talea_projection",
            new PostgresTarget.Settings(
                1, 2, Duration.ofSeconds(10), Duration.ofSeconds(10), false));
      }
    };

    abstract String url(Path directory) throws SQLException;

    abstract ProjectionTarget open(Path directory, String url);
  }

  /** Which process keeps the tables, and dies. */
  private enum Projector {
    SERVER,
    WORKER
  }

  static Stream<Arguments> runs() {
    Stream<Arguments> few =
        Stream.of(
            Arguments.of(Place.SQLITE, Projector.SERVER),
            Arguments.of(Place.POSTGRES, Projector.WORKER));
    Stream<Arguments> rest =
        Stream.of(
            Arguments.of(Place.SQLITE, Projector.WORKER),
            Arguments.of(Place.POSTGRES, Projector.SERVER));
    return TRANSACTIONS == BerkaRun.ALL ? Stream.concat(few, rest) : few;
  }

  /** A transaction of a customer, as the bank's file has it; money in is negative, a liability. */
  private record Line(String key, String customer, LocalDate day, BigInteger amount) {}

  @ParameterizedTest
  @MethodSource("runs")
  @Timeout(600)
  void theTablesFollowFromTheBanksFile(Place place, Projector projector) throws Exception {
    Path data = BerkaRun.data();
    BerkaRun berka = new BerkaRun(directory);
    long start = SystemTicker.nanos();
    assertEquals(
        TRANSACTIONS,
        BerkaConverter.convert(data.resolve("transactions.csv"), directory, TRANSACTIONS));
    int port = TaleaProcess.freePort();
    String url = place.url(directory);
    boolean alone = projector == Projector.SERVER;
    Map<String, String> serving =
        Map.of(
            "TALEA_BIND",
            "127.0.0.1:" + port,
            "TALEA_PROJECTIONS",
            alone ? "all" : "none",
            "TALEA_PROJECTION_LEASE",
            "1s",
            "TALEA_PROJECTION_DB_URL",
            url);
    berka.run(Map.of(), "init", "--seed", "talea.seed.toml");
    String env = Files.readString(directory.resolve(".env"));
    Matcher token = Pattern.compile("(?m)^TALEA_API_TOKEN=([0-9a-f]{64})$").matcher(env);
    assertTrue(token.find(), "no token in .env");
    Map<String, String> working =
        Map.of(
            "TALEA_URL",
            "http://127.0.0.1:" + port,
            "TALEA_TOKEN",
            token.group(1),
            "TALEA_WORKER_BIND",
            "127.0.0.1:" + TaleaProcess.freePort(),
            "TALEA_PROJECTION_LEASE",
            "1s",
            "TALEA_PROJECTION_DB_URL",
            url);
    TaleaProcess server = berka.serve(serving);
    TaleaProcess worker = alone ? null : work(working);
    try (TaleaClient client =
        TaleaClient.builder("http://127.0.0.1:" + port).token(token.group(1)).build()) {
      BlockingLedger ledger = new BlockingLedger(client);
      Map<String, String> clientSettings =
          Map.of("TALEA_URL", "http://127.0.0.1:" + port, "TALEA_TOKEN", token.group(1));
      long seed = SystemTicker.nanos();
      say("to " + place + " by the " + projector + ", kills by seed " + seed, start);
      try (EventStream events = ledger.subscribe(BerkaConverter.BOOK, 1);
          TaleaProcess loader =
              TaleaProcess.start(
                  directory, clientSettings, "load", "--batch", "" + BATCH, "drafts.jsonl")) {
        for (long seq :
            new Random(seed)
                .longs(KILLS, TRANSACTIONS / 10, TRANSACTIONS * 9L / 10)
                .sorted()
                .toArray()) {
          BerkaRun.awaitSeq(events, seq);
          if (worker == null) {
            server.kill();
            server = berka.serve(serving);
          } else {
            worker.kill();
            worker = work(working);
          }
          say("seq " + seq + ": killed with SIGKILL, and back", start);
        }
        assertEquals(0, loader.exitCode(), loader::toString);
      }
      long end = ledger.book(BerkaConverter.BOOK).lastSeq();
      say("loaded, the book ends with seq " + end, start);
      try (ProjectionTarget target = place.open(directory, url)) {
        awaitEnd(target, end);
        say("the tables are there", start);
        check(target, lines(data.resolve("transactions.csv")), start);
      }
    } finally {
      if (worker != null) {
        worker.close();
      }
      server.close();
    }
  }

  private TaleaProcess work(Map<String, String> settings) throws Exception {
    return TaleaProcess.start(directory, settings, "worker").awaitLine("following the ledger ");
  }

  private static List<Line> lines(Path csv) throws IOException {
    List<Line> lines = new ArrayList<>();
    for (String text : Files.readAllLines(csv).subList(1, 1 + TRANSACTIONS)) {
      String[] row = text.split(",", -1);
      BigInteger hellers = new BigDecimal(row[5]).movePointRight(2).toBigIntegerExact();
      lines.add(
          new Line(
              row[0],
              "customer:" + row[1],
              LocalDate.parse(row[2]),
              row[3].equals("credit") ? hellers.negate() : hellers));
    }
    return lines;
  }

  private static void check(ProjectionTarget target, List<Line> lines, long start)
      throws SQLException {
    List<String> due = new ArrayList<>();
    lines.forEach(
        line -> due.add(line.key + "|" + line.customer + "|" + line.amount + "|" + line.day));
    assertSame(
        due,
        rows(
            target,
            "SELECT key, account, amount, substr(CAST(occurred_at AS TEXT), 1, 10) FROM postings"
                + " WHERE account LIKE 'customer:%'"));
    assertEquals(List.of("" + 2 * TRANSACTIONS), rows(target, "SELECT count(*) FROM postings"));
    say(due.size() + " rows of postings are right, of " + 2 * TRANSACTIONS, start);

    Map<String, NavigableMap<LocalDate, List<Line>>> byCustomer = new TreeMap<>();
    for (Line line : lines) {
      byCustomer
          .computeIfAbsent(line.customer, customer -> new TreeMap<>())
          .computeIfAbsent(line.day, day -> new ArrayList<>())
          .add(line);
    }
    List<String> days = new ArrayList<>();
    byCustomer.forEach((customer, its) -> days.addAll(days(customer, its)));
    assertSame(
        days,
        rows(
            target,
            "SELECT account, day, opening, debits, credits, closing, postings FROM daily_balances"
                + " WHERE account LIKE 'customer:%'"));
    say(days.size() + " rows of daily balances are right", start);

    ReadModels reads = new ReadModels(target);
    byCustomer.forEach((customer, its) -> checkStatement(reads, customer, its));
    say(
        "statements of %d customers are right, from %s to %s"
            .formatted(byCustomer.size(), FROM, TO),
        start);
  }

  private static List<String> days(String customer, NavigableMap<LocalDate, List<Line>> its) {
    List<String> days = new ArrayList<>();
    BigInteger balance = BigInteger.ZERO;
    for (Map.Entry<LocalDate, List<Line>> day : its.entrySet()) {
      BigInteger debits = BigInteger.ZERO;
      BigInteger credits = BigInteger.ZERO;
      for (Line line : day.getValue()) {
        debits = debits.add(line.amount.max(BigInteger.ZERO));
        credits = credits.add(line.amount.negate().max(BigInteger.ZERO));
      }
      BigInteger closing = balance.add(debits).subtract(credits);
      days.add(
          String.join(
              "|",
              customer,
              "" + day.getKey(),
              "" + balance,
              "" + debits,
              "" + credits,
              "" + closing,
              "" + day.getValue().size()));
      balance = closing;
    }
    return days;
  }

  private static void checkStatement(
      ReadModels reads, String customer, NavigableMap<LocalDate, List<Line>> its) {
    BigInteger opening = sum(its.headMap(FROM, false).values());
    BigInteger closing = sum(its.headMap(TO, false).values());
    List<String> due = new ArrayList<>();
    its.subMap(FROM, true, TO, false)
        .values()
        .forEach(
            day -> day.forEach(line -> due.add(line.day + "|" + line.amount + "|" + line.key)));
    List<String> said = new ArrayList<>();
    BigInteger balance = opening;
    String after = null;
    do {
      Statement page =
          requireNonNull(
              reads.statement(BerkaConverter.BOOK, customer, FROM, TO, ZoneOffset.UTC, after, 10));
      assertEquals(opening, page.opening(), customer);
      assertEquals(closing, page.closing(), customer);
      for (Statement.Line line : page.lines()) {
        BigInteger debit = line.debit();
        BigInteger amount = debit == null ? requireNonNull(line.credit()).negate() : debit;
        balance = balance.add(amount);
        assertEquals(balance, line.balance(), customer);
        said.add(line.date() + "|" + amount + "|" + line.description());
      }
      after = page.next();
    } while (after != null);
    assertSame(due, said);
  }

  private static BigInteger sum(Iterable<List<Line>> days) {
    BigInteger sum = BigInteger.ZERO;
    for (List<Line> day : days) {
      for (Line line : day) {
        sum = sum.add(line.amount);
      }
    }
    return sum;
  }

  /** The same rows, in whatever order. */
  private static void assertSame(List<String> due, List<String> is) {
    Map<String, Integer> left = new HashMap<>();
    due.forEach(row -> left.merge(row, 1, Integer::sum));
    is.forEach(row -> left.merge(row, -1, Integer::sum));
    left.values().removeIf(count -> count == 0);
    assertEquals(Map.of(), left, "rows that are missing (1), or should not be there (-1)");
  }

  private static List<String> rows(ProjectionTarget target, String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Connection connection = target.read();
        var statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(sql)) {
      if (target instanceof PostgresTarget) {
        assertEquals("UTC", zone(connection), "days are compared as text");
      }
      while (answer.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= answer.getMetaData().getColumnCount(); i++) {
          row.add(answer.getString(i));
        }
        rows.add(String.join("|", row));
      }
    }
    return rows;
  }

  private static String zone(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        ResultSet answer = statement.executeQuery("SHOW timezone")) {
      answer.next();
      return answer.getString(1).replace("Etc/", "");
    }
  }

  private static void awaitEnd(ProjectionTarget target, long end) throws SQLException {
    long until = SystemTicker.nanos() + Duration.ofMinutes(2).toNanos();
    String sql =
        "SELECT count(*) FROM talea_projection_position WHERE book = '"
            + BerkaConverter.BOOK
            + "' AND seq = "
            + end;
    while (!rows(target, sql).equals(List.of("3"))) {
      if (SystemTicker.nanos() - until > 0) {
        fail(
            "the tables do not get to seq "
                + end
                + ": "
                + rows(target, "SELECT name, seq, error FROM talea_projection_position"));
      }
      LockSupport.parkNanos(50_000_000);
    }
  }

  private static void say(String what, long startNanos) {
    System.out.printf(
        "berka projected %5.1f s  %s%n", (SystemTicker.nanos() - startNanos) / 1e9, what);
  }
}
