// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.reconcile.engine.EngineLimits;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.SourceRef;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.row.RowSource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a process look at the first rows of two sources, and waits for it: what is read was sent by
 * others and what matches it is native code, and neither belongs into the process of a ledger.
 * Nothing of it is recorded, and its folder goes when it ends. Apart from {@link RunWorker}, whose
 * runs are recorded first and last for as long as they need: here a person waits.
 *
 * <p>Any thread may call, and waits; one at a time, others are told to come back.
 */
final class SampleProcess {
  private static final Logger LOG = LoggerFactory.getLogger(SampleProcess.class);

  private static final String NAME = "sample";

  private final ReconcileSettings settings;
  private final RunForms forms;
  private final RunWorker worker;
  private final LedgerApi ledger;
  private final LongSupplier nanos;
  private final AtomicBoolean busy = new AtomicBoolean();

  /** Guards what follows. */
  private final Object lock = new Object();

  private @Nullable RunProcess running;
  private boolean closed;

  SampleProcess(
      ReconcileSettings settings,
      RunForms forms,
      RunWorker worker,
      LedgerApi ledger,
      LongSupplier nanos) {
    this.settings = settings;
    this.forms = forms;
    this.worker = worker;
    this.ledger = ledger;
    this.nanos = nanos;
  }

  /**
   * What it is told.
   *
   * @param recipe whose sources are read
   * @param document the same as it came
   * @param parameters of the recipe, as texts
   * @param inputs what a run would be given for each side
   * @param what is wanted of the rows
   * @param time it may take
   */
  record Order(
      Recipe recipe,
      String document,
      Map<String, String> parameters,
      Map<MatchSide, Map<String, @Nullable Object>> inputs,
      SampleWork.Wanted what,
      Duration time) {}

  /** Takes what is wanted of a process that has ended well, before its folder goes. */
  @FunctionalInterface
  interface Taking {
    Map<String, @Nullable Object> of(Path made, Map<String, @Nullable Object> said)
        throws IOException;
  }

  /** Has it done; the answer says in {@code state} whether it {@code failed}, and why. */
  Map<String, @Nullable Object> run(Order order, Taking taking) {
    worker.checkEngine();
    if (!busy.compareAndSet(false, true)) {
      throw new LedgerException(new Overloaded(Overloaded.Limit.ADMISSION));
    }
    try {
      return worked(order, taking);
    } catch (IOException e) {
      throw Records.failed("the sample could not be worked on", e);
    } finally {
      busy.set(false);
    }
  }

  private Map<String, @Nullable Object> worked(Order order, Taking taking) throws IOException {
    long deadlineNanos = nanos.getAsLong() + order.time.toNanos();
    Path folder = settings.folder().resolve("runs").resolve(NAME);
    SystemFiles.deleteTree(folder);
    SystemFiles.makeFolder(folder);
    try {
      RunProcess process = worker.process(folder);
      begin(process);
      Map<String, Object> secrets = prepare(order, folder, deadlineNanos);
      long left = deadlineNanos - nanos.getAsLong();
      RunProcess.End end =
          left <= 0
              ? new RunProcess.Cancelled()
              : process.run(secrets, Duration.ofNanos(left), (step, done, total) -> {});
      boolean late = nanos.getAsLong() - deadlineNanos >= 0;
      if (end instanceof RunProcess.Done done) {
        Map<String, @Nullable Object> answer = JsonTree.of("state", "completed");
        Path made = folder.resolve(RunJob.WORK).resolve(RunJob.EVIDENCE);
        answer.putAll(taking.of(made, done.result()));
        return answer;
      }
      if (end instanceof RunProcess.Failed failed && !late) {
        return failed(failed.reason());
      }
      checkOpen();
      return tookTooLong(order);
    } catch (TooLongException e) {
      return tookTooLong(order);
    } finally {
      end();
      try {
        SystemFiles.deleteTree(folder);
      } catch (IOException e) {
        LOG.warn("the folder of a sample is left behind until the next one", e);
      }
    }
  }

  private void begin(RunProcess process) {
    synchronized (lock) {
      checkOpen();
      running = process;
    }
  }

  private void end() {
    RunProcess process;
    synchronized (lock) {
      process = running;
      running = null;
    }
    if (process != null) {
      process.kill(); // it has ended, unless something was thrown here while it worked
    }
  }

  private void checkOpen() {
    synchronized (lock) {
      if (closed) {
        throw new LedgerException(new Unavailable("the server is stopping"));
      }
    }
  }

  private Map<String, @Nullable Object> failed(String reason) {
    return JsonTree.of(
        "state", "failed", "reason", SystemFiles.withoutFolders(reason, settings.folder()));
  }

  private Map<String, @Nullable Object> tookTooLong(Order order) {
    return failed(
        "It took longer than "
            + order.time.toSeconds()
            + " s, which is what a sample may take; take fewer rows, or name less of the ledger or"
            + " the database.");
  }

  /** Ends a reading whose time is over. */
  private static final class TooLongException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** Writes what the process reads; the secrets that it is told go another way. */
  private Map<String, Object> prepare(Order order, Path folder, long deadlineNanos)
      throws IOException {
    Map<String, Value> values = forms.parameters(order.recipe, order.parameters);
    Map<String, Object> secrets = new LinkedHashMap<>();
    Map<MatchSide, RunJob.Side> sides = new EnumMap<>(MatchSide.class);
    for (MatchSide side : MatchSide.values()) {
      SourceRef source = order.recipe.side(side).source();
      Map<String, @Nullable Object> input = Objects.requireNonNull(order.inputs.get(side));
      if (!(source instanceof SourceRef.Ledger of)) {
        sides.put(side, worker.elsewhere(side, source, input, null, secrets));
        continue;
      }
      String rows = side.text() + ".rows";
      long atSeq = JsonTree.number(input, "at_seq", -1);
      // More than is wanted, by which the process sees that there is more.
      try (RowSource from =
          new SampleSource(
              forms.ledger(ledger, of, values, atSeq),
              order.what.rows() + 1,
              2 * SampleSource.CHARS_MAX)) {
        long unused =
            RowFile.write(
                folder.resolve(rows),
                from,
                count -> {},
                () -> {
                  checkOpen();
                  if (deadlineNanos - nanos.getAsLong() <= 0) {
                    throw new TooLongException();
                  }
                });
      }
      sides.put(side, new RunJob.Side(null, rows, null, null, null, null, null));
    }
    new RunJob(
            order.document,
            order.parameters,
            Objects.requireNonNull(sides.get(MatchSide.LEFT)),
            Objects.requireNonNull(sides.get(MatchSide.RIGHT)),
            new EngineLimits(settings.engineBytes(), settings.threads(), settings.diskBytes()))
        .write(folder);
    order.what.write(folder);
    return secrets;
  }

  /** Ends what runs. */
  void close() {
    RunProcess process;
    synchronized (lock) {
      closed = true;
      process = running;
    }
    if (process != null) {
      process.kill();
    }
  }
}
