// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a figure depends on besides the program: without it a number means nothing on another
 * machine.
 *
 * <p>Facts that the machine does not tell are {@code unknown}, never left out. Immutable.
 *
 * @param processor its model
 * @param cores that this process may use
 * @param kernel name and version of the operating system
 * @param jdk vendor and version of the virtual machine
 * @param fileSystem type of the file system that holds the data
 * @param disk the device below it, and what is known about it
 * @param commit of the checkout, with {@code +} if files differ from it; null outside of one
 * @param date when the run began
 */
public record Machine(
    String processor,
    int cores,
    long memoryBytes,
    String kernel,
    String jdk,
    String fileSystem,
    String disk,
    @Nullable String commit,
    Instant date) {
  private static final String UNKNOWN = "unknown";
  private static final int GIT_SECONDS_MAX = 10;

  /**
   * Looks around.
   *
   * @param dataDirectory where the data of the run lie; must exist
   */
  public static Machine observe(Path dataDirectory, Instant date) {
    return new Machine(
        first(Path.of("/proc/cpuinfo"), "model name\\s*:\\s*(.*)"),
        Runtime.getRuntime().availableProcessors(),
        observedMemoryBytes(),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        System.getProperty("java.vm.name")
            + " "
            + Runtime.version()
            + " ("
            + System.getProperty("java.vendor")
            + ")",
        fileSystemOf(dataDirectory),
        diskOf(dataDirectory),
        checkedOutCommit(),
        date);
  }

  /** Whether figures of the two may be compared at all; commit and date may differ. */
  public boolean isSameMachine(Machine other) {
    return processor.equals(other.processor)
        && cores == other.cores
        && kernel.equals(other.kernel)
        && fileSystem.equals(other.fileSystem)
        && disk.equals(other.disk);
  }

  /** One line for people. */
  public String summary() {
    return String.format(
        Locale.ROOT,
        "%s, %d cores, %.1f GiB, %s, %s, %s on %s%s",
        processor,
        cores,
        memoryBytes / (double) (1 << 30),
        kernel,
        jdk,
        fileSystem,
        disk,
        commit == null ? "" : ", commit " + commit);
  }

  private static long observedMemoryBytes() {
    String kib = first(Path.of("/proc/meminfo"), "MemTotal:\\s*(\\d+) kB");
    return kib.equals(UNKNOWN) ? 0 : Long.parseLong(kib) * 1024;
  }

  private static String fileSystemOf(Path directory) {
    try {
      return Files.getFileStore(directory).type();
    } catch (IOException e) {
      return UNKNOWN;
    }
  }

  /** The device of the file store, and whether the kernel thinks that it rotates. */
  private static String diskOf(Path directory) {
    String device;
    try {
      FileStore store = Files.getFileStore(directory);
      device = store.name();
    } catch (IOException e) {
      return UNKNOWN;
    }
    Path blockDevices = Path.of("/sys/block");
    try (Stream<Path> blocks = Files.list(blockDevices)) {
      String name = device.substring(device.lastIndexOf('/') + 1);
      List<Path> found =
          blocks.filter(block -> name.startsWith(block.getFileName().toString())).toList();
      if (found.size() == 1) {
        Path queue = found.get(0).resolve("queue");
        String model = first(found.get(0).resolve("device/model"), "(.*\\S)");
        return device
            + (model.equals(UNKNOWN) ? "" : " " + model)
            + (first(queue.resolve("rotational"), "(.*)").equals("0") ? "" : ", rotational")
            + ", cache "
            + first(queue.resolve("write_cache"), "(.*)");
      }
    } catch (IOException e) {
      return device;
    }
    return device;
  }

  private static String first(Path file, String pattern) {
    try {
      Matcher matcher =
          Pattern.compile(pattern).matcher(Files.readString(file, StandardCharsets.UTF_8));
      return matcher.find() ? matcher.group(1).strip() : UNKNOWN;
    } catch (IOException e) {
      return UNKNOWN;
    }
  }

  private static @Nullable String checkedOutCommit() {
    String commit = git("rev-parse", "--short=12", "HEAD");
    if (commit == null || commit.isEmpty()) {
      return null;
    }
    String changes = git("status", "--porcelain", "--untracked-files=no");
    return changes == null || changes.isEmpty() ? commit : commit + "+";
  }

  private static @Nullable String git(String... arguments) {
    try {
      Process git =
          new ProcessBuilder(Stream.concat(Stream.of("git"), Stream.of(arguments)).toList())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      git.getOutputStream().close();
      String output =
          new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (!git.waitFor(GIT_SECONDS_MAX, TimeUnit.SECONDS)) {
        git.destroyForcibly();
        return null;
      }
      return git.exitValue() == 0 ? output : null;
    } catch (IOException e) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }
}
