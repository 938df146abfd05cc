// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.baseline;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A program under measurement in a virtual machine of its own: for its flags, its memory limit, or
 * its death. It tells what it has to tell in lines of the form {@code name value} on its standard
 * output, and should end when its input does, so that it does not outlive a parent that died.
 *
 * <p>For one thread.
 */
public final class ChildJvm implements AutoCloseable {
  private final String name;
  private final Process process;
  private final BufferedReader output;

  private ChildJvm(String name, Process process) {
    this.name = name;
    this.process = process;
    this.output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Starts a main class with this virtual machine's class path. */
  public static ChildJvm start(List<String> flags, Class<?> main, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    return start(main.getSimpleName(), command);
  }

  /** Starts any program that keeps to the protocol. */
  public static ChildJvm start(String name, List<String> command) throws IOException {
    return new ChildJvm(
        name, new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** The child's half: says something to the parent. */
  public static void tell(String what, Object value) {
    System.out.println(what + " " + value);
    System.out.flush();
  }

  /** The child's half: waits until the parent closes the child's input or dies. */
  public static void awaitEndOfInput() throws IOException {
    while (System.in.read() >= 0) {
      // Only the end of the input means anything.
    }
  }

  /**
   * What the child says next about this; lines about anything else are passed over.
   *
   * @throws IOException if it ends without saying it
   */
  public String hear(String what) throws IOException {
    String line = output.readLine();
    while (line != null && !line.startsWith(what + " ")) {
      line = output.readLine();
    }
    if (line == null) {
      throw new IOException(
          name + " ended before it told '" + what + "'; its standard error says why");
    }
    return line.substring(what.length() + 1);
  }

  /** Says a line to the child. */
  public void say(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** SIGKILL, and waits until it is gone. */
  public void kill() throws IOException {
    process.destroyForcibly();
    close();
  }

  /** Lets it end by itself and waits for that. */
  @Override
  public void close() throws IOException {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // A child that is gone cannot be told anything; what counts is that it is gone.
    }
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    output.close();
  }
}
