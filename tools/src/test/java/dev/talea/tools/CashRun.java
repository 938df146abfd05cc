// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Two postings, a bank's file of two lines and a recipe, of which one row of each side matches. */
final class CashRun {
  private CashRun() {}

  /** Posts, saves and runs it once; the files lie where the server was started. */
  static void begin(ServedShell served, Path directory) throws IOException {
    Files.writeString(
        directory.resolve("profile.json"),
        "{\"name\":\"lines\",\"amount\":{\"column\":\"amount\"},\"asset\":\"EUR\","
            + "\"fields\":[{\"name\":\"reference\",\"column\":\"text\"}]}");
    Files.writeString(
        directory.resolve("recipe.json"),
        "{\"name\":\"cash\",\"left\":{\"ledger\":{\"book\":\"b\",\"accounts\":[\"x\"]}},"
            + "\"right\":{\"file\":{\"profile\":\"lines\"}},"
            + "\"rules\":[{\"name\":\"amount\",\"tolerance\":{\"absolute\":0}}]}");
    Files.writeString(directory.resolve("bank.csv"), "amount,text\n0.05,one\n0.09,other\n");
    served.open("x");
    served.open("y");
    served.post("one");
    served.post("two");
    reconcile(served, "profile", "lines", "--save", "profile.json");
    reconcile(served, "recipe", "cash", "--save", "recipe.json");
    reconcile(served, "run", "cash", "--right", "bank.csv");
  }

  /** Runs it once more, with what is open. */
  static void again(ServedShell served) {
    reconcile(served, "run", "cash", "--right", "bank.csv", "--carry");
  }

  /** A command of reconciliation that has to succeed. */
  static void reconcile(ServedShell served, String... arguments) {
    String[] all =
        Stream.concat(Stream.of("reconcile"), Stream.of(arguments)).toArray(String[]::new);
    TestShell.Result result = served.shell().talea(all);
    assertEquals(0, result.exitCode(), result.err() + result.out());
  }
}
