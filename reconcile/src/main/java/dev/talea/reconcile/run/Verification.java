// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.reconcile.engine.MatchProgress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * Checks a folder of evidence without a server: its files against its manifest, and its rows
 * matched again, in a process of its own as every run is. The folder is only read.
 *
 * <p>One thread.
 */
public final class Verification {
  /** In the folder that the process works in: what it is to check. */
  static final String FILE = "verification.json";

  private static final long MEMORY_BYTES = 1L << 30;
  private static final long DISK_BYTES = 100L << 30;
  private static final Duration TIME = Duration.ofHours(12);

  private Verification() {}

  /**
   * What was found.
   *
   * @param manifestSha256 of the manifest as it is; null if there is none
   * @param findings a sentence for each; none if nothing was changed
   */
  public record Verdict(@Nullable String manifestSha256, List<String> findings) {
    /** Copies the list. */
    public Verdict {
      findings = List.copyOf(findings);
    }
  }

  /**
   * Checks a folder.
   *
   * @throws LedgerException {@link Unavailable} where the engine is missing, with what to add, or
   *     the process did not come to an end
   */
  public static Verdict of(Path folder, MatchProgress progress) throws IOException {
    RunWorker.Command command = RunWorker.Command.ofThisProcess();
    String classPath = command.withEngine();
    Path work = SystemFiles.temporaryFolder();
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    try {
      SystemFiles.writeDurably(
          work.resolve(FILE),
          JsonTree.bytes(
              JsonTree.of(
                  "folder",
                  folder.toAbsolutePath().normalize().toString(),
                  "memory_bytes",
                  MEMORY_BYTES / 2,
                  "threads",
                  (long) Runtime.getRuntime().availableProcessors(),
                  "disk_bytes",
                  DISK_BYTES)));
      RunProcess.End end =
          new RunProcess(
                  new RunProcess.Start(
                      command.java(),
                      classPath,
                      command.mainClass(),
                      MEMORY_BYTES / 4,
                      "1 GiB here",
                      TIME),
                  work,
                  clock)
              .run(Map.of(), TIME, progress);
      if (end instanceof RunProcess.Done done) {
        return new Verdict(
            JsonTree.textOrNull(done.result(), "manifest_sha256"),
            JsonTree.texts(done.result(), "findings"));
      }
      throw new LedgerException(
          new Unavailable(
              end instanceof RunProcess.Failed failed
                  ? failed.reason()
                  : "the check was called off"));
    } finally {
      clock.shutdownNow();
      SystemFiles.deleteTree(work);
    }
  }
}
