// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the one binary says of its own licence and of those of the libraries in it. */
@Tag("binary")
class LicencesTest {

  @Test
  void theBinaryHoldsOurLicenceOnceAndNamesEveryLibrary() throws IOException {
    try (ZipFile binary = new ZipFile(Path.of("target/talea").toFile())) {
      assertTrue(text(binary, "META-INF/LICENSE").contains("Apache License"));
      assertTrue(text(binary, "META-INF/NOTICE").contains("Copyright 2026 the talea authors"));
      String libraries = text(binary, "META-INF/THIRD-PARTY.txt");
      for (String each :
          new String[] {
            "io.netty:netty-codec-http:",
            "org.xerial:sqlite-jdbc:",
            "org.postgresql:postgresql:",
            "ch.qos.logback:logback-classic:",
            "org.webjars:swagger-ui:"
          }) {
        assertTrue(libraries.contains(each), each + " in\n" + libraries);
      }
      assertEquals(-1, libraries.indexOf("Unknown license"), libraries);
    }
  }

  private static String text(ZipFile binary, String name) throws IOException {
    ZipEntry entry = binary.getEntry(name);
    assertNotNull(entry, name);
    return new String(
        Objects.requireNonNull(binary.getInputStream(entry)).readAllBytes(),
        StandardCharsets.UTF_8);
  }
}
