// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.engine.Engine;
import dev.talea.reconcile.engine.EngineException;
import dev.talea.reconcile.engine.EngineLimits;
import dev.talea.reconcile.engine.EngineRun;
import dev.talea.reconcile.engine.MatchProgress;
import dev.talea.reconcile.engine.Origin;
import dev.talea.reconcile.engine.Outcome;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;

/**
 * Puts rows of the same amount together, first to first, and suggests those that are one apart; or
 * does what its recipe's mode says.
 */
final class ToyEngine implements Engine {
  @Override
  public String name() {
    return "toy";
  }

  @Override
  public String version() {
    return "1";
  }

  @Override
  public EngineRun open(Path folder, EngineLimits limits) {
    return new ToyRun();
  }

  /** What one side has. */
  private static final class Of {
    final List<Row> rows = new ArrayList<>();
    final List<Reject> rejects = new ArrayList<>();
    final List<Row> open = new ArrayList<>();
    final List<Row> suggested = new ArrayList<>();
  }

  private record Row(long number, Int128 amount, String reference) {}

  private static final class ToyRun implements EngineRun {
    private final Of left = new Of();
    private final Of right = new Of();
    private final List<String> matched = new ArrayList<>();
    private final CountDownLatch cancelled = new CountDownLatch(1);

    private Of of(MatchSide side) {
      return side == MatchSide.LEFT ? left : right;
    }

    @Override
    public long load(MatchSide side, Origin origin, RowSource source, MatchProgress progress)
        throws IOException {
      List<Row> to = of(side).rows;
      long before = to.size();
      source.read(
          new RowSink() {
            @Override
            public void row(long line, Object[] values) {
              to.add(new Row(to.size() + 1L, (Int128) values[0], (String) values[2]));
            }

            @Override
            public void reject(Reject reject) {
              of(side).rejects.add(reject);
            }
          });
      progress.at("load " + side.text(), to.size(), to.size());
      return to.size() - before;
    }

    @Override
    public List<Column> columns(MatchSide side) {
      return ToyForms.COLUMNS;
    }

    @Override
    public Outcome match(Recipe recipe, Map<String, Value> parameters, MatchProgress progress) {
      progress.at("match", 0, 1);
      misbehave(recipe.description());
      List<Row> open = right.open;
      open.addAll(right.rows);
      for (Row row : left.rows) {
        Row partner =
            open.stream().filter(r -> r.amount().equals(row.amount())).findFirst().orElse(null);
        Row near =
            open.stream()
                .filter(r -> r.amount().equals(row.amount().plus(Int128.of(1))))
                .findFirst()
                .orElse(null);
        if (partner == null && near != null) {
          open.remove(near);
          left.suggested.add(row);
          right.suggested.add(near);
        } else if (partner == null) {
          left.open.add(row);
        } else {
          open.remove(partner);
          matched.add(row.number() + "," + partner.number() + "," + row.amount());
        }
      }
      return new Outcome(totals(MatchSide.LEFT), totals(MatchSide.RIGHT), List.of(), List.of());
    }

    private Outcome.SideTotals totals(MatchSide side) {
      int rejected = of(side).rejects.size();
      return new Outcome.SideTotals(
          of(side).rows.size() + (long) rejected,
          0,
          matched.size(),
          of(side).suggested.size(),
          of(side).open.size(),
          rejected,
          new TreeMap<>());
    }

    private void misbehave(String mode) {
      switch (mode) {
        case "hang" -> hang(cancelled);
        case "deaf" -> hang(new CountDownLatch(1));
        case "crash" -> Runtime.getRuntime().halt(134);
        case "memory" -> {
          List<byte[]> held = new ArrayList<>();
          while (!held.isEmpty() || cancelled.getCount() > 0) {
            held.add(new byte[1 << 20]);
          }
        }
        case "limit" ->
            throw new EngineException(
                EngineException.Kind.LIMIT, "TALEA_RECONCILE_DISK is full, says the engine.");
        default -> {}
      }
    }

    private void hang(CountDownLatch until) {
      try {
        until.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new EngineException(EngineException.Kind.CANCELLED, "called off");
    }

    @Override
    public List<String> write(Path folder, MatchProgress progress) {
      try {
        List<String> lines = new ArrayList<>(List.of("left_row,right_row,amount"));
        lines.addAll(matched);
        Files.write(folder.resolve("matched.csv"), lines);
        List<String> files = new ArrayList<>(List.of("matched.csv"));
        for (MatchSide side : MatchSide.values()) {
          files.add(rows(folder, "unmatched_" + side.text() + ".csv", of(side).open));
          if (!of(side).suggested.isEmpty()) {
            files.add(rows(folder, "suggested_" + side.text() + ".csv", of(side).suggested));
          }
        }
        return files;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static String rows(Path folder, String name, List<Row> rows) throws IOException {
      boolean suggested = name.startsWith("suggested");
      List<String> lines = new ArrayList<>();
      lines.add("_row," + (suggested ? "_match," : "") + "amount,asset,reference");
      int match = 0;
      for (Row row : rows) {
        match++;
        lines.add(
            row.number()
                + (suggested ? "," + match : "")
                + ","
                + row.amount()
                + ",EUR,"
                + row.reference());
      }
      Files.write(folder.resolve(name), lines);
      return name;
    }

    @Override
    public void cancel() {
      cancelled.countDown();
    }

    @Override
    public void close() {}
  }
}
