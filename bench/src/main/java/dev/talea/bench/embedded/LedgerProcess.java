// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.embedded;

import dev.talea.bench.baseline.ChildJvm;
import dev.talea.bench.baseline.Measured;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * An embedded ledger in a virtual machine of its own: for a heap of a given size, for opening times
 * of a machine that has just started, and for being killed. This end gives the orders; {@link
 * Child} carries them out one after the other.
 *
 * <p>For one thread.
 */
public final class LedgerProcess implements AutoCloseable {
  private static final int DRAFTS_PER_COMMIT_MAX = 1024;

  private final ChildJvm child;
  private final double openSeconds;

  private LedgerProcess(ChildJvm child) throws IOException {
    this.child = child;
    this.openSeconds = Double.parseDouble(child.hear("opened"));
  }

  /**
   * Starts it and waits until the ledger is open.
   *
   * @param heap as {@code -Xmx} takes it
   */
  public static LedgerProcess open(Path directory, Load load, String heap) throws IOException {
    ChildJvm child =
        ChildJvm.start(
            List.of("-Xmx" + heap, "-XX:+ExitOnOutOfMemoryError"),
            Child.class,
            List.of(directory.toString(), "" + load.books(), "" + load.accountsPerBook()));
    boolean open = false;
    try {
      LedgerProcess process = new LedgerProcess(child);
      open = true;
      return process;
    } finally {
      if (!open) {
        child.close();
      }
    }
  }

  /** How long opening the ledger took, without starting the virtual machine. */
  public double openSeconds() {
    return openSeconds;
  }

  /** Registers and opens what the load needs; returns the seconds it took. */
  public double prepare() throws IOException {
    child.say("prepare");
    return Double.parseDouble(child.hear("prepared"));
  }

  /** Posts the transactions from..to-1. No latencies. */
  public Measured load(long from, long to) throws IOException {
    child.say("load " + from + " " + to);
    return Measured.parse(child.hear("loaded"));
  }

  /** Measures all kinds of reads in a ledger of so many transactions. */
  public Map<Reads.Kind, Measured> reads(long transactions, double seconds) throws IOException {
    child.say("reads " + transactions + " " + seconds);
    Map<Reads.Kind, Measured> reads = new EnumMap<>(Reads.Kind.class);
    for (Reads.Kind kind : Reads.Kind.values()) {
      reads.put(kind, Measured.parse(child.hear(kind.name())));
    }
    return reads;
  }

  /** What it holds. */
  public Memory memory() throws IOException {
    child.say("memory");
    return Memory.parse(child.hear("memory"));
  }

  /** Lets it post without end from this number on, and returns once the first ones are on disk. */
  public void pour(long from) throws IOException {
    child.say("pour " + from);
    child.hear("pouring");
  }

  /** SIGKILL. */
  public void kill() throws IOException {
    child.kill();
  }

  /** Closes the ledger in good order, then ends. */
  @Override
  public void close() throws IOException {
    child.close();
  }

  /** The process at the other end. */
  static final class Child {
    private static final int POURED_AT_ONCE = 100;

    private final EmbeddedLedger ledger;
    private final Load load;

    private Child(EmbeddedLedger ledger, Load load) {
      this.ledger = ledger;
      this.load = load;
    }

    /** Folder of the ledger, number of books, accounts in each. */
    public static void main(String[] args) throws IOException {
      Load load = new Load(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
      long from = System.nanoTime();
      try (EmbeddedLedger ledger = EmbeddedLedger.open(Path.of(args[0]))) {
        ChildJvm.tell("opened", secondsSince(from));
        new Child(ledger, load).obey();
      }
    }

    private void obey() throws IOException {
      BufferedReader orders =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      String order = orders.readLine();
      while (order != null) {
        String[] words = order.split(" ", -1);
        switch (words[0]) {
          case "prepare" -> prepare();
          case "load" -> load(Long.parseLong(words[1]), Long.parseLong(words[2]));
          case "reads" -> reads(Long.parseLong(words[1]), Double.parseDouble(words[2]));
          case "memory" -> ChildJvm.tell("memory", Memory.ofThisProcess().line());
          case "pour" -> pour(Long.parseLong(words[1]));
          default -> throw new IllegalArgumentException("an unknown order: " + order);
        }
        order = orders.readLine();
      }
    }

    private void prepare() {
      long from = System.nanoTime();
      ledger.prepare(load);
      ChildJvm.tell("prepared", secondsSince(from));
    }

    private void load(long first, long end) {
      SyncMeter.Sums before = ledger.sums();
      long from = System.nanoTime();
      ledger.load(load, first, end, draftsPerCommit());
      double seconds = Double.parseDouble(secondsSince(from));
      long bytes = ledger.sums().minus(before).bytes();
      ChildJvm.tell(
          "loaded", new Measured(end - first, bytes, seconds, Measured.histogram()).line());
    }

    /** With many books, small handfuls: a large one for each would be far more than the queue. */
    private int draftsPerCommit() {
      int whatWaitsAtOnce = EmbeddedLedger.OUTSTANDING_DRAFTS_MAX / load.books();
      return Math.max(1, Math.min(DRAFTS_PER_COMMIT_MAX, whatWaitsAtOnce));
    }

    private void reads(long transactions, double seconds) {
      new Reads(ledger.store(), load, transactions)
          .measure(seconds)
          .forEach((kind, measured) -> ChildJvm.tell(kind.name(), measured.line()));
    }

    private void pour(long from) {
      long next = from;
      while (true) {
        ledger.load(load, next, next + POURED_AT_ONCE, 1);
        if (next == from) {
          ChildJvm.tell("pouring", next);
        }
        next += POURED_AT_ONCE;
      }
    }

    private static String secondsSince(long from) {
      return String.format(Locale.ROOT, "%.6f", (System.nanoTime() - from) / 1e9);
    }
  }
}
