// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.reconcile.engine.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the engine, which is no part of the one binary because of its size: on the class path of
 * this process, or in a jar beside the binary; and the other one, if it is asked for, in a folder
 * beside it.
 *
 * <p>Stateless; any thread.
 */
final class EngineJar {
  private static final String NAME = "duckdb_jdbc";
  private static final String SPARK = "talea-reconcile-spark";
  private static final String SPARK_FOLDER = "spark";

  /** Is on the class path where an engine of others is. */
  private static final String SERVICE = "META-INF/services/" + Engine.class.getName();

  private EngineJar() {}

  /**
   * The class path of a process that matches.
   *
   * @param classPath of this process
   * @param separator of its entries
   * @return null if there is no engine
   */
  static @Nullable String classPath(String classPath, String separator) {
    List<String> entries = List.of(classPath.split(java.util.regex.Pattern.quote(separator), -1));
    for (String entry : entries) {
      if (isEngine(name(entry))) {
        return classPath;
      }
    }
    try {
      Path folder = Path.of(entries.get(0)).toAbsolutePath().getParent();
      if (folder != null) {
        for (String name : SystemFiles.list(folder)) {
          if (isEngine(name)) {
            return classPath + separator + folder.resolve(name);
          }
        }
      }
    } catch (IOException e) {
      // as if there were none
    }
    return null;
  }

  /** What to do where there is none. */
  static String missing(String classPath, String separator) {
    String binary = name(classPath.split(java.util.regex.Pattern.quote(separator), -1)[0]);
    return "the engine is missing: put "
        + NAME
        + "-2.0.0.1.jar (org.duckdb:duckdb_jdbc:2.0.0.1, from Maven Central) beside "
        + binary
        + ", where a build and the packages have it";
  }

  /**
   * The class path of a process that matches on Spark.
   *
   * @param classPath with the engine that every process has
   * @return null if there is no such engine
   */
  static @Nullable String withSpark(String classPath, String separator) {
    List<String> entries = List.of(classPath.split(java.util.regex.Pattern.quote(separator), -1));
    if (ClassLoader.getSystemResource(SERVICE) != null) {
      return classPath;
    }
    try {
      Path beside = Path.of(entries.get(0)).toAbsolutePath().getParent();
      Path folder = beside == null ? null : beside.resolve(SPARK_FOLDER);
      if (folder != null
          && SystemFiles.exists(folder)
          && SystemFiles.list(folder).stream().anyMatch(EngineJar::isSpark)) {
        // In front: Spark wants the libraries that it was built with.
        return folder.resolve("*") + separator + classPath;
      }
    } catch (IOException e) {
      // as if there were none
    }
    return null;
  }

  /** What to do where Spark is asked for and is not there. */
  static String sparkMissing(String classPath, String separator) {
    String binary = name(classPath.split(java.util.regex.Pattern.quote(separator), -1)[0]);
    return "TALEA_RECONCILE_ENGINE is spark, and that engine is missing: put "
        + SPARK
        + ".jar and the jars of Spark into the folder "
        + SPARK_FOLDER
        + " beside "
        + binary
        + ", as docs/how-to-spark.md says, or leave the setting out";
  }

  private static boolean isSpark(String name) {
    return name.startsWith(SPARK) && name.endsWith(".jar");
  }

  private static boolean isEngine(String name) {
    return name.startsWith(NAME) && name.endsWith(".jar");
  }

  private static String name(String entry) {
    return entry.substring(Math.max(entry.lastIndexOf('/'), entry.lastIndexOf('\\')) + 1);
  }
}
