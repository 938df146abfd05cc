// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import dev.talea.client.TaleaClient;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.conformance.LedgerConformance;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every ledger must do, from the client over a real socket down to real files; and in the
 * classes that extend it, down to a database.
 */
@Tag("slow")
class HttpConformanceTest extends LedgerConformance {
  private static final String TOKEN = "0123456789abcdef";

  @TempDir private Path directory;
  private TestDaemon daemon;
  private TaleaClient client;

  /** Where the ledger of a test lives; always the same for the same directory. */
  String url(Path directory) {
    return "log://" + directory;
  }

  @BeforeEach
  void start() {
    daemon = TestDaemon.at(url(directory), "TALEA_API_TOKEN", TOKEN);
    client = TaleaClient.builder(daemon.url()).token(TOKEN).build();
  }

  @AfterEach
  void stop() {
    client.close();
    daemon.close();
  }

  @Override
  protected LedgerApi ledger() {
    return client;
  }

  @Override
  protected boolean reopen() {
    stop();
    start();
    return true;
  }
}
