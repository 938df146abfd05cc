// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.talea.client.TaleaClient;
import dev.talea.ledger.Int128;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One client with more calls than there are connections, and places to wait for them. */
@Tag("slow")
@Timeout(120)
class CrowdTest {
  @TempDir private Path directory;

  @Test
  void tenThousandCallsAtOnceAreServedLikeOneAfterTheOther() {
    int calls = 10_000;
    try (TestDaemon daemon = TestDaemon.onLog(directory).withBook("b");
        TaleaClient client = TaleaClient.builder(daemon.url()).build()) {
      List<CompletableFuture<Posted>> answers = new ArrayList<>();
      for (int i = 0; i < calls; i++) {
        answers.add(
            client.post(
                new TransactionDraft(
                    "b",
                    "k" + i,
                    List.of(
                        new Posting("cash", Int128.of(1), "USD", Side.DEBIT),
                        new Posting("income", Int128.of(1), "USD", Side.CREDIT)),
                    List.of(),
                    null,
                    null)));
      }
      answers.forEach(CompletableFuture::join);
      assertEquals(
          "{\"account\":\"b:cash\",\"asset\":\"USD\",\"balance\":\"100.00\",\"as_of\":null,"
              + "\"updated_seq\":10002}",
          daemon.get("/v1/books/b/accounts/cash/balance").body());
    }
  }
}
