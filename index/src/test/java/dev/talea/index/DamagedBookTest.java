// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static dev.talea.ledger.conformance.Drafts.moves;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.index.derived.CheckpointFile;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.BookView;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.log.SimulatedDisk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Damage to acknowledged bytes closes the book it is in, naming file and byte, and no other. */
class DamagedBookTest {
  private static final Path SEALED = SimulatedLedger.segment("torn", 1);
  private static final Pattern BYTE = Pattern.compile("byte (\\d+)");
  private static final int HEADER_BYTES = 4096;
  private static final int FLIPS = 150;

  private final SimulatedDisk original = new SimulatedDisk(1);
  private final List<UUID> torn = new ArrayList<>();

  @BeforeEach
  void writeTwoBooks() throws Exception {
    try (LogLedgerStore store = SimulatedLedger.open(original)) {
      store.registerAsset(fiat("EUR")).join();
      for (String book : List.of("torn", "whole")) {
        store.openAccount(account(book, "cash", "EUR")).join();
        store.openAccount(account(book, "sales", "EUR")).join();
      }
      for (int i = 0; i < 8; i++) {
        torn.addAll(post(store, "torn", "batch " + i + " "));
      }
      post(store, "whole", "");
    }
    long segments =
        original.list(Objects.requireNonNull(SEALED.getParent())).stream()
            .filter(name -> name.endsWith(".log"))
            .count();
    assertTrue(segments > 1, "the damage is to be in a segment that is sealed");
  }

  private static List<UUID> post(LogLedgerStore store, String book, String prefix) {
    List<PostResult> results =
        store.commit(book, moves(book, prefix, "sales", "cash", 50, "EUR"), false).join();
    return results.stream().map(result -> ((Posted) result).txId()).toList();
  }

  /** A checkpoint spares the reading of what lies before it; without one, opening reads all. */
  @Test
  void aFlippedBitAnywhereInASealedSegmentIsFoundAndNamedAtOpeningFromTheLogAlone()
      throws Exception {
    Path folder = Objects.requireNonNull(SEALED.getParent());
    for (String name : original.list(folder)) {
      if (CheckpointFile.isName(name)) {
        original.deleteIfExists(folder.resolve(name));
      }
    }
    byte[] content = original.content(SEALED);
    int used = content.length;
    while (content[used - 1] == 0) {
      used--;
    }
    int step = (used - HEADER_BYTES) / FLIPS;
    for (int offset = HEADER_BYTES; offset < used; offset += step) {
      SimulatedDisk disk = original.afterProcessDeath();
      disk.flipBit(SEALED, offset, offset % 8);
      byte[] before = disk.content(SEALED);
      try (LogLedgerStore store = SimulatedLedger.open(disk)) {
        String reason = unavailable(() -> store.reads().lastSeq("torn"));
        assertTrue(reason.contains(SEALED.getFileName().toString()), reason);
        Matcher named = BYTE.matcher(reason);
        assertTrue(named.find(), reason);
        long at = Long.parseLong(named.group(1));
        assertTrue(at <= offset && offset - at < 20_000, "flipped " + offset + ": " + reason);
        closedButTheOtherServes(store);
      }
      assertArrayEquals(before, disk.content(SEALED), "the damaged file was changed");
    }
  }

  @Test
  void aFlippedBitBehindACheckpointIsFoundAndNamedByTheReadThatMeetsIt() {
    byte[] content = original.content(SEALED);
    for (int offset = HEADER_BYTES; offset < content.length / 2; offset += content.length / 20) {
      SimulatedDisk disk = original.afterProcessDeath();
      disk.flipBit(SEALED, offset, offset % 8);
      try (LogLedgerStore store = SimulatedLedger.open(disk)) {
        String reason = unavailable(() -> store.reads().events("torn", 0, 1000, Integer.MAX_VALUE));
        assertTrue(reason.contains(SEALED.getFileName().toString()), reason);
        assertEquals(
            "400",
            store.reads().balance(new AccountId("torn", "cash"), null).effective().toString());
        assertEquals(50, post(store, "torn", "on ").size());
      }
    }
  }

