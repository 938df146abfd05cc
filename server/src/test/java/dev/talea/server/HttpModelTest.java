// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import dev.talea.client.TaleaClient;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.conformance.ModelCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random commands through client, socket, daemon and log store answer as the model in memory does.
 * More of them with {@code -Dtalea.model.commands=20000}, others with {@code -Dtalea.seed=S}.
 */
@Tag("slow")
class HttpModelTest {
  private static final int COMMANDS = Integer.getInteger("talea.model.commands", 400);

  @TempDir private Path directory;

  @ParameterizedTest
  @MethodSource("seeds")
  void randomCommandsAnswerAsTheModelDoes(long seed) {
    ModelCheck.run(seed, COMMANDS, () -> new Remote(Files.createTempDirectory(directory, "l")));
  }

  static LongStream seeds() {
    long first = Long.getLong("talea.seed", 1L);
    return LongStream.range(first, first + 3);
  }

  private static final class Remote implements ModelCheck.Subject {
    private final Path directory;
    private TestDaemon daemon;
    private TaleaClient client;

    Remote(Path directory) {
      this.directory = directory;
      daemon = TestDaemon.onLog(directory);
      client = TaleaClient.builder(daemon.url()).build();
    }

    @Override
    public LedgerApi ledger() {
      return client;
    }

    @Override
    public void reopen() throws IOException {
      close();
      daemon = TestDaemon.onLog(directory);
      client = TaleaClient.builder(daemon.url()).build();
    }

    @Override
    public void close() throws IOException {
      client.close();
      daemon.close();
    }
  }
}
