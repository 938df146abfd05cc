// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.jmh;

import static java.util.Objects.requireNonNull;

import dev.talea.bench.embedded.DiskUse;
import dev.talea.bench.embedded.Load;
import dev.talea.bench.embedded.SyncMeter;
import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.ledger.Account;
import dev.talea.ledger.Int128;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.Store;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.rules.PostingRules;
import dev.talea.ledger.rules.PostingRules.AccountState;
import dev.talea.ledger.rules.PostingRules.Decision;
import dev.talea.log.BlockBuilder;
import dev.talea.log.CommitHandler;
import dev.talea.log.Log;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogSettings;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.disk.LogDirectory;
import dev.talea.log.disk.SystemLogEnvironment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a posting costs the processor, per transaction of two postings, on a disk whose syncs do
 * nothing. {@link #apply} is all of it: the draft made and checked, rules, encoding, key index,
 * block, checksum, hash tree, answer. The others are its parts, so that differences tell the rest:
 * {@link #drafting} what the caller does, {@link #rules} that and the decision, {@link #log} a
 * record of the same length put into a log that knows no money. What is left is checking, encoding
 * and the key index, which no one can call from outside.
 *
 * <p>Run with {@code -Dtalea.bench.dir=/dev/shm} to keep even the write-back of the disk out.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ApplyBenchmark {
  private static final int AT_ONCE = 1000;
  private static final Load LOAD = new Load(1, 1000);

  private static LogEnvironment environment() {
    return SystemLogEnvironment.create().withDisk(new UnsyncedDisk());
  }

  /** A new ledger for every iteration, so that it does not grow without end. */
  @State(Scope.Benchmark)
  public static class Unsynced {
    private Path folder = Path.of("");
    private final SyncMeter meter = new SyncMeter();
    private @Nullable Store store;
    private long next;

    /** Opens it. */
    @Setup(Level.Iteration)
    public void open() throws IOException {
      folder = CommitLatencyBenchmark.freshFolder();
      Store opened =
          LogLedgerStore.open(
              folder, LogStoreSettings.DEFAULTS, environment().withObserver(meter), Runnable::run);
      opened.registerAsset(Load.asset()).join();
      for (Account account : LOAD.accounts(0)) {
        opened.openAccount(account).join();
      }
      store = opened;
    }

    List<PostResult> commit() {
      return requireNonNull(store).commit(Load.book(0), drafts(), false).join();
    }

    int payloadBytes() {
      SyncMeter.Sums before = meter.sums();
      List<PostResult> unused = commit();
      SyncMeter.Sums one = meter.sums().minus(before);
      return (int) (one.bytes() / one.records()) - BlockBuilder.bytesFor(0);
    }

    List<TransactionDraft> drafts() {
      List<TransactionDraft> drafts = new ArrayList<>(AT_ONCE);
      for (int i = 0; i < AT_ONCE; i++) {
        drafts.add(LOAD.draft(next++));
      }
      return drafts;
    }

    /** Removes it. */
    @TearDown(Level.Iteration)
    public void close() throws IOException {
      requireNonNull(store).close();
      DiskUse.delete(folder);
    }
  }

  /** The accounts of the load, whose balances never move. */
  @State(Scope.Thread)
  public static class StillAccounts implements PostingRules.Accounts<StillAccounts.Still> {
    private final Map<String, Still> accounts = new HashMap<>();
    private long next;

    /** An account with a balance. */
    record Still(Account definition, Int128 rawBalance) implements AccountState {}

    /** Opens them. */
    @Setup
    public void open() {
      for (Account account : LOAD.accounts(0)) {
        accounts.put(account.id().path(), new Still(account, Int128.of(123_456)));
      }
    }

    @Override
    public @Nullable Still find(String path) {
      return accounts.get(path);
    }
  }

  /** A log of records that mean nothing, as long as those of the ledger. */
  @State(Scope.Benchmark)
  public static class Opaque {
    private Path folder = Path.of("");
    private @Nullable LogDirectory directory;
    private @Nullable Log<Records> log;

    /** A call's worth of records. */
    static final class Records {
      private final CompletableFuture<Void> answer = new CompletableFuture<>();
      private int left = AT_ONCE;
    }

    private static final class Handler implements CommitHandler<Records> {
      private final byte[] payload;

      Handler(byte[] payload) {
        this.payload = payload;
      }

      @Override
      public int handle(Records request, BlockBuilder block) {
        while (request.left > 0) {
          int room = BlockBuilder.bytesFor(payload.length);
          if (block.remaining() < room) {
            return room;
          }
          block.begin(payload.length).put(payload);
          block.end();
          request.left--;
        }
        return DONE;
      }

      @Override
      public void publish(long firstSeq, long lastSeq) {}

      @Override
      public void committed(Records request) {
        request.answer.complete(null);
      }

      @Override
      public void refused(Records request, LogUnavailableException why) {
        request.answer.completeExceptionally(why);
      }
    }

    /** Asks a ledger how long a record is, then opens the log. */
    @Setup(Level.Iteration)
    public void open() throws IOException {
      Unsynced ledger = new Unsynced();
      ledger.open();
      folder = CommitLatencyBenchmark.freshFolder();
      byte[] payload = new byte[ledger.payloadBytes()];
      ledger.close();
      LogDirectory opened = LogDirectory.open(folder, LogSettings.DEFAULTS, environment());
      directory = opened;
      log = opened.createLog("opaque", reader -> new Handler(payload));
    }

    /** Removes it. */
    @TearDown(Level.Iteration)
    public void close() throws IOException {
      requireNonNull(directory).close();
      DiskUse.delete(folder);
    }
  }

  /** All of it. */
  @Benchmark
  @OperationsPerInvocation(AT_ONCE)
  public List<PostResult> apply(Unsynced ledger) {
    return ledger.commit();
  }

  /** Making the drafts. */
  @Benchmark
  @OperationsPerInvocation(AT_ONCE)
  public List<TransactionDraft> drafting(Unsynced ledger) {
    return ledger.drafts();
  }

  /** Making a draft and deciding it. */
  @Benchmark
  public Decision<StillAccounts.Still> rules(StillAccounts accounts) {
    return PostingRules.decide(LOAD.draft(accounts.next++), accounts);
  }

  /** Bytes of the same length through block, checksum and hash tree. */
  @Benchmark
  @OperationsPerInvocation(AT_ONCE)
  public void log(Opaque opaque) {
    Opaque.Records records = new Opaque.Records();
    if (!requireNonNull(opaque.log).submit(records, AT_ONCE)) {
      throw new IllegalStateException("the queue of an idle log is full");
    }
    records.answer.join();
  }
}
