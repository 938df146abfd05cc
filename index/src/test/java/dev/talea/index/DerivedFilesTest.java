// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.Int128;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TrialBalance;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Checkpoints and files of keys are derived: whatever becomes of them, the ledger answers as
 * before. Everything is checked against receipts: each key answers with its first transaction, no
 * key answers for another, balances and totals are the same, and the book takes the next post.
 */
@Tag("slow")
class DerivedFilesTest {
  private static final String BOOK = "main";
  private static final int POSTS = 700;
  private static final int ACCOUNTS = 12;

  /** Many small files, so that there are several checkpoints, several runs, and merged ones. */
  private static final LogStoreSettings SETTINGS =
      LogStoreSettings.DEFAULTS.withLog(1 << 16, 5000, 50).withMaintenance(60, 40);

  @TempDir private Path temporary;
  private Path written;
  private final List<TransactionDraft> drafts = new ArrayList<>();
  private final List<Posted> receipts = new ArrayList<>();
  private List<BalanceView> balances = List.of();
  private TrialBalance trialBalance = new TrialBalance(BOOK, null, List.of());

  @BeforeEach
  void writeABook() {
    long seed = Long.getLong("talea.seed", 20_261_121L);
    System.out.println("[talea] DerivedFilesTest seed " + seed);
    Random random = new Random(seed);
    written = temporary.resolve("written");
    try (LogLedgerStore store = LogLedgerStore.open(written, SETTINGS)) {
      store.registerAsset(fiat("EUR")).join();
      store.registerAsset(fiat("USD")).join();
      for (int i = 0; i < ACCOUNTS; i++) {
        store.openAccount(account(BOOK, "a" + i, i % 3 == 2 ? "USD" : "EUR")).join();
      }
      while (receipts.size() < POSTS) {
        List<TransactionDraft> batch = new ArrayList<>();
        for (int i = 1 + random.nextInt(9); i > 0; i--) {
          batch.add(draft(random, "key " + (drafts.size() + batch.size())));
        }
        drafts.addAll(batch);
        for (PostResult result : store.commit(BOOK, batch, false).join()) {
          receipts.add(assertInstanceOf(Posted.class, result));
        }
      }
      balances = balances(store);
      trialBalance = store.reads().trialBalance(BOOK, null);
    }
    assertTrue(files(written, "checkpoint-").size() >= 1, "there are checkpoints");
    assertTrue(files(written, "keys-").size() >= 1, "there are files of keys");
  }

  private static TransactionDraft draft(Random random, String key) {
    String asset = random.nextInt(3) == 0 ? "USD" : "EUR";
    int from = asset.equals("USD") ? 2 : 0;
    int to = asset.equals("USD") ? 5 + 3 * random.nextInt(3) : 1 + 3 * random.nextInt(4);
    Int128 amount = random.nextInt(30) == 0 ? Int128.ofParts(3, random.nextLong()) : Int128.of(5);
    return new TransactionDraft(
        BOOK,
        key,
        List.of(
            new Posting("a" + from, amount, asset, Side.DEBIT),
            new Posting("a" + to, amount, asset, Side.CREDIT)),
        List.of(),
        null,
        null);
  }

  @Test
  void withAllOfThem() {
    check(copy("all"));
  }

  @Test
  void withoutAnyOfThem() {
    Path copy = copy("none");
    files(copy, "checkpoint-").forEach(DerivedFilesTest::delete);
    files(copy, "keys-").forEach(DerivedFilesTest::delete);
    check(copy);
  }

  @Test
  void withoutEachOneOfThem() {
    for (Path file : derived(written)) {
      Path copy = copy("without");
      delete(copy.resolve(written.relativize(file)));
      check(copy);
    }
  }

  /** One bit at every 61st byte of each file, and of the first and last bytes all. */
  @Test
  void withABitFlippedAnywhere() throws IOException {
    Path copy = copy("flipped");
    Random random = new Random(1);
    int flips = 0;
    for (Path file : derived(written)) {
      int length = (int) Files.size(file);
      for (int at = 0; at < length; at += at < 16 || at > length - 16 ? 4 : 397) {
        byte[] bytes = Files.readAllBytes(file);
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        restore(copy);
        Files.write(copy.resolve(written.relativize(file)), bytes);
        check(copy);
        flips++;
      }
    }
    System.out.println("[talea] DerivedFilesTest: " + flips + " flipped bits");
  }

