// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.client.RetryPolicy;
import dev.talea.client.TaleaClient;
import dev.talea.ledger.BlockingLedger;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code talea load}. */
@Command(
    name = "load",
    description = {
      "Posts a file of drafts, one JSON object a line, in batches. Blank lines are skipped.",
      "Lines that are refused are written to FILE.rejected and do not stop the rest.",
      "May be stopped at any moment and run again: the idempotency keys in the drafts tell what is"
          + " posted already."
    })
final class LoadCommand extends ClientCommand {
  private static final int COLUMNS_DEFAULT = 80;
  private static final String AGAIN = ". Run the same command again to go on.";
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

  @Parameters(paramLabel = "FILE", description = "The file; - for standard input.")
  private Path input = Path.of("");

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Drafts in a request; 500 unless told, which is what servers take.")
  private int batch = 500;

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      description =
          "Requests in flight; 4 unless told. Drafts of one book stay in order, so a file of one"
              + " book has one.")
  private int concurrency = 4;

  @Option(
      names = "--patience-secs",
      paramLabel = "N",
      description = "How long a server may be away or refuse before the load stops; 120.")
  private int patienceSecs = 120;

  @Option(
      names = "--rejected",
      paramLabel = "PATH",
      description =
          "Where rejected lines go; FILE.rejected, or stdin.rejected for what is no file, unless told.")
  private @Nullable Path rejectedPath;

  LoadCommand(Shell shell) {
    super(shell);
  }

  /** The loader has more patience than a retry policy, and wants to tell about it. */
  @Override
  TaleaClient.Builder clientBuilder() {
    return super.clientBuilder().retries(RetryPolicy.NONE).batchMax(batch);
  }

  @Override
  int run(BlockingLedger ledger) throws Exception {
    String file = this.input.toString();
    Path input = file.equals("-") ? null : shell().directory().resolve(file);
    try (InputStream in = TextInput.open(shell(), file, TextInput.Form.LINES)) {
      // Only a file has a place beside it: a pipe may lie in /dev.
      boolean isFile = input != null && Files.isRegularFile(input);
      Path rejects =
          shell()
              .directory()
              .resolve(
                  rejectedPath != null
                      ? rejectedPath
                      : Path.of((isFile ? file : "stdin") + ".rejected"));
      if (input != null && Files.exists(rejects) && Files.isSameFile(input, rejects)) {
        throw new UsageException("--rejected names the input itself");
      }
      try (RejectedLines rejected = new RejectedLines(rejects)) {
        return load(ledger, in, rejected, isFile ? Files.size(input) : 0);
      }
    }
  }

  @Override
  void check() {
    if (batch < 1 || concurrency < 1 || patienceSecs < 0) {
      throw new UsageException("--batch and --concurrency must be at least 1, patience 0");
    }
  }

  private int load(BlockingLedger ledger, InputStream in, RejectedLines rejected, long bytes)
      throws Exception {
    AtomicBoolean ended = new AtomicBoolean();
    LoadProgress progress = progress(bytes);
    Loader loader =
        new Loader(
            ledger.async(),
            new Loader.Plan(batch, concurrency, Duration.ofSeconds(patienceSecs), FIRST_PAUSE),
            rejected,
            progress,
            SystemTicker::nanos);
    // Ctrl-C: the process is about to end with 130; the numbers must not go with it.
    Thread onInterrupt =
        new Thread(
            () -> {
              if (!ended.get()) {
                progress.close();
                stopped("interrupted" + AGAIN, loader.tally());
              }
            });
    Runtime.getRuntime().addShutdownHook(onInterrupt);
    try {
      loader.run(in);
      ended.set(true);
      progress.close();
    } catch (Loader.StoppedException e) {
      ended.set(true);
      progress.close();
      stopped(
          Terminal.safe("" + e.getMessage()) + (e.againMayHelp() ? AGAIN : "."), loader.tally());
      if (e.unauthorized() && token().isEmpty()) {
        shell().err().println("talea load: " + Terminal.safe(whereATokenWouldBe()));
      }
      return Main.FAILED;
    } finally {
      ended.set(true);
    }
    summary(loader.tally(), rejected);
    return loader.tally().rejected() == 0 ? Main.OK : Main.FAILED;
  }

  private LoadProgress progress(long bytes) {
    return shell().errIsTerminal()
        ? new BarProgress(
            shell().err(), Integer.getInteger("talea.columns", COLUMNS_DEFAULT), bytes)
        : new LineProgress(shell().err(), bytes);
  }

  private void stopped(@Nullable String why, LoadTally tally) {
    shell()
        .err()
        .println(
            "talea load: stopped after "
                + tally.lines()
                + " lines ("
                + tally.posted()
                + " posted, "
                + tally.deduplicated()
                + " deduplicated, "
                + tally.rejected()
                + " rejected): "
                + why);
  }

  private void summary(LoadTally tally, RejectedLines rejected) {
    String seconds = String.format(Locale.ROOT, "%.3f", tally.seconds());
    String json =
        "{\"posted\":"
            + tally.posted()
            + ",\"deduplicated\":"
            + tally.deduplicated()
            + ",\"rejected\":"
            + tally.rejected()
            + ",\"seconds\":"
            + seconds
            + ",\"rate\":"
            + tally.rate()
            + "}";
    print(
        json.getBytes(StandardCharsets.UTF_8),
        () ->
            Table.ofFields()
                .row("posted", tally.posted())
                .row("deduplicated", tally.deduplicated())
                .row("rejected", tally.rejected())
                .row("seconds", seconds)
                .row("rate", tally.rate() + "/s")
                .toString());
    if (tally.rejected() > 0) {
      shell()
          .err()
          .println(
              "talea load: "
                  + tally.rejected()
                  + (tally.rejected() == 1 ? " line was" : " lines were")
                  + " rejected; see "
                  + Terminal.safe(rejected.file().toString())
                  + " for number, error and text");
    }
  }
}
