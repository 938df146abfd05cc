// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The format of a file, with its first rows as the proposal reads them. */
class DetectionTest {
  private static final String LINES =
      "day;text;amount\n2026-01-02;INV-1;10,00\n2026-01-03;INV-2;-2,50\n";

  @TempDir Path folder;

  @Test
  void theFirstRowsAreThoseOfTheProposedProfile() throws Exception {
    StringBuilder many = new StringBuilder(LINES);
    for (int i = 3; i < 500; i++) {
      many.append("2026-01-03;").append("INV-").append(i).append(";2,50\n");
    }
    Path file = folder.resolve("My Bank.2026-01.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(many.toString().getBytes(StandardCharsets.UTF_8));
    }
    Map<String, @Nullable Object> found = Detection.of(file);
    assertEquals("my-bank", JsonTree.child(found, "profile").get("name"));
    assertEquals(5, JsonTree.list(found, "rows").size());
    assertEquals(
        "{line=2, amount=1000, asset=XXX, date=2026-01-02, reference=INV-1}",
        "" + JsonTree.list(found, "rows").get(0));
    assertEquals(1L, found.get("open")); // the currency
  }

  @Test
  void whatIsNoFileOfRowsIsSaidToBeNone() throws Exception {
    Path parquet = Files.writeString(folder.resolve("x.parquet"), "PAR1 and more");
    assertTrue(refusal(parquet).contains("Parquet"));
    assertTrue(refusal(Files.createFile(folder.resolve("empty.csv"))).contains("empty"));
  }

  private static String refusal(Path file) {
    return "" + assertThrows(IOException.class, () -> Detection.of(file)).getMessage();
  }

  @Test
  void aNameIsMadeOfThatOfTheFile() {
    assertEquals("my-bank", Detection.plain("My Bank.2026-01.csv"));
    assertEquals("umsa-tze", Detection.plain("..Umsa\u0308tze.csv".substring(2)));
    assertEquals("file", Detection.plain("\u540d.csv"));
    assertEquals("file", Detection.plain(".csv"));
    assertEquals(64, Detection.plain("x".repeat(300)).length());
  }
}
