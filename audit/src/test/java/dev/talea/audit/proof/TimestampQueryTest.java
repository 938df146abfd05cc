// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The question to a timestamp authority, as bytes and as OpenSSL reads it. */
class TimestampQueryTest {
  private static final byte[] CONTENT = "log.example/a\n0\n".getBytes(UTF_8);

  @TempDir private Path folder;

  @Test
  void theBytesAreThoseOfTheRfc() {
    assertEquals(
        "30400201013031300d060960864801650304020105000420"
            + HexFormat.of().formatHex(NaiveTree.sha256(CONTENT))
            + "0205"
            + "00ffffffff"
            + "0101ff",
        HexFormat.of().formatHex(TimestampQuery.of(CONTENT, 0xFFFF_FFFFL)));
  }

  @Test
  void opensslReadsItAndWritesTheSame() throws Exception {
    Programs.assume("openssl", "TimestampQueryTest.opensslReadsItAndWritesTheSame");
    Files.write(folder.resolve("content"), CONTENT);
    Path query = folder.resolve("ours.tsq");
    for (long nonce : new long[] {0, 1, 255, Long.MAX_VALUE, Long.MIN_VALUE, -1}) {
      byte[] ours = TimestampQuery.of(CONTENT, nonce);
      Files.write(query, ours);
      String text =
          Programs.run(folder, List.of("openssl", "ts", "-query", "-in", "ours.tsq", "-text"));
      assertTrue(text.contains("Hash Algorithm: sha256"), text);
      assertTrue(text.contains("Certificate required: yes"), text);
      assertTrue(text.contains("Version: 1"), text);
    }
    Programs.run(
        folder,
        List.of(
            "openssl",
            "ts",
            "-query",
            "-data",
            "content",
            "-sha256",
            "-cert",
            "-no_nonce",
            "-out",
            "theirs.tsq"));
    // The same but for the nonce, 02 01 00, which makes the whole three bytes longer.
    byte[] theirs = Files.readAllBytes(folder.resolve("theirs.tsq"));
    String ours = HexFormat.of().formatHex(TimestampQuery.of(CONTENT, 0));
    String without = ours.replace("0201000101ff", "0101ff").replaceFirst("303c", "3039");
    assertArrayEquals(HexFormat.of().parseHex(without), theirs);
  }
}