  private void closedButTheOtherServes(LogLedgerStore store) {
    AccountId cash = new AccountId("torn", "cash");
    var drafts = List.of(move("torn", "more", "sales", "cash", 1, "EUR"));
    unavailable(() -> store.reads().balance(cash, null));
    unavailable(() -> store.reads().history(cash, 0, 1, Integer.MAX_VALUE));
    unavailable(() -> store.reads().trialBalance("torn", null));
    unavailable(() -> store.reads().events("torn", 0, 1, 1));
    unavailable(() -> store.commit("torn", drafts, false).join());
    unavailable(() -> store.openAccount(account("torn", "new", "EUR")).join());
    unavailable(() -> store.reads().transaction(torn.get(0)));
    unavailable(() -> store.reads().account(cash));
    unavailable(() -> store.reads().accounts("torn", "", null, 10));
    unavailable(() -> store.reads().transactions("torn", 0, 10, 1000));
    BookView shown = Objects.requireNonNull(store.reads().book("torn"));
    assertEquals(unavailable(() -> store.reads().lastSeq("torn")), shown.unavailable());
    List<BookView> listed = store.reads().books("a", 10).items();
    assertEquals(List.of("torn", "whole"), listed.stream().map(BookView::book).toList());
    assertEquals(shown, listed.get(0));

    assertEquals(1, post(store, "whole", "more ").stream().limit(1).count());
    assertEquals(102, store.reads().lastSeq("whole"));
    LedgerAudit.of(store.reads(), "whole", 2);
  }

  @Test
  void aDamagedRegistryClosesOpeningAndRegisteringButNotTheBooks() {
    SimulatedDisk disk = original.afterProcessDeath();
    // A block header of an earlier block: a later one proves that it was synced.
    disk.flipBit(SimulatedLedger.segment("_system", 1), HEADER_BYTES + 20, 3);
    try (LogLedgerStore store = SimulatedLedger.open(disk)) {
      unavailable(() -> store.registerAsset(fiat("USD")).join());
      unavailable(() -> store.openAccount(account("whole", "new", "EUR")).join());
      unavailable(() -> store.reads().events("_system", 0, 1, 1));
      unavailable(() -> store.reads().assets(null, 10));
      unavailable(() -> store.reads().asset("EUR"));
      BookView shown = store.reads().books(null, 10).items().get(0);
      assertEquals("_system", shown.book());
      assertNotNull(shown.unavailable());
      post(store, "whole", "more ");
      LedgerAudit.of(store.reads(), "whole", 2);
      LedgerAudit.of(store.reads(), "torn", 2);
    }
  }

  @Test
  void aRecordThatIsDamagedWhileItIsServedIsNotServed() {
    SimulatedDisk disk = original.afterProcessDeath();
    try (LogLedgerStore store = SimulatedLedger.open(disk)) {
      assertNotNull(store.reads().transaction(torn.get(0)));
      // In the sealed segment's first quarter lies the first batch.
      for (int offset = HEADER_BYTES; offset < HEADER_BYTES + 16_000; offset += 8) {
        disk.flipBit(SEALED, offset, 0);
      }
      unavailable(() -> store.reads().transaction(torn.get(0)));
      unavailable(() -> store.reads().events("torn", 0, 10, 1000));
      AccountId cash = new AccountId("torn", "cash");
      unavailable(() -> store.reads().history(cash, 0, 10, Integer.MAX_VALUE));
      assertEquals("400", store.reads().balance(cash, null).effective().toString());
    }
  }

  /** Calls what must be answered with {@code unavailable}, and gives the reason. */
  private static String unavailable(Executable call) {
    RuntimeException e = assertThrows(RuntimeException.class, call);
    assertTrue(e instanceof LedgerException || e instanceof CompletionException, e::toString);
    LedgerError error = LedgerErrors.of(e);
    return assertInstanceOf(Unavailable.class, error).reason();
  }
}
