// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.jdbc.SqlLedgerStore;
import dev.talea.ledger.Event;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.json.WebhookDraft;
import dev.talea.projections.ProjectionKillChild;
import dev.talea.projections.ProjectionKillTest;
import dev.talea.projections.ProjectionTarget;
import dev.talea.projections.StoreSource;
import dev.talea.projections.Targets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A process that posts and delivers is killed at random moments, again and again. More of it:
 * {@code -Dtalea.projections.kills=200}.
 */
@Tag("slow")
@Timeout(value = 3, unit = TimeUnit.HOURS) // for as many kills as are asked for
class WebhookKillTest {
  private static final int KILLS = Integer.getInteger("talea.projections.kills", 5);
  private static final long SEED =
      Long.getLong("talea.projections.seed", new Random().nextInt(1_000_000));

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void everyEventArrivesAndAgainOnlyWithTheSameId(Targets kind) throws Exception {
    Random random = new Random(SEED);
    String[] place = ProjectionKillTest.place(folder, kind);
    try (Receiver receiver = new Receiver();
        ProjectionTarget target = ProjectionKillChild.target(place)) {
      String id;
      try (SqlLedgerStore store = ProjectionKillChild.store(place)) {
        WebhookKillChild.prepare(store);
        Webhooks webhooks = webhooks(target, store.reads(), random, Instant::now);
        id =
            webhooks
                .add(
                    new WebhookDraft(
                        receiver.url(),
                        Set.of("a"),
                        Set.of(Event.Kind.TRANSACTION_POSTED),
                        Set.of(),
                        Map.of(),
                        null),
                    "me")
                .webhook()
                .id();
      }
      for (int round = 0; round < KILLS; round++) {
        int before = receiver.deliveries.size();
        Process child =
            ProjectionKillChild.start(
                WebhookKillChild.class, round, place, folder.resolve("child-" + kind + ".log"));
        while (receiver.deliveries.size() < before + 3 && child.isAlive()) {
          LockSupport.parkNanos(1_000_000); // the lease of the one before has to run out
        }
        LockSupport.parkNanos(random.nextInt(200) * 1_000_000L);
        child.destroyForcibly().waitFor();
      }
      try (SqlLedgerStore store = ProjectionKillChild.store(place);
          WebhookEngine engine = WebhookKillChild.engine(store, place, "last")) {
        Webhooks webhooks = webhooks(target, store.reads(), random, Instant::now);
        engine.start();
        long last = store.reads().lastSeq("a");
        while (webhooks.status(id).positions().getOrDefault("a", 0L) < last) {
          LockSupport.parkNanos(5_000_000);
        }
        List<String> due = new ArrayList<>();
        for (long seq = 3; seq <= last; seq++) {
          due.add(WebhookMessage.id("a", seq));
        }
        assertEquals(due, receiver.ids().stream().distinct().toList(), "seed " + SEED);
        // At most the one that was under way at each death.
        int again = receiver.deliveries.size() - due.size();
        assertTrue(again <= KILLS, again + " again, seed " + SEED);
        assertTrue(due.size() > KILLS, "seed " + SEED);
      }
    }
  }

  /** Keys are by chance that is given. */
  static Webhooks webhooks(
      ProjectionTarget target, StoreReader reads, Random random, Supplier<Instant> now) {
    return new Webhooks(
        target,
        new StoreSource(reads),
        true,
        true,
        new Webhooks.Surroundings(
            now,
            count -> {
              byte[] bytes = new byte[count];
              random.nextBytes(bytes);
              return bytes;
            }));
  }
}
