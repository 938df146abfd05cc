// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.jdbc.PostgresTarget;
import dev.talea.jdbc.SqlLedgerStore;
import dev.talea.jdbc.SqlStoreObserver;
import dev.talea.jdbc.SqlStoreSettings;
import dev.talea.jdbc.TestPostgres;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.BookView;
import dev.talea.ledger.Event;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Store;
import dev.talea.ledger.Timestamps;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.Command;
import dev.talea.ledger.conformance.RandomCommands;
import dev.talea.ledger.json.EventJson;
import dev.talea.ledger.service.LedgerService;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One list of some thousand random commands, given to the ledger on its log, on SQLite and on
 * PostgreSQL: the same answers, errors included, and the same events. Ids and moments are the
 * ledgers' own; in their place stands in which order they were first seen.
 *
 * <p>{@code -Dtalea.same.seeds=100} for a longer run, {@code -Dtalea.seed=S} for a certain one.
 */
@Tag("slow")
class SameAnswersTest {
  private static final int COMMANDS = 2_000;
  private static final Pattern OWN =
      Pattern.compile(
          "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
              + "|20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]+(\\.[0-9]+)?Z");

  @TempDir private Path directory;

  static LongStream seeds() {
    Long seed = Long.getLong("talea.seed");
    if (seed != null) {
      return LongStream.of(seed);
    }
    // One that stays, and one that has not been tried before.
    return LongStream.concat(
        LongStream.rangeClosed(1, Integer.getInteger("talea.same.seeds", 1)),
        LongStream.of(new Random().nextInt(Integer.MAX_VALUE)));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void everyStoreGivesTheSameAnswers(long seed) throws Exception {
    List<Command> commands = new RandomCommands(seed).commands(COMMANDS);
    Map<String, Supplier<Store>> stores = new LinkedHashMap<>();
    stores.put(
        "log",
        () -> LogLedgerStore.open(directory.resolve("log " + seed), LogStoreSettings.DEFAULTS));
    stores.put(
        "SQLite",
        () ->
            SqlLedgerStore.openSqlite(
                directory.resolve(seed + ".db"), SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE));
    PostgresTarget schema = TestPostgres.newSchema();
    stores.put(
        "PostgreSQL",
        () ->
            SqlLedgerStore.openPostgres(
                schema, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE, true));
    // Side by side: each of them mostly waits for the disk.
    Map<String, CompletableFuture<Run>> running = new LinkedHashMap<>();
    stores.forEach(
        (backend, open) ->
            running.put(
                backend,
                CompletableFuture.supplyAsync(
                    () -> all(seed, open, commands), task -> new Thread(task, backend).start())));
    Map<String, Run> runs = new LinkedHashMap<>();
    running.forEach((backend, run) -> runs.put(backend, run.join()));
    Run log = runs.values().iterator().next();
    assertTrue(log.posted.size() > COMMANDS / 4, "hardly anything was posted");
    runs.forEach(
        (backend, run) -> {
          for (int i = 0; i < log.answers.size(); i++) {
            int number = i;
            assertEquals(
                log.answers.get(i),
                run.answers.get(i),
                () ->
                    "-Dtalea.seed=%d: %s differs from the log about number %d, %s"
                        .formatted(
                            seed,
                            backend,
                            number,
                            number < commands.size() ? commands.get(number) : "at the end"));
          }
          assertEquals(log.answers.size(), run.answers.size(), backend);
          assertEquals(log.digests, run.digests, () -> "-Dtalea.seed=" + seed + ", " + backend);
        });
    System.out.printf(
        "[talea] SameAnswersTest: seed %d, %d answers the same, %d postings, digests %s%n",
        seed, log.answers.size(), log.posted.size(), log.digests);
  }

  private static Run all(long seed, Supplier<Store> open, List<Command> commands) {
    try (Run run = new Run(seed, open)) {
      run.all(commands);
      return run;
    } catch (Exception e) {
      throw new CompletionException(e);
    }
  }

  /** The commands on one store. */
  private static final class Run implements AutoCloseable {
    private final Supplier<Store> open;
    private Store store;
    private final Random random;
    final List<String> answers = new ArrayList<>();
    final List<Posted> posted = new ArrayList<>();
    final Map<String, String> digests = new TreeMap<>();
    private final Map<String, String> ordinals = new HashMap<>();
    private final Set<Instant> moments = new HashSet<>();

    /**
     * Of each book, when it was committed to; of a batch the last, because groups are not alike.
     */
    private final Map<String, List<Instant>> commits = new HashMap<>();

    Run(long seed, Supplier<Store> open) {
      this.open = open;
      this.store = open.get();
      this.random = new Random(seed);
    }

    @Override
    public void close() {
      store.close();
    }

    private interface Question {
      @Nullable Object ask() throws Exception;
    }

    /** Remembers an answer, with ordinals for what every ledger makes up for itself. */
    private void answer(Question question) throws Exception {
      Object answer;
      try {
        answer = question.ask();
      } catch (LedgerException e) {
        answer = e.error();
      }
      answers.add(withOrdinals(text(answer)));
    }

    private static String text(@Nullable Object answer) {
      return String.valueOf(answer);
    }

    private String withOrdinals(String text) {
      Matcher own = OWN.matcher(text);
      StringBuilder out = new StringBuilder();
      while (own.find()) {
        String found = own.group();
        String ordinal =
            found.indexOf('T') >= 0
                ? moment(found)
                : ordinals.computeIfAbsent(found, key -> "id " + ordinals.size());
        own.appendReplacement(out, Matcher.quoteReplacement(ordinal));
      }
      return own.appendTail(out).toString();
    }

    /**
     * A moment that is a commit time is told from others, and no more: which commits share a group
     * and with it their moment is the store's affair.
     */
    private String moment(String text) {
      return moments.contains(Instant.parse(text)) ? "a commit time" : text;
    }

    private void receipts(List<TransactionDraft> drafts, List<? extends PostResult> results) {
      Map<String, Instant> last = new HashMap<>();
      for (int i = 0; i < drafts.size(); i++) {
        if (results.get(i) instanceof Posted one) {
          moments.add(one.at());
          if (!one.deduplicated()) {
            posted.add(one);
            last.put(drafts.get(i).book(), one.at());
          }
        }
      }
      last.forEach((book, at) -> commits.computeIfAbsent(book, key -> new ArrayList<>()).add(at));
    }

    void all(List<Command> commands) throws Exception {
      for (Command command : commands) {
        step(command);
      }
      theEnd();
    }

    private void step(Command command) throws Exception {
      BlockingLedger ledger = new BlockingLedger(new LedgerService(store, Runnable::run));
      if (command instanceof Command.Register c) {
        answer(
            () -> {
              ledger.registerAsset(c.asset());
              return ledger.assets(random.nextBoolean() ? null : c.asset().id(), 1 + pick(4));
            });
      } else if (command instanceof Command.Open c) {
        answer(
            () -> {
              ledger.openAccount(c.account());
              return ledger.account(c.account().id());
            });
      } else if (command instanceof Command.Post c) {
        answer(
            () -> {
              Posted result = ledger.post(c.draft());
              receipts(List.of(c.draft()), List.of(result));
              return result;
            });
        String key = c.draft().idempotencyKey();
        answer(() -> ledger.transactionByKey(c.draft().book(), key));
      } else if (command instanceof Command.Batch c) {
        answer(
            () -> {
              List<PostResult> results = ledger.postBatch(c.drafts());
              receipts(c.drafts(), results);
              return results;
            });
      } else if (command instanceof Command.Atomic c) {
        answer(
            () -> {
              List<Posted> results = ledger.postAtomically(c.drafts());
              receipts(c.drafts(), results);
              return results;
            });
      } else if (command instanceof Command.Balance c) {
        Instant asOf = moment(c.account().book(), c.moment());
        answer(() -> relative(ledger.balance(c.account(), asOf), asOf));
        listings(ledger, c.account());
      } else if (command instanceof Command.History c) {
        answer(() -> ledger.history(c.account(), c.afterSeq(), c.limit()));
      } else if (command instanceof Command.Totals c) {
        Instant asOf = moment(c.book(), c.moment());
        answer(() -> relative(ledger.trialBalance(c.book(), asOf), asOf));
      } else if (command instanceof Command.Transaction c) {
        UUID id = posted.isEmpty() ? new UUID(1, 1) : posted.get(c.commit() % posted.size()).txId();
        answer(() -> ledger.transaction(id));
      } else if (command instanceof Command.Follow c) {
        answer(() -> events(ledger.events(c.book(), c.fromSeq(), 1 + pick(30)).items()));
      } else {
        store.close();
        store = open.get();
      }
    }

    private int pick(int bound) {
      return random.nextInt(bound);
    }

    /** Commit times are unlike, so the moment that was asked about is left out of the answer. */
    private static String relative(Object view, @Nullable Instant asOf) {
      return asOf == null ? text(view) : text(view).replace(asOf.toString(), "then");
    }

    /** Pages of every list there is. */
    private void listings(BlockingLedger ledger, AccountId account) throws Exception {
      String path = account.path();
      String prefix = path.substring(0, pick(path.length() + 1));
      int limit = 1 + pick(6);
      String after = random.nextBoolean() ? null : path;
      answer(() -> ledger.accounts(account.book(), prefix, after, limit));
      answer(() -> ledger.transactions(account.book(), pick(200), limit));
      answer(() -> books(ledger.books(random.nextBoolean() ? null : account.book(), limit)));
      answer(() -> ledger.account(account));
    }

    private static String books(Page<BookView, String> page) {
      List<String> lines = new ArrayList<>();
      page.items()
          .forEach(book -> lines.add(book.book() + " " + book.lastSeq() + " " + book.accounts()));
      return lines + " next " + page.next();
    }

    private @Nullable Instant moment(String book, Command.Moment moment) {
      List<Instant> all = commits.getOrDefault(book, List.of());
      return moment.commit() < 0 || all.isEmpty()
          ? null
          : all.get(moment.commit() % all.size()).plusNanos(moment.plusNanos() % 1_000);
    }

    private List<String> events(List<Event> events) {
      List<String> lines = new ArrayList<>();
      for (Event event : events) {
        moments.add(event.at());
        lines.add(
            new String(EventJson.write(event), StandardCharsets.UTF_8)
                .replace(quoted(event.at()), "\"at\""));
      }
      return lines;
    }

    private static String quoted(Instant at) {
      return '"' + Timestamps.format(at) + '"';
    }

    /** The digest of the events of every book, and everything once more. */
    private void theEnd() throws Exception {
      BlockingLedger ledger = new BlockingLedger(new LedgerService(store, Runnable::run));
      for (String book : List.of("_system", "b", "книга/2", "..", "nowhere")) {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        long seq = 0;
        List<Event> page;
        do {
          page = store.reads().events(book, seq, 1_000, 1 << 20);
          for (Event event : page) {
            assertEquals(++seq, event.seq());
            String line = withOrdinals(events(List.of(event)).get(0));
            digest.update(line.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) '\n');
          }
        } while (!page.isEmpty());
        digests.put(book + " " + seq, HexFormat.of().formatHex(digest.digest()).substring(0, 12));
        answer(() -> ledger.trialBalance(book, null));
        answer(() -> ledger.accounts(book, "", null, 1_000));
      }
    }
  }
}
