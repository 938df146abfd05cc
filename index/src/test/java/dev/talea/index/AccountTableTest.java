// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.index.keys.KeyHash;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.DraftRules;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Accounts by name, by number and in order, against the maps of the JDK. */
class AccountTableTest {
  private static final AssetEntry USD = new AssetEntry("USD", 0, 2);

  /** Short alphabets make prefixes of prefixes; its order by chars is not the one by bytes. */
  private static final String[] LETTERS = {
    "a", "b", ":", "%", "\u0000", "\uFFFF", "\uFF21", "\uD83D\uDE00", "Ж"
  };

  private final AccountTable table = new AccountTable(new KeyHash(1, 2));

  private AccountEntry open(String path) {
    AccountEntry entry = hidden(path);
    entry.chain.publish();
    return entry;
  }

  private AccountEntry hidden(String path) {
    AccountEntry entry = new AccountEntry(account(path), table.size(), USD);
    table.add(entry);
    return entry;
  }

  private static Account account(String path) {
    return new Account(new AccountId("b", path), "USD", AccountKind.ASSET, null, null);
  }

  private static List<String> paths(List<AccountEntry> entries) {
    return entries.stream().map(each -> each.definition().id().path()).toList();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void findsWhatWasAddedAndNothingElse(long seed) {
    Random random = new Random(seed);
    List<String> paths = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      String path = "account:" + Integer.toString(random.nextInt(), 36);
      AccountEntry known = table.find(path);
      assertEquals(paths.contains(path), known != null, path);
      if (known == null) {
        paths.add(path);
        open(path);
      }
    }
    assertEquals(paths.size(), table.size());
    for (int i = 0; i < paths.size(); i++) {
      AccountEntry found = table.find(paths.get(i));
      assertSame(table.numbered(i), found);
      assertEquals(paths.get(i), requireNonNull(found).definition().id().path());
      assertNull(table.find(paths.get(i) + "x"));
      assertNull(table.find(paths.get(i).substring(1)));
    }
    assertNull(table.numbered(-1));
    assertNull(table.numbered(paths.size()));
    assertNull(table.numbered(Integer.MAX_VALUE));
  }

  @Test
  void accountsComeInTheOrderOfTheirNumbers() {
    open("a");
    assertThrows(
        IllegalArgumentException.class, () -> table.add(new AccountEntry(account("b"), 0, USD)));
    assertThrows(
        IllegalArgumentException.class, () -> table.add(new AccountEntry(account("b"), 2, USD)));
    assertEquals(1, table.size());
  }

  @Test
  void namesThatComeAgainAreKeptOnce() {
    Account first = table.sharingNames(account(new String("x")), USD);
    assertSame(USD.id, first.asset());
    table.add(new AccountEntry(first, 0, USD));
    Account other =
        new Account(
            new AccountId(new String("b"), "y"), new String("USD"), AccountKind.EQUITY, null, null);
    Account shared = table.sharingNames(other, USD);
    assertEquals(other, shared);
    assertSame(first.id().book(), shared.id().book());
    assertSame(USD.id, shared.asset());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void listsByPrefixInTheOrderOfTheBytes(long seed) {
    Random random = new Random(seed);
    NavigableMap<String, AccountEntry> model = new TreeMap<>(DraftRules.BYTEWISE);
    for (int round = 0; round < 60; round++) {
      // Now and then many at once, so that arrays of all sizes come into being.
      int added = random.nextInt(4) == 0 ? random.nextInt(200) : random.nextInt(3);
      for (int i = 0; i < added; i++) {
        String path = word(random, 1 + random.nextInt(6));
        if (!model.containsKey(path)) {
          model.put(path, open(path));
        }
      }
      String prefix = word(random, random.nextInt(3));
      String after = random.nextInt(3) == 0 ? null : word(random, random.nextInt(5));
      int limit = 1 + random.nextInt(20);
      List<String> expected =
          model.keySet().stream()
              .filter(path -> path.startsWith(prefix))
              .filter(path -> after == null || DraftRules.BYTEWISE.compare(path, after) > 0)
              .limit(limit)
              .toList();
      assertEquals(
          expected,
          paths(table.list(prefix, after, limit)),
          () -> "seed " + seed + ", prefix " + prefix + ", after " + after);
    }
    assertEquals(List.copyOf(model.keySet()), paths(table.list("", null, Integer.MAX_VALUE)));
  }

  private static String word(Random random, int letters) {
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < letters; i++) {
      word.append(LETTERS[random.nextInt(LETTERS.length)]);
    }
    return word.toString();
  }

  @Test
  void whatIsNotOnDiskIsFoundButNeitherListedNorCounted() {
    open("b");
    AccountEntry first = hidden("a");
    AccountEntry second = hidden("c");
    assertSame(first, table.find("a"));
    assertEquals(List.of("b"), paths(table.list("", null, 10)));
    assertEquals(1, table.visibleSize());
    assertEquals(3, table.size());
    first.chain.publish();
    assertEquals(List.of("a", "b"), paths(table.list("", null, 10)));
    assertEquals(2, table.visibleSize());
    second.chain.publish();
    assertEquals(List.of("a", "b", "c"), paths(table.list("", null, 10)));
    assertEquals(3, table.visibleSize());
  }

  @Test
  void readersBesideTheWriterFindWhatIsVisible() throws Exception {
    int count = 50_000;
    CountDownLatch started = new CountDownLatch(2);
    ExecutorService readers = Executors.newFixedThreadPool(2);
    try {
      List<Future<Integer>> done = new ArrayList<>();
      for (int reader = 0; reader < 2; reader++) {
        boolean lists = reader == 1;
        done.add(readers.submit(() -> lists ? listAll(count, started) : findAll(count, started)));
      }
      started.await();
      for (int i = 0; i < count; i++) {
        open("p" + i);
      }
      for (Future<Integer> each : done) {
        assertEquals(count, each.get(60, TimeUnit.SECONDS));
      }
    } finally {
      readers.shutdownNow();
    }
  }

  /** Looks for every account as soon as the number of accounts says it is there. */
  private int findAll(int count, CountDownLatch started) {
    started.countDown();
    int found = 0;
    while (found < count) {
      int visible = table.visibleSize();
      for (; found < visible; found++) {
        AccountEntry entry = table.find("p" + found);
        assertNotNull(entry, "account " + found + " of " + visible);
        assertSame(entry, table.numbered(found));
      }
    }
    return found;
  }

  /** Each list has everything that was visible before it, in order, once. */
  private int listAll(int count, CountDownLatch started) {
    started.countDown();
    int listed = 0;
    while (listed < count) {
      int visible = table.visibleSize();
      List<AccountEntry> list = table.list("p", null, Integer.MAX_VALUE);
      assertTrue(list.size() >= visible, list.size() + " listed, " + visible + " were there");
      for (int i = 1; i < list.size(); i++) {
        String before = list.get(i - 1).definition().id().path();
        String path = list.get(i).definition().id().path();
        assertTrue(before.compareTo(path) < 0, () -> before + " stands before " + path);
      }
      listed = list.size();
    }
    return listed;
  }
}
