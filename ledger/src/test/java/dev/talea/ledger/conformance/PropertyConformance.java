// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import dev.talea.ledger.LedgerApi;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Random commands, answered as the model answers them. {@code -Dtalea.seed=N} repeats a run; {@link
 * ModelCheck} with fresh ledgers shrinks what fails here.
 */
abstract class PropertyConformance extends StreamConformance {
  private static final int COMMANDS = 300;

  @Test
  public void randomCommandsAreAnsweredAsTheModelAnswersThem() throws Exception {
    long seed = Long.getLong("talea.seed", new Random().nextLong());
    try {
      ModelCheck.run(
          new RandomCommands(seed).commands(COMMANDS),
          new ModelCheck.Subject() {
            @Override
            public LedgerApi ledger() {
              return PropertyConformance.this.ledger();
            }

            @Override
            public void reopen() throws IOException {
              try {
                PropertyConformance.this.reopen();
              } catch (IOException e) {
                throw e;
              } catch (Exception e) {
                throw new IOException("reopening failed", e);
              }
            }

            @Override
            public void close() {}
          });
    } catch (AssertionError e) {
      throw new AssertionError("-Dtalea.seed=" + seed + ": " + e.getMessage(), e);
    }
  }
}
