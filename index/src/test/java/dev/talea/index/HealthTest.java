// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.Asset;
import dev.talea.ledger.LedgerError.AlreadyExists;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.Outage;
import dev.talea.ledger.Outage.Cause;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.log.NoSpaceException;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.SimulatedDisk.Fault;
import dev.talea.log.SimulatedDisk.Operation;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a book's trouble is called, where it is seen, and how it ends. */
class HealthTest {
  private static final String BOOK = "sick";
  private static final Path FOLDER = SimulatedLedger.DIRECTORY.resolve("books").resolve(BOOK);

  private SimulatedDisk disk = new SimulatedDisk(1);
  private LogLedgerStore store = SimulatedLedger.open(disk);
  private int posted;

  @BeforeEach
  void openTheBooks() {
    store.registerAsset(fiat("EUR")).join();
    for (String book : List.of(BOOK, "well")) {
      store.openAccount(account(book, "cash", "EUR")).join();
      store.openAccount(account(book, "sales", "EUR")).join();
      assertTrue(post(book, "before"));
    }
    assertEquals(Map.of(), store.reads().health().books());
  }

  @AfterEach
  void close() {
    disk.setFault(Fault.NONE);
    disk.setSpace(Long.MAX_VALUE);
    store.close();
  }

  @Test
  void aFullDiskIsSeenUntilThereIsRoomWithoutAPost() {
    disk.setSpace(disk.usedSpace());
    fill(BOOK);
    Outage why = expect(Cause.SPACE);
    assertEquals(why, store.check() == null ? why : null, "another book takes writes");
    assertEquals(why, store.reads().health().of(BOOK), "still full");
    fill("well");
    assertNotNull(store.check(), "no book takes writes");
    disk.setSpace(Long.MAX_VALUE);
    checkUntilWell(BOOK);
    checkUntilWell("well");
    assertNull(store.check());
    assertNull(requireNonNull(store.reads().book(BOOK)).unavailable());
    assertTrue(post(BOOK, "after"));
  }

  @Test
  void aFullDiskIsOverWithTheNextGroup() {
    disk.setSpace(disk.usedSpace());
    fill(BOOK);
    expect(Cause.SPACE);
    disk.setSpace(Long.MAX_VALUE);
    assertTrue(post(BOOK, "after"));
    assertNull(store.reads().health().of(BOOK));
  }

  @Test
  void aRegistryWithoutRoomHealsLikewise() {
    disk.setSpace(disk.usedSpace());
    int n = 0;
    while (store.registerAsset(fiat("A" + n)).handle((ok, e) -> e == null).join()) {
      n++;
    }
    Outage why = requireNonNull(store.reads().health().of(RegistryBook.NAME));
    assertEquals(Cause.SPACE, why.cause());
    assertEquals(why.reason(), requireNonNull(store.reads().book(RegistryBook.NAME)).unavailable());
    disk.setSpace(Long.MAX_VALUE);
    checkUntilWell(RegistryBook.NAME);
  }

  @Test
  void whatIsNotAllowedIsCalledThatAndNotAFullDisk() {
    disk.setFault(
        (operation, file) ->
            file.startsWith(FOLDER)
                    && (operation == Operation.OPEN || operation == Operation.CREATE)
                ? new AccessDeniedException(file.toString())
                : null);
    fill(BOOK);
    Outage why = expect(Cause.PERMISSION);
    assertTrue(why.reason().contains("permission denied"), why.reason());
    assertFalse(why.reason().contains("has no room"), why.reason());
    disk.setFault(Fault.NONE);
    checkUntilWell(BOOK);
  }

  @ParameterizedTest
  @EnumSource(
      value = Operation.class,
      names = {"WRITE", "FORCE"})
  void aFailedWriteStaysUntilTheBookIsOpenedAgain(Operation broken) {
    failOnce(broken, new IOException("Input/output error (injected)"));
    assertFalse(post(BOOK, "in flight"));
    expect(Cause.FAILED_SYNC);
    store.check();
    assertFalse(post(BOOK, "later"));
    expect(Cause.FAILED_SYNC);
    assertTrue(post("well", "meanwhile"));
    store.close();
    disk = disk.afterProcessDeath();
    store = SimulatedLedger.open(disk);
    assertNull(store.reads().health().of(BOOK));
    assertTrue(post(BOOK, "later"));
  }

