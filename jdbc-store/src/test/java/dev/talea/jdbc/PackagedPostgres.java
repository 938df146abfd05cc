// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server as a distribution packages it, with its default settings, LLVM among them,
 * which the binaries of {@link TestPostgres} lack. Started when first asked for, if it is installed
 * where Debian puts it; stopped when the process ends. As root it runs as the package's own user.
 */
public final class PackagedPostgres {
  private static final Path INSTALLED = Path.of("/usr/lib/postgresql");
  private static final String USER = "postgres";

  private PackagedPostgres() {}

  /** Holds the one server. */
  private static final class Server {
    static final @Nullable Integer PORT = start();
  }

  /** Where it listens; null, said aloud, if none is installed. */
  public static @Nullable Integer port() {
    return Server.PORT;
  }

  private static @Nullable Integer start() {
    try {
      Path binaries = binaries();
      if (binaries == null) {
        System.err.println(
            "[talea] SKIPPED on a packaged PostgreSQL: none in " + INSTALLED + "/*/bin");
        return null;
      }
      Path base = Files.createTempDirectory("talea-packaged-postgres");
      boolean root = System.getProperty("user.name").equals("root");
      if (root) {
        run(List.of("chown", USER, base.toString()));
      }
      Path data = base.resolve("data");
      int port;
      try (ServerSocket free = new ServerSocket(0)) {
        port = free.getLocalPort();
      }
      run(as(root, binaries.resolve("initdb") + "", "-D", "" + data, "-A", "trust", "-U", USER));
      String options =
          "-p %d -c unix_socket_directories=%s -c max_connections=120".formatted(port, base);
      String control = binaries.resolve("pg_ctl").toString();
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    try {
                      run(as(root, control, "-D", "" + data, "-m", "immediate", "stop"));
                      run(List.of("rm", "-rf", base.toString()));
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                  }));
      run(
          as(
              root,
              control,
              "-D",
              "" + data,
              "-l",
              base.resolve("log") + "",
              "-o",
              options,
              "-w",
              "start"));
      return port;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static @Nullable Path binaries() throws IOException {
    if (!Files.isDirectory(INSTALLED)) {
      return null;
    }
    try (Stream<Path> versions = Files.list(INSTALLED)) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
          .max(Comparator.naturalOrder())
          .orElse(null);
    }
  }

  private static List<String> as(boolean root, String... command) {
    List<String> all = new ArrayList<>();
    if (root) {
      all.addAll(List.of("runuser", "-u", USER, "--"));
    }
    all.addAll(List.of(command));
    return all;
  }

  private static void run(List<String> command) throws IOException {
    Path output = Files.createTempFile("talea-postgres", ".out");
    Process process =
        new ProcessBuilder(command)
            .directory(Path.of("/").toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException(command + " failed:\n" + Files.readString(output));
      }
      Files.deleteIfExists(output);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }
}
