// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.reconcile.decide.SearchLimits;
import dev.talea.reconcile.recipe.Normalisation;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * The one Spark of a process of tests: starting it takes longer than most of them. It ends with the
 * process.
 */
public final class TestSpark {
  private static @Nullable SparkContext spark;

  private TestSpark() {}

  /** Spark with two threads; where it does not run the test is skipped, and says so. */
  public static synchronized SparkContext spark() {
    int jdk = Runtime.version().feature();
    Assumptions.assumeTrue(
        jdk >= 17 && jdk <= 25, "Spark was tried with the JDKs 17 to 25, and this is " + jdk);
    SparkContext started = spark;
    if (started == null) {
      started =
          SparkContext.getOrCreate(
              new SparkConf()
                  .setMaster("local[2]")
                  .setAppName("tests")
                  .set("spark.ui.enabled", "false")
                  .set("spark.driver.bindAddress", "127.0.0.1")
                  .set("spark.driver.host", "127.0.0.1"));
      spark = started;
    }
    return started;
  }

  /** As people use it, with the Spark of the tests. */
  public static SparkEngine engine() {
    return new SparkEngine(spark());
  }

  /** With searches that end early, or with more tasks than so few rows would get. */
  public static SparkEngine engine(SearchLimits limits, int chunkRows) {
    return new SparkEngine(spark(), limits, chunkRows);
  }

  /** How similar two texts are to this engine. */
  public static double similarity(String left, String right) {
    return Texts.similarity(left, right);
  }

  /** What this engine makes of a text. */
  public static @Nullable Object normalised(String text, List<Normalisation> steps) {
    return new Texts.Steps(steps).of(text);
  }
}