  /** As copy-on-write file systems do it: the disk is full only when it comes to writing. */
  @ParameterizedTest
  @EnumSource(
      value = Operation.class,
      names = {"WRITE", "FORCE"})
  void aDiskFoundFullWhileWritingHealsByOpeningTheBookAgain(Operation broken) {
    disk.setFault(
        (operation, file) ->
            operation == broken && file.startsWith(FOLDER)
                ? new NoSpaceException("No space left on device", new IOException("injected"))
                : null);
    assertFalse(post(BOOK, "in flight"));
    expect(Cause.SPACE);
    assertEquals(1, balance(), "what is durable is read meanwhile");
    for (int i = 0; i < 3; i++) {
      store.check();
      assertFalse(post(BOOK, "later"));
      expect(Cause.SPACE);
      assertEquals(1, balance());
    }
    disk.setFault(Fault.NONE);
    checkUntilWell(BOOK);
    assertTrue(post(BOOK, "in flight"));
    assertTrue(post(BOOK, "later"));
    assertEquals(3, balance());
    assertTrue(post(BOOK, "before"), "keys are known");
    assertEquals(3, balance());
    LedgerAudit.thorough(store.reads(), BOOK, 2, 3);
    store.close();
    disk = disk.afterPowerLoss(3);
    store = SimulatedLedger.open(disk);
    assertEquals(3, balance());
  }

  @Test
  void aBookThatCannotBeCreatedIsNotOnTheListOfBooks() {
    disk.setSpace(disk.usedSpace());
    for (int i = 0; i < 20; i++) {
      String name = "new " + i;
      assertThrows(
          CompletionException.class, () -> store.openAccount(account(name, "a", "EUR")).join());
    }
    assertEquals(Set.of(), store.reads().health().books().keySet());
  }

  /** The registry is gone, and an asset comes back with another precision. */
  @Test
  void anAssetThatBooksHoldKeepsItsPrecision() throws IOException {
    store.close();
    disk = disk.afterProcessDeath();
    Path registry = SimulatedLedger.DIRECTORY.resolve("books").resolve(RegistryBook.NAME);
    for (String name : disk.list(registry)) {
      disk.deleteIfExists(registry.resolve(name));
    }
    store = SimulatedLedger.open(disk);
    assertNull(store.reads().asset("EUR"));
    Asset eur = fiat("EUR");
    Asset other = new Asset(eur.id(), eur.assetClass(), eur.precision() + 3, eur.name());
    CompletionException e =
        assertThrows(CompletionException.class, () -> store.registerAsset(other).join());
    String what = assertInstanceOf(AlreadyExists.class, LedgerErrors.of(e)).what();
    assertTrue(what.contains("precision " + eur.precision()), what);
    store.registerAsset(eur).join();
    store.registerAsset(new Asset("USD", eur.assetClass(), 5, "US dollar")).join();
    assertTrue(post(BOOK, "after"));
  }

  /** Looking is enough, as readiness does; what it has found out is known a moment later. */
  private void checkUntilWell(String book) {
    while (store.reads().health().of(book) != null) {
      store.check();
      Thread.onSpinWait();
    }
  }

  private Outage expect(Cause cause) {
    Outage why = requireNonNull(store.reads().health().of(BOOK));
    assertEquals(cause, why.cause(), why::detail);
    assertFalse(why.reason().contains(SimulatedLedger.DIRECTORY.toString()), why.reason());
    assertFalse(why.reason().contains("Exception"), why.reason());
    assertEquals(why.reason(), requireNonNull(store.reads().book(BOOK)).unavailable());
    assertEquals(
        why.reason(),
        store.reads().books(null, 10).items().stream()
            .filter(view -> view.book().equals(BOOK))
            .findFirst()
            .orElseThrow()
            .unavailable());
    return why;
  }

  /** Into the space that was filled with zeros ahead, until there is none. */
  private void fill(String book) {
    while (post(book, "fill " + posted)) {
      posted++;
    }
  }

  private void failOnce(Operation broken, IOException why) {
    boolean[] done = {false};
    disk.setFault(
        (operation, file) -> {
          if (operation == broken && file.startsWith(FOLDER) && !done[0]) {
            done[0] = true;
            return why;
          }
          return null;
        });
  }

  private boolean post(String book, String key) {
    return store
        .commit(book, List.of(move(book, key, "sales", "cash", 1, "EUR")), false)
        .handle((results, e) -> e == null && results.get(0) instanceof Posted)
        .join();
  }

  private long balance() {
    return store.reads().balance(new AccountId(BOOK, "cash"), null).effective().toLong();
  }
}
