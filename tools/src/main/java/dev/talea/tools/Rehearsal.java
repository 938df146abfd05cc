// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.server.Daemon;
import dev.talea.server.settings.Settings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Goes once through what nearly every start of the program does: serves an empty ledger, posts to
 * it and reads from it over HTTP, and ends. The build runs it under {@code
 * -XX:ArchiveClassesAtExit}, so that the JVM of a later start finds those classes parsed and
 * checked. Nothing but time depends on it.
 *
 * <p>A main class of its own, because no person ever wants this command.
 */
final class Rehearsal {
  private Rehearsal() {}

  /** Runs and returns; exit code 0 if all went well. */
  public static void main(String[] args) throws IOException {
    Path folder = Files.createTempDirectory("talea-rehearsal-");
    try {
      rehearse(folder);
    } finally {
      delete(folder);
    }
  }

  private static void rehearse(Path folder) {
    Daemon daemon =
        Daemon.start(
            Settings.of(
                Map.of(
                    "TALEA_DB_URL", "log://" + folder.resolve("data"),
                    "TALEA_BIND", "127.0.0.1:0",
                    "TALEA_CREATE", "true"),
                Map.of()));
    try {
      String url = "http://127.0.0.1:" + daemon.address().getPort();
      List<String> posting = List.of("--debit", "till:EUR:5", "--credit", "sales:EUR:5");
      talea(url, "asset register --id EUR --class fiat --precision 2 --name Euro");
      talea(url, "account open --book shop --path till --asset EUR --kind asset");
      talea(url, "account open --book shop --path sales --asset EUR --kind income");
      talea(url, "post --book shop --idem 1 " + String.join(" ", posting));
      talea(url, "balance --book shop --path till");
      talea(url, "history --book shop --path till");
      talea(url, "trial-balance --book shop");
    } finally {
      daemon.stop();
    }
  }

  private static void talea(String url, String words) {
    OutputStream nowhere = OutputStream.nullOutputStream();
    Shell shell =
        new Shell(
            new ByteArrayInputStream(new byte[0]),
            new Out(nowhere),
            new PrintStream(nowhere, false, StandardCharsets.UTF_8),
            Map.of("TALEA_URL", url),
            Path.of(""),
            false,
            false);
    int code = Main.run("talea", List.of(words.split(" ")), shell);
    if (code != Main.OK) {
      throw new IllegalStateException("'talea " + words + "' ended with " + code);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
