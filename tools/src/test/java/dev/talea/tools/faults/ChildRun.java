// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools.faults;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs tests of a module in a JVM of their own, and reads from its output what became of them.
 * Blocks the thread that asks. A JVM of its own for each: a trial may kill, fill or hang it, and
 * tests read their seeds when they are loaded.
 */
final class ChildRun {
  private static final long MINUTES_MAX = 30;
  private static final Pattern RESULT =
      Pattern.compile("\\[faults\\] (\\S+) passed (\\d+) failed (\\d+)");
  private static final Pattern FAILED = Pattern.compile("\\[faults\\] FAILED (.*)");
  private static final Pattern SKIPPED = Pattern.compile("\\[faults\\] (SKIPPED .*)");

  /** A test says what it did: {@code [talea] CrashTest: 120 crashes, ...}. */
  private static final Pattern TRIED =
      Pattern.compile("\\[talea\\] \\w+: (\\d+) ([\\w ]+?)[,;\\r\\n].*");

  private ChildRun() {}

  /**
   * What became of it.
   *
   * @param failedTest empty if all passed
   * @param tried how many of what, as far as tests say
   */
  record Result(
      int tests, String failedTest, List<String> skipped, Map<String, Long> tried, Path log) {}

  /**
   * Runs tests, at most half an hour.
   *
   * @param classes of the module
   * @param properties of the JVM
   * @param environment beside what this process has
   * @param tests class names, or {@code Class#method}
   * @param log gets the output
   */
  static Result run(
      Module module,
      Path classes,
      Map<String, String> properties,
      Map<String, String> environment,
      List<String> tests,
      Path log)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-ea", "-Xmx1g", "-XX:+UseSerialGC"));
    properties.forEach((name, value) -> command.add("-D" + name + "=" + value));
    command.add("-cp");
    command.add(module.classPath(classes) + File.pathSeparator + ownClasses() + launcher(module));
    command.add(TestRun.class.getName());
    command.addAll(tests);
    ProcessBuilder builder = new ProcessBuilder(command).directory(module.folder().toFile());
    builder.environment().putAll(environment);
    Files.createDirectories(log.toAbsolutePath().getParent());
    Process child = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    boolean ended;
    try {
      ended = child.waitFor(MINUTES_MAX, TimeUnit.MINUTES);
    } finally {
      end(child);
    }
    return read(log, tests, ended, ended ? child.exitValue() : -1);
  }

  /** It is asked first, so that it can stop a database server that it has started. */
  private static void end(Process child) throws InterruptedException {
    List<ProcessHandle> others = child.descendants().toList();
    child.destroy();
    child.waitFor(20, TimeUnit.SECONDS);
    others.forEach(ProcessHandle::destroyForcibly);
    child.destroyForcibly();
  }

  private static Path ownClasses() {
    try {
      return Path.of(TestRun.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** JUnit's launcher, which modules that are not tools do without. */
  private static String launcher(Module module) throws IOException {
    String all = module.dependencies();
    StringBuilder own = new StringBuilder();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (entry.contains("junit-platform-launcher") && !all.contains(entry)) {
        own.append(File.pathSeparator).append(entry);
      }
    }
    return own.toString();
  }

  private static Result read(Path log, List<String> tests, boolean ended, int exit)
      throws IOException {
    String text = new String(Files.readAllBytes(log), java.nio.charset.StandardCharsets.UTF_8);
    int passed = 0;
    String failed = "";
    List<String> skipped = new ArrayList<>();
    Map<String, Long> tried = new java.util.TreeMap<>();
    Matcher results = RESULT.matcher(text);
    while (results.find()) {
      passed += Integer.parseInt(results.group(2));
      if (!results.group(3).equals("0")) {
        failed = results.group(1);
      }
    }
    Matcher which = FAILED.matcher(text);
    if (which.find()) {
      failed = shorter(which.group(1));
    } else if (!ended) {
      failed = tests + " did not end within " + MINUTES_MAX + " minutes";
    } else if (exit != 0 && failed.isEmpty()) {
      failed = tests + " ended with exit code " + exit;
    }
    Matcher why = SKIPPED.matcher(text);
    while (why.find()) {
      skipped.add(why.group(1));
    }
    Matcher did = TRIED.matcher(text);
    while (did.find()) {
      tried.merge(did.group(2), Long.parseLong(did.group(1)), Long::sum);
    }
    return new Result(passed, failed, skipped, tried, log);
  }

  /** {@code Class.method} of JUnit's unique id. */
  private static String shorter(String id) {
    Matcher parts =
        Pattern.compile("\\[(class|method|test-template|test-factory):([^\\]]*)\\]").matcher(id);
    StringBuilder name = new StringBuilder();
    while (parts.find()) {
      String part = parts.group(2);
      name.append(name.isEmpty() ? "" : ".")
          .append(part.replaceAll("\\(.*", "").replaceAll("^.*\\.", ""));
    }
    return name.isEmpty() ? id : name.toString();
  }
}
