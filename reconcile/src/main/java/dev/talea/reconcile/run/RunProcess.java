// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerException;
import dev.talea.reconcile.engine.EngineException;
import dev.talea.reconcile.engine.MatchProgress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process of one run, as the process that wants the run sees it: starts it, hears how far it
 * is, ends it when it is called off or its time is over, and says why it ended.
 *
 * <p>{@link #run} belongs to the thread that waits for it; {@link #cancel} is for any thread.
 */
final class RunProcess {
  /** What a JVM ends with whose heap is full, because it is told to. */
  static final int OUT_OF_MEMORY = 3;

  /** A process that was asked to stop is given this long before it is ended. */
  private static final Duration STOP_PATIENCE = Duration.ofMillis(500);

  /** System property of a process that matches: the name of its engine. */
  static final String ENGINE = "talea.reconcile.engine";

  /** What Spark looks into of the JDK, as its own scripts say. */
  private static final List<String> SPARK_OPENS =
      List.of(
          "java.lang",
          "java.lang.invoke",
          "java.lang.reflect",
          "java.io",
          "java.net",
          "java.nio",
          "java.util",
          "java.util.concurrent",
          "java.util.concurrent.atomic",
          "sun.nio.ch",
          "sun.nio.cs",
          "sun.util.calendar");

  private static final Logger LOG = LoggerFactory.getLogger(RunProcess.class);

  private static final String CRASH = "crash.log";
  private static final String ERRORS = "errors.txt";
  private static final int LINE_BYTES_MAX = 4 << 20;
  private static final int WORDS_BYTES_MAX = 2_000;

  /**
   * How such processes are started.
   *
   * @param java the command
   * @param classPath with the engine in it
   * @param mainClass what is run
   * @param heapBytes of the JVM
   * @param memoryText the limit on memory as the operator knows it, for messages
   * @param time it may take
   * @param engine by its name
   */
  record Start(
      String java,
      String classPath,
      String mainClass,
      long heapBytes,
      String memoryText,
      Duration time,
      String engine) {
    /** With the engine that is there. */
    Start(
        String java,
        String classPath,
        String mainClass,
        long heapBytes,
        String memoryText,
        Duration time) {
      this(java, classPath, mainClass, heapBytes, memoryText, time, ReconcileSettings.DUCKDB);
    }
  }

  /** How it ended. */
  sealed interface End {}

  /** With evidence. */
  record Done(Map<String, @Nullable Object> result) implements End {}

  /** It was called off. */
  record Cancelled() implements End {}

  /** Without evidence, because of this. */
  record Failed(String reason) implements End {}

  /**
   * A run gives way to the ledger that is served beside it, which has callers who wait. On a
   * machine with nothing else to do it takes no longer for that. Where there is no such program, as
   * on Windows, the two are equals. See decision 0100.
   */
  private static final Path NICE = Path.of("/usr/bin/nice");

  /** About a tenth of the share of a process of the usual priority. */
  private static final String NICENESS = "10";

  private final Start start;
  private final Path folder;
  private final ScheduledExecutorService clock;

  /** Guards what follows. */
  private final Object lock = new Object();

  private @Nullable Process process;
  private boolean cancelled;
  private boolean overTime;
  private boolean over;

  RunProcess(Start start, Path folder, ScheduledExecutorService clock) {
    this.start = start;
    this.folder = folder;
    this.clock = clock;
  }

  /**
   * Starts the process and waits for its end.
   *
   * @param secrets of databases, by side
   * @param left what is left of its time
   */
  End run(Map<String, ?> secrets, Duration left, MatchProgress progress) throws IOException {
    Process started;
    synchronized (lock) {
      if (cancelled) {
        return new Cancelled();
      }
      started = builder().start();
      process = started;
    }
    ScheduledFuture<?> limit =
        clock.schedule(this::timeIsOver, left.toNanos(), TimeUnit.NANOSECONDS);
    Map<String, @Nullable Object> last = null;
    try {
      say(started, secrets);
      last = hear(started.getInputStream(), progress);
    } finally {
      limit.cancel(false);
      if (last == null) {
        started.destroyForcibly();
      }
    }
    int status = status(started);
    synchronized (lock) {
      over = true;
      process = null;
      return end(last, status);
    }
  }

  private ProcessBuilder builder() throws IOException {
    Path temporary = folder.resolve("tmp");
    SystemFiles.makeFolder(temporary);
    List<String> command = new ArrayList<>();
    if (SystemFiles.isProgram(NICE)) {
      // The command becomes the process: a kill still reaches it and no other.
      command.addAll(List.of(NICE.toString(), "-n", NICENESS));
    }
    command.add(start.java);
    command.add("-Xmx" + start.heapBytes);
    command.add("-Xshare:auto");
    command.add("-XX:+UseSerialGC");
    command.add("-XX:-UsePerfData");
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("-XX:ErrorFile=" + folder.resolve(CRASH));
    // The library of the engine is unpacked there, and goes with the run even if it is killed.
    command.add("-Djava.io.tmpdir=" + temporary);
    command.add("-Duser.timezone=UTC");
    if (start.engine.equals(ReconcileSettings.SPARK)) {
      command.add("-D" + ENGINE + "=" + start.engine);
      for (String opened : SPARK_OPENS) {
        command.add("--add-opens=java.base/" + opened + "=ALL-UNNAMED");
      }
    }
    command.add("-cp");
    command.add(start.classPath);
    command.add(start.mainClass);
    command.add(folder.toString());
    ProcessBuilder builder = new ProcessBuilder(command);
    // The environment of a server holds its secrets, and a query of an expert must not meet them.
    builder.environment().keySet().removeIf(name -> !name.equals("PATH"));
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.redirectError(folder.resolve(ERRORS).toFile());
    builder.directory(folder.toFile());
    return builder;
  }

  private static void say(Process to, Map<String, ?> tree) {
    try {
      OutputStream out = to.getOutputStream();
      out.write(JsonTree.bytes(tree));
      out.write('\n');
      out.flush();
    } catch (IOException e) {
      LOG.debug("a process that matches ended before it was told everything", e);
    }
  }

  /** Reads what it says until it has no more to say; the last line that is no progress. */
  private static @Nullable Map<String, @Nullable Object> hear(
      InputStream in, MatchProgress progress) throws IOException {
    Map<String, @Nullable Object> last = null;
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      int from = 0;
      for (int i = 0; i < read; i++) {
        if (buffer[i] == '\n') {
          line.write(buffer, from, i - from);
          from = i + 1;
          Map<String, @Nullable Object> said = said(line.toByteArray(), progress);
          last = said == null ? last : said;
          line.reset();
        }
      }
      line.write(buffer, from, read - from);
      if (line.size() > LINE_BYTES_MAX) {
        throw new IOException(
            "a process that matches said a line of more than " + LINE_BYTES_MAX + " bytes");
      }
    }
    return last;
  }

  private static @Nullable Map<String, @Nullable Object> said(byte[] line, MatchProgress progress) {
    Map<String, @Nullable Object> tree;
    try {
      tree = JsonTree.object("line", line);
    } catch (LedgerException e) {
      LOG.debug("a process that matches said what is no JSON, which is passed over");
      return null;
    }
    if (!tree.containsKey("progress")) {
      return tree;
    }
    Map<String, @Nullable Object> at = JsonTree.child(tree, "progress");
    progress.at(
        JsonTree.text(at, "step"),
        JsonTree.number(at, "done", 0),
        JsonTree.number(at, "total", -1));
    return null;
  }

  private static int status(Process ended) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return ended.waitFor();
        } catch (InterruptedException e) {
          // Who interrupts wants it to end; it is not left behind.
          interrupted = true;
          ended.destroyForcibly();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private End end(@Nullable Map<String, @Nullable Object> last, int status) {
    if (cancelled) {
      return new Cancelled();
    }
    if (overTime) {
      return tookTooLong();
    }
    if (last != null && last.containsKey("done") && status == 0) {
      return new Done(JsonTree.child(last, "done"));
    }
    if (last != null && last.containsKey("failed")) {
      Map<String, @Nullable Object> failed = JsonTree.child(last, "failed");
      String message = JsonTree.text(failed, "message");
      return EngineException.Kind.CANCELLED.name().equals(failed.get("kind"))
          ? new Cancelled()
          : new Failed(message);
    }
    return new Failed(ended(status));
  }

  /** The end of a run whose time is over. */
  Failed tookTooLong() {
    return new Failed(
        "The run took longer than TALEA_RECONCILE_TIME allows, which is "
            + start.time.toSeconds()
            + " s; allow more, or give the recipe less to compare.");
  }

  /** A process that said nothing at its end; what is known of it. */
  private String ended(int status) {
    String memory = "TALEA_RECONCILE_MEMORY, which is " + start.memoryText;
    if (status == OUT_OF_MEMORY) {
      return "The process of the run had no memory left; it may use " + memory + ".";
    }
    StringBuilder words =
        new StringBuilder("The process of the run ended by itself, with the status " + status);
    if (status == 137) {
      words.append(
          " (killed from outside: by a person, or by the system because memory ran out; the run may"
              + " use "
              + memory
              + ")");
    }
    String crash = crash();
    if (crash != null) {
      words.append("; it crashed: ").append(crash);
    }
    String errors = tail(ERRORS);
    if (errors != null && crash == null) {
      words.append("; its last words: ").append(errors);
    }
    return words.append(". The ledger and other runs are not touched.").toString();
  }

  private @Nullable String crash() {
    String report = tail(CRASH);
    if (report == null) {
      return null;
    }
    for (String line : report.split("\n", -1)) {
      if (line.startsWith("#  ") && !line.isBlank()) {
        return line.substring(1).strip();
      }
    }
    return "see its report";
  }

  /** The beginning of a report, or the end of what was said; null if there is nothing. */
  private @Nullable String tail(String name) {
    try {
      Path file = folder.resolve(name);
      if (!SystemFiles.exists(file) || SystemFiles.size(file) == 0) {
        return null;
      }
      long from = name.equals(CRASH) ? 0 : Math.max(0, SystemFiles.size(file) - WORDS_BYTES_MAX);
      byte[] bytes = SystemFiles.piece(file, from, WORDS_BYTES_MAX);
      return new String(bytes, StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return null;
    }
  }

  private void timeIsOver() {
    synchronized (lock) {
      if (!over && !cancelled) {
        overTime = true;
        stop();
      }
    }
  }

  /** Has it end within a second. Harmless at any time. */
  void cancel() {
    synchronized (lock) {
      cancelled = true;
      stop();
    }
  }

  /** Ends it at once, because this process is about to end too. */
  void kill() {
    synchronized (lock) {
      cancelled = true;
      Process running = process;
      if (running != null) {
        running.destroyForcibly();
      }
    }
  }

  /** Asks the process, and ends it if it does not. */
  private void stop() {
    Process running = process;
    if (running == null) {
      return;
    }
    try {
      OutputStream out = running.getOutputStream();
      out.write((RunChild.CANCEL + "\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      running.destroyForcibly();
    }
    ScheduledFuture<?> unused =
        clock.schedule(
            () -> {
              running.destroyForcibly();
            },
            STOP_PATIENCE.toMillis(),
            TimeUnit.MILLISECONDS);
  }
}
