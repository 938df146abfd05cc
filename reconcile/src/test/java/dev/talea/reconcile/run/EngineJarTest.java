// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What lies beside the binary is found there, and what does not is named. */
class EngineJarTest {
  @TempDir private Path folder;

  @Test
  void duckDbIsFoundBesideTheBinary() throws IOException {
    String binary = folder.resolve("talea").toString();
    assertNull(EngineJar.classPath(binary, ":"));
    assertTrue(EngineJar.missing(binary, ":").contains("beside talea"));
    Path jar = Files.createFile(folder.resolve("duckdb_jdbc-9.jar"));
    assertEquals(binary + ":" + jar, EngineJar.classPath(binary, ":"));
  }

  @Test
  void sparkIsFoundInItsFolderAndComesFirst() throws IOException {
    String binary = folder.resolve("talea").toString();
    assertNull(EngineJar.withSpark(binary, ":"));
    Path spark = Files.createDirectory(folder.resolve("spark"));
    Files.createFile(spark.resolve("spark-core_2.13-9.jar"));
    assertNull(EngineJar.withSpark(binary, ":"), "the engine itself is not among them");
    String missing = EngineJar.sparkMissing(binary, ":");
    assertTrue(missing.contains("talea-reconcile-spark.jar"), missing);
    assertTrue(missing.contains("the folder spark beside talea"), missing);
    Files.createFile(spark.resolve("talea-reconcile-spark-9.jar"));
    assertEquals(spark.resolve("*") + ":" + binary, EngineJar.withSpark(binary, ":"));
  }
}
