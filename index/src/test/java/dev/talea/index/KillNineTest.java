// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.Micros;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.TransactionDraft;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process under load is killed with SIGKILL, again and again, at a moment of the seed's choice:
 * while it writes, and sometimes while it opens what the kill before has left. Then the ledger is
 * audited here: everything acknowledged is there as it was acknowledged, no seq is missing, nothing
 * is there twice, no atomic batch is there by halves, and balances follow from events.
 *
 * <p>{@code -Dtalea.kill.rounds=1000} for a long run, {@code -Dtalea.kill.seed=S} for another.
 */
@Tag("slow")
class KillNineTest {
  private static final int ROUNDS = Integer.getInteger("talea.kill.rounds", 20);
  private static final long SEED = Long.getLong("talea.kill.seed", 20_261_120L);

  /** So many rounds on one ledger; then a new one, because auditing takes as long as it is. */
  private static final int ROUNDS_A_LEDGER = 10;

  private static final int ACKNOWLEDGED_MAX = 500;

  private record Ack(TransactionDraft draft, Posted posted) {}

  private final Random random = new Random(SEED);
  private final List<Ack> acknowledged = new ArrayList<>();
  private long acknowledgedInAll;
  private int audits;

  @TempDir private Path directory;

  @Test
  void nothingAcknowledgedIsLostOrDoubledHoweverOftenTheProcessIsKilled() throws Exception {
    Process next = start(1);
    try {
      for (int round = 1; round <= ROUNDS; round++) {
        Process child = next;
        try {
          next = start(round + 1);
          runAndKill(child);
        } finally {
          child.destroyForcibly();
        }
        boolean lastOfLedger = round % ROUNDS_A_LEDGER == 0 || round == ROUNDS;
        // Without an audit in between, the next child opens what this one left.
        if (lastOfLedger || random.nextInt(3) > 0) {
          audit(round);
        }
        if (lastOfLedger) {
          acknowledged.clear();
        }
      }
    } finally {
      next.destroyForcibly();
    }
    System.out.printf(
        "[talea] KillNineTest: killed %d times, %d commits acknowledged, %d audits, seed %d%n",
        ROUNDS, acknowledgedInAll, audits, SEED);
    assertTrue(acknowledgedInAll > ROUNDS, "the children got nothing done");
  }

  private Path ledger(int round) {
    return directory.resolve("ledger " + (round - 1) / ROUNDS_A_LEDGER);
  }

  /** A JVM that is ready to begin. */
  private Process start(int round) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            "-cp",
            classPath(),
            KillNineChild.class.getName(),
            ledger(round).toString(),
            "" + round)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Without the logging backend, whose start takes longer than the ledger's. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> !entry.contains("logback"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private void runAndKill(Process child) throws IOException {
    int enough = random.nextInt(4) == 0 ? 0 : random.nextInt(ACKNOWLEDGED_MAX);
    int before = acknowledged.size();
    OutputStream in = child.getOutputStream();
    in.write('g');
    in.flush();
    BufferedReader lines = child.inputReader(StandardCharsets.UTF_8);
    if (enough == 0) {
      kill(child);
    }
    // What the child wrote before it died is still in the pipe after that.
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.endsWith(";")) {
        hear(line.substring(0, line.length() - 1));
      }
      if (acknowledged.size() - before >= enough) {
        kill(child);
      }
    }
    assertEquals(137, waitFor(child), "the child ended by itself");
    acknowledgedInAll += acknowledged.size() - before;
  }

  /** SIGKILL, through the handle: {@link Process#destroyForcibly} closes the pipe as well. */
  private static void kill(Process child) {
    child.toHandle().destroyForcibly();
  }

  private static int waitFor(Process child) {
    return child.onExit().join().exitValue();
  }

  private void hear(String line) {
    String[] words = line.split("\\|", -1);
    assertEquals("A", words[0], () -> "the child reports an error: " + line);
    List<TransactionDraft> drafts =
        KillNineChild.drafts(
            Integer.parseInt(words[1]), Integer.parseInt(words[2]), Integer.parseInt(words[3]));
    acknowledged.add(
        new Ack(
            drafts.get(Integer.parseInt(words[4])),
            new Posted(
                UUID.fromString(words[5]),
                Long.parseLong(words[6]),
                Micros.instant(Long.parseLong(words[7])),
                false)));
  }

  private void audit(int round) {
    audits++;
    try (LogLedgerStore store = KillNineChild.open(ledger(round))) {
      Map<String, LedgerAudit> books = new HashMap<>();
      for (String book : KillNineChild.BOOKS) {
        LedgerAudit audit = LedgerAudit.of(store.reads(), book, 2);
        books.put(book, audit);
        audit.byKey().values().forEach(event -> sentLikeThis(event, audit));
      }
      for (Ack ack : acknowledged) {
        Objects.requireNonNull(books.get(ack.draft().book())).holds(ack.draft(), ack.posted());
      }
    } catch (AssertionError e) {
      throw new AssertionError("round " + round + ", seed " + SEED + ": " + e.getMessage(), e);
    }
  }

  /** Every transaction is one that was sent, and with all of its batch if that was to be whole. */
  private static void sentLikeThis(Event event, LedgerAudit audit) {
    TransactionDraft draft = ((TransactionPosted) event.payload()).draft();
    String[] key = draft.idempotencyKey().split("/", -1);
    int number = Integer.parseInt(key[2]);
    List<TransactionDraft> sent =
        KillNineChild.drafts(Integer.parseInt(key[0]), Integer.parseInt(key[1]), number);
    assertEquals(sent.get(Integer.parseInt(key[3])), draft);
    if (KillNineChild.isAtomic(number)) {
      sent.forEach(
          each -> assertTrue(audit.byKey().containsKey(each.idempotencyKey()), "half a batch"));
    }
  }
}
