// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.service.LedgerService;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ModelCheckTest {
  private static final int SEEDS = 10;

  private record Plain(LedgerApi ledger) implements ModelCheck.Subject {
    @Override
    public void close() {}
  }

  @Test
  void theModelAgreesWithItself() {
    for (long seed = 0; seed < SEEDS; seed++) {
      ModelCheck.run(
          seed, 300, () -> new Plain(new LedgerService(new InMemoryStore(), Runnable::run)));
    }
  }

  @Test
  void aSeedMakesTheSameCommandsEveryTime() {
    assertEquals(new RandomCommands(7).commands(500), new RandomCommands(7).commands(500));
    assertTrue(!new RandomCommands(7).commands(500).equals(new RandomCommands(8).commands(500)));
  }

  @Test
  void mostRandomDraftsArePostedAndManyKindsAreRefused() {
    LedgerApi ledger = new LedgerService(new InMemoryStore(), Runnable::run);
    List<PostResult> results = new ArrayList<>();
    for (Command command : new RandomCommands(1).commands(2_000)) {
      if (command instanceof Command.Register c) {
        ledger.registerAsset(c.asset()).exceptionally(refused -> null).join();
      } else if (command instanceof Command.Open c) {
        ledger.openAccount(c.account()).exceptionally(refused -> null).join();
      } else if (command instanceof Command.Post c) {
        results.addAll(ledger.postBatch(List.of(c.draft())).join());
      }
    }
    long posted = results.stream().filter(Posted.class::isInstance).count();
    assertTrue(posted * 2 > results.size(), () -> posted + " of " + results.size());
    List<String> codes =
        results.stream()
            .filter(PostResult.Refused.class::isInstance)
            .map(each -> ((PostResult.Refused) each).error().code())
            .distinct()
            .sorted()
            .toList();
    assertEquals(
        List.of(
            "asset_mismatch",
            "constraint_violation",
            "idempotency_conflict",
            "invalid_amount",
            "invalid_draft",
            "unbalanced",
            "unknown_account"),
        codes);
  }

  @Test
  void aLedgerThatForgetsAFloorIsCaughtAndTheListCutDown() {
    AssertionError caught =
        assertThrows(
            AssertionError.class,
            () ->
                ModelCheck.run(
                    3,
                    300,
                    () ->
                        new Plain(
                            new ForwardingLedger(
                                new LedgerService(new InMemoryStore(), Runnable::run)) {
                              @Override
                              public CompletableFuture<Void> openAccount(Account a) {
                                return super.openAccount(
                                    new Account(a.id(), a.asset(), a.kind(), a.normalSide(), null));
                              }
                            })));
    String message = String.valueOf(caught.getMessage());
    assertTrue(message.startsWith("seed 3"), message);
    assertTrue(message.lines().count() < 20, message);
  }

  @Test
  void aBalanceThatIsOffByOneMomentIsCaught() {
    assertThrows(
        AssertionError.class,
        () ->
            ModelCheck.run(
                4,
                300,
                () ->
                    new Plain(
                        new ForwardingLedger(
                            new LedgerService(new InMemoryStore(), Runnable::run)) {
                          @Override
                          public CompletableFuture<BalanceView> balance(
                              AccountId account, @Nullable Instant asOf) {
                            return super.balance(account, asOf == null ? null : asOf.minusNanos(1))
                                .thenApply(
                                    v ->
                                        new BalanceView(
                                            v.account(),
                                            v.asset(),
                                            v.precision(),
                                            v.effective(),
                                            asOf,
                                            v.updatedSeq()));
                          }
                        })));
  }
}
