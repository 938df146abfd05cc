// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.Log;
import dev.talea.log.LogLockedException;
import dev.talea.log.LogSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Another process that uses a log directory: started by tests, told by its first argument what to
 * do.
 */
final class ChildJvm implements AutoCloseable {

  private final Process process;
  private final BufferedReader output;

  private ChildJvm(Process process) {
    this.process = process;
    this.output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  static ChildJvm start(String what, Path directory) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx128m"));
    command.add("-Dlogback.configurationFile=log-store-logback.xml");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(ChildJvm.class.getName(), what, directory.toString()));
    return new ChildJvm(new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  @Nullable String line() throws IOException {
    return output.readLine();
  }

  long pid() {
    return process.pid();
  }

  void kill() throws InterruptedException {
    process.toHandle().destroyForcibly(); // unlike that of Process, leaves the output readable
    process.waitFor();
  }

  /** Lets it end by itself: it waits for the end of its input. */
  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      process.destroyForcibly();
    }
    output.close();
  }

  /** The child. */
  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Path directory = Path.of(args[1]);
    LogSettings settings = LogSettings.DEFAULTS.withSegmentBytesMax(1 << 18);
    try (LogDirectory logs =
        LogDirectory.open(directory, settings, SystemLogEnvironment.create())) {
      if (args[0].equals("append")) {
        appendForEver(logs, out);
      }
      out.println("open");
      while (System.in.read() >= 0) {
        // until the parent closes its end
      }
    } catch (LogLockedException e) {
      out.println(e.getMessage());
    }
  }

  /** The payload of a record tells its seq, so that the parent can check what it finds. */
  static byte[] payload(long seq) {
    ByteBuffer payload = ByteBuffer.allocate(8 + (int) (seq * 31 % 900));
    while (payload.remaining() >= 8) {
      payload.putLong(seq);
    }
    return payload.array();
  }

  private static void appendForEver(LogDirectory logs, PrintStream out) {
    Log<Append> log =
        logs.exists("log")
            ? logs.openLog("log", AppendHandler::goingOn)
            : logs.createLog("log", AppendHandler::goingOn);
    for (long seq = log.durableSeq() + 1; ; ) {
      List<Append> window = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        List<byte[]> batch = new ArrayList<>();
        for (int j = 0; j < 4; j++) {
          batch.add(payload(seq++));
        }
        Append append = Append.atomic(batch);
        log.submit(append, 1);
        window.add(append);
      }
      for (Append append : window) {
        out.println(append.done.join().seqs().get(3));
      }
    }
  }
}