  @Test
  void withFilesCutShortAtAnyPageOrEmptyOrFullOfZeros() throws IOException {
    Path copy = copy("cut");
    for (Path file : derived(written)) {
      byte[] bytes = Files.readAllBytes(file);
      for (int length = 0; length < bytes.length; length += 4096) {
        restore(copy);
        Files.write(copy.resolve(written.relativize(file)), Arrays.copyOf(bytes, length));
        check(copy);
      }
      restore(copy);
      Files.write(copy.resolve(written.relativize(file)), new byte[bytes.length]);
      check(copy);
    }
  }

  /** As after putting back an old copy of the log and going on from there: another history. */
  @Test
  void withFilesOfAnotherHistory() throws IOException {
    Path other = temporary.resolve("other");
    copy(written, other);
    derived(other).forEach(DerivedFilesTest::delete);
    Path third = temporary.resolve("third");
    copy(other, third);
    goOn(other, "this way");
    goOn(third, "that way");
    for (Path file : derived(other)) {
      Files.copy(file, third.resolve(other.relativize(file)), StandardCopyOption.REPLACE_EXISTING);
    }
    try (LogLedgerStore store = LogLedgerStore.open(third, SETTINGS)) {
      Random random = new Random(2);
      PostResult again =
          store.commit(BOOK, List.of(draft(random, "that way 0")), false).join().get(0);
      assertTrue(assertInstanceOf(Posted.class, again).deduplicated());
      Random second = new Random(2);
      PostResult fresh =
          store.commit(BOOK, List.of(draft(second, "this way 0")), false).join().get(0);
      assertFalse(assertInstanceOf(Posted.class, fresh).deduplicated());
      LedgerAudit.of(store.reads(), BOOK, 2);
    }
  }

  private static void goOn(Path directory, String prefix) {
    try (LogLedgerStore store = LogLedgerStore.open(directory, SETTINGS)) {
      Random random = new Random(2);
      for (int i = 0; i < 300; i++) {
        store.commit(BOOK, List.of(draft(random, prefix + " " + i)), false).join();
      }
    }
  }

  /** A page that goes bad while the store is open is made again, not believed. */
  @Test
  void withDamageThatComesLater() throws IOException {
    Path copy = copy("later");
    try (LogLedgerStore store = LogLedgerStore.open(copy, SETTINGS)) {
      for (Path file : files(copy, "keys-")) {
        byte[] bytes = Files.readAllBytes(file);
        for (int at = 4096; at < bytes.length; at += 64) {
          bytes[at + 5] ^= 1;
        }
        Files.write(file, bytes); // in place: what is mapped changes too
      }
      allAnswerAsBefore(store);
    }
    check(copy);
  }

  // ---- helpers

  private void check(Path directory) {
    try (LogLedgerStore store = LogLedgerStore.open(directory, SETTINGS)) {
      assertEquals(balances, balances(store));
      assertEquals(trialBalance, store.reads().trialBalance(BOOK, null));
      allAnswerAsBefore(store);
      Random random = new Random(drafts.size());
      PostResult next = store.commit(BOOK, List.of(draft(random, "next")), false).join().get(0);
      assertFalse(assertInstanceOf(Posted.class, next).deduplicated());
      assertEquals(store.reads().lastSeq(BOOK), ((Posted) next).seq());
    }
  }

  private void allAnswerAsBefore(LogLedgerStore store) {
    List<PostResult> again = store.commit(BOOK, drafts, false).join();
    for (int i = 0; i < receipts.size(); i++) {
      Posted first = receipts.get(i);
      assertEquals(new Posted(first.txId(), first.seq(), first.at(), true), again.get(i));
    }
  }

  private static List<BalanceView> balances(LogLedgerStore store) {
    List<BalanceView> views = new ArrayList<>();
    for (int i = 0; i < ACCOUNTS; i++) {
      views.add(store.reads().balance(new AccountId(BOOK, "a" + i), null));
    }
    return views;
  }

  private Path copy(String name) {
    Path copy = temporary.resolve(name);
    restore(copy);
    return copy;
  }

  private void restore(Path copy) {
    if (Files.exists(copy)) {
      paths(copy).stream().sorted(Comparator.reverseOrder()).forEach(DerivedFilesTest::delete);
    }
    copy(written, copy);
  }

  private static void copy(Path from, Path to) {
    for (Path path : paths(from)) {
      try {
        Path target = to.resolve(from.relativize(path));
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          Files.copy(path, target);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static List<Path> derived(Path directory) {
    List<Path> all = new ArrayList<>(files(directory, "checkpoint-"));
    all.addAll(files(directory, "keys-"));
    return all;
  }

  private static List<Path> files(Path directory, String prefix) {
    return paths(directory).stream()
        .filter(path -> path.getFileName().toString().startsWith(prefix))
        .toList();
  }

  private static List<Path> paths(Path directory) {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
