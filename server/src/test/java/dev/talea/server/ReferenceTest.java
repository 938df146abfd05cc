// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The examples of the HTTP reference, run as they stand: each line that starts with a dollar sign
 * goes to a shell, and what it prints has to be what the page prints. Ids and times differ from run
 * to run; those of the page are mapped to those of the run as they turn up.
 */
@Tag("slow")
class ReferenceTest {
  private static final Pattern OWN =
      Pattern.compile(
          "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
              + "|\"(?:last_|occurred_)?at\":\"[^\"]+\"");

  @TempDir private Path directory;

  /** What a person types, and what they should see. */
  private record Example(String command, String output) {}

  private static List<Example> examples() throws IOException {
    Path page = Path.of("docs", "reference-http.md");
    if (!Files.exists(page)) {
      page = Path.of("..").resolve(page);
    }
    List<Example> examples = new ArrayList<>();
    Matcher blocks =
        Pattern.compile("```console\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(page));
    while (blocks.find()) {
      for (String part : blocks.group(1).split("(?m)^\\$ ", -1)) {
        if (!part.isEmpty()) {
          int end = part.indexOf('\n');
          examples.add(new Example(part.substring(0, end), part.substring(end + 1)));
        }
      }
    }
    return examples;
  }

  @Test
  void theExamplesDoWhatThePageSays() throws Exception {
    assumeTrue(isThere("curl"), "SKIPPED: the examples are curl commands and there is no curl");
    List<Example> examples = examples();
    assertTrue(examples.size() > 10, "found " + examples.size());
    Map<String, String> runOfPage = new HashMap<>();
    try (TestDaemon daemon =
        TestDaemon.onLog(directory, "TALEA_API_TOKEN", "0123456789abcdef0123456789abcdef")) {
      for (Example example : examples) {
        String output = run(daemon, replaced(example.command(), runOfPage)).strip();
        learn(example.output(), output, runOfPage);
        assertEquals(replaced(example.output().strip(), runOfPage), output, example.command());
      }
    }
  }

  private static boolean isThere(String command) throws Exception {
    try {
      return new ProcessBuilder(command, "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static String run(TestDaemon daemon, String command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true);
    builder.environment().put("TALEA", daemon.url());
    builder.environment().put("TALEA_TOKEN", "0123456789abcdef0123456789abcdef");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(30, TimeUnit.SECONDS), command);
    return output;
  }

  /** Pairs the ids and times of the page with those of the run, in the order they come. */
  private static void learn(String page, String run, Map<String, String> runOfPage) {
    Matcher there = OWN.matcher(page);
    Matcher here = OWN.matcher(run);
    while (there.find() && here.find()) {
      runOfPage.putIfAbsent(there.group(), here.group());
    }
  }

  private static String replaced(String text, Map<String, String> runOfPage) {
    return OWN.matcher(text)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(runOfPage.getOrDefault(found.group(), found.group())));
  }
}
