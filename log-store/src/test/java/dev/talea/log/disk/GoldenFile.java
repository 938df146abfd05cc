// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A segment in the resources of a test, as lines of hex: no change of the format goes unnoticed.
 * Zeros at its end are left out. Apart from the tests because every room that puts records into
 * logs has its own.
 *
 * <p>A deliberate change of the format comes with a new version number and a new golden file:
 * {@code -Dtalea.golden.write=true} writes it.
 */
public final class GoldenFile {
  private static final int LINE_DIGITS = 64;
  private static final int ROUNDED_TO = 4096;

  private final Class<?> test;
  private final String name;

  public GoldenFile(Class<?> test, String name) {
    this.test = test;
    this.name = name;
  }

  /** Fails unless this is what the file has. */
  public void assertSame(byte[] segment) throws IOException {
    int end = segment.length;
    while (segment[end - 1] == 0) {
      end--;
    }
    String hex = HexFormat.of().formatHex(segment, 0, end);
    StringBuilder lines = new StringBuilder();
    for (int at = 0; at < hex.length(); at += LINE_DIGITS) {
      lines.append(hex, at, Math.min(at + LINE_DIGITS, hex.length())).append('\n');
    }
    if (Boolean.getBoolean("talea.golden.write")) {
      Files.writeString(Path.of("src/test/resources", name), lines);
    }
    assertEquals(
        text(),
        lines.toString(),
        "the format has changed: give it a new version, and keep a reader for the old one");
  }

  /** What the file has, with zeros behind it as a segment has them. */
  public byte[] segment() throws IOException {
    byte[] used = HexFormat.of().parseHex(text().replace("\n", ""));
    return Arrays.copyOf(used, (used.length / ROUNDED_TO + 2) * ROUNDED_TO);
  }

  private String text() throws IOException {
    try (InputStream golden = test.getResourceAsStream("/" + name)) {
      assertNotNull(golden, "the golden file is missing");
      return new String(golden.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }
}
