// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Random;
import org.junit.jupiter.api.Tag;

/**
 * Whatever a file says that is to be a proof: the checker gives a verdict, never another exception,
 * and no file of a stranger is right. A build repeats the known inputs; with {@code JAZZER_FUZZ=1}
 * it looks for others.
 */
@Tag("slow")
class CheckFuzzTest {
  private static final SigningKey LOG = SigningKey.generate("log.example/a", new Random(3));
  private static final Policy POLICY =
      Policy.parse("log %s\nquorum none\n".formatted(LOG.verifier()).getBytes(UTF_8));

  @FuzzTest(maxDuration = "30s")
  void proof(byte[] bytes) {
    // No input of the fuzzer carries a signature of a key that was made for this test.
    assertFalse(ProofCheck.check(bytes, null, POLICY).isRight());
    ProofCheck.check(bytes, null, null);
    try {
      assertArrayEquals(bytes, TlogProof.parse(bytes).bytes());
    } catch (MalformedException e) {
      // refused by its own name
    }
  }
}
