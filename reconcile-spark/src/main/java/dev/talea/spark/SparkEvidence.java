// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.engine.EngineException;
import dev.talea.reconcile.engine.MatchProgress;
import dev.talea.reconcile.recipe.Cardinality;
import dev.talea.reconcile.recipe.Effect;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.Rule;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.MatchSide;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.jspecify.annotations.Nullable;

/**
 * Writes what was read and decided: the tables, columns and orders that DuckDB's engine writes, one
 * file each.
 *
 * <p>Tables in the order of rows are written here from the files of the run; matches are sorted by
 * Spark. Used by the thread of the run.
 */
final class SparkEvidence {
  private static final int TABLES = 9;

  private final MatchRoom room;
  private final Recipe recipe;
  private final List<RuleTests> tests;
  private final Path work;
  private final Path folder;
  private final List<String> files = new ArrayList<>();
  private int done;

  SparkEvidence(MatchRoom room, Recipe recipe, List<RuleTests> tests, Path work, Path folder) {
    this.room = room;
    this.recipe = recipe;
    this.tests = tests;
    this.work = work;
    this.folder = folder;
  }

  /** Where it is written down why the rows of a side are open. */
  static Path openFile(Path work, MatchSide side) {
    return work.resolve(side.text() + ".open");
  }

  List<String> write(MatchProgress progress) {
    try {
      for (MatchSide side : MatchSide.values()) {
        progress.at("write", done, TABLES);
        rows(room.side(side));
        done += 3;
      }
      progress.at("write", done, TABLES);
      decided();
      done += 2;
      progress.at("write", done, TABLES);
      rejected();
    } catch (IOException | UncheckedIOException e) {
      throw room.jobs.failed("writing evidence", e);
    }
    progress.at("write", TABLES, TABLES);
    return files.stream().sorted().toList();
  }

  private static EvidenceTable.Field number(String name) {
    return new EvidenceTable.Field(name, EvidenceTable.Kind.NUMBER);
  }

  private static EvidenceTable.Field text(String name) {
    return new EvidenceTable.Field(name, EvidenceTable.Kind.TEXT);
  }

  private void written(EvidenceTable table, long decided) {
    if (table.rows() != decided) {
      throw new EngineException(
          EngineException.Kind.FAULT,
          table.name()
              + " was written with "
              + table.rows()
              + " rows, and "
              + decided
              + " were decided. Nothing of this run counts; keep its sources and report it.");
    }
    files.addAll(table.files());
  }

  private String name(int rule) {
    return recipe.rules().get(rule).name();
  }

  // --- in the order of rows ---

  private void rows(SideRows side) throws IOException {
    String text = side.side().text();
    List<Column> columns = side.columns();
    try (EvidenceTable rows =
            new EvidenceTable(
                folder,
                text + "_rows",
                List.of(number("_row"), text("_origin"), number("_line")),
                columns);
        EvidenceTable suggested =
            new EvidenceTable(
                folder,
                "suggested_" + text,
                List.of(
                    number("_row"),
                    text("_origin"),
                    number("_line"),
                    number("_match"),
                    text("_rule")),
                columns);
        EvidenceTable unmatched =
            new EvidenceTable(
                folder,
                "unmatched_" + text,
                List.of(
                    number("_row"),
                    text("_origin"),
                    number("_line"),
                    text("_reason"),
                    text("_rule"),
                    number("_nearest"),
                    text("_difference"),
                    number("_days")),
                columns);
        DataInputStream open = SystemFiles.read(openFile(work, side.side()))) {
      long[] suggestions = new long[1];
      side.forEach(
          row -> {
            try {
              rows.row(beside(row, side, row.line()));
              if (side.isOpen(row.row())) {
                unmatched.row(unmatched(row, side, Open.read(open)));
              } else if (side.match(row.row()) > 0) {
                int rule = MatchRoom.rule(room.lastMatches(), side.match(row.row()));
                if (recipe.rules().get(rule).effect() == Effect.SUGGEST) {
                  suggestions[0]++;
                  suggested.row(beside(row, side, row.line(), side.match(row.row()), name(rule)));
                }
              }
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
      written(rows, side.rows());
      written(suggested, suggestions[0]);
      written(unmatched, side.open());
    }
  }

  /** What we say of a row, then its columns. */
  private static @Nullable Object[] beside(
      RowChunk.Loaded row, SideRows side, @Nullable Object... more) {
    @Nullable Object[] values = new @Nullable Object[2 + more.length + row.values().length];
    values[0] = row.row();
    values[1] = side.origin(row.row()).text();
    System.arraycopy(more, 0, values, 2, more.length);
    System.arraycopy(row.values(), 0, values, 2 + more.length, row.values().length);
    return values;
  }

  private @Nullable Object[] unmatched(RowChunk.Loaded row, SideRows side, Open open) {
    if (open.row() != row.row()) {
      throw new EngineException(
          EngineException.Kind.FAULT,
          "Row "
              + row.row()
              + " of the "
              + side.side().text()
              + " side is open, and the reason at its place is that of row "
              + open.row()
              + ". Nothing of this run counts; keep its sources and report it.");
    }
    return beside(
        row,
        side,
        row.line(),
        open.reason().text(),
        open.rule() < 0 ? null : name(open.rule()),
        open.nearest() == 0 ? null : open.nearest(),
        open.difference(),
        open.days());
  }

  // --- in the order of matches ---

  /** A row of a match. */
  private record Member(
      MatchSide side, int row, long line, String asset, Int128 amount, @Nullable Integer day) {}

  private void decided() throws IOException {
    List<EvidenceTable.Field> fields =
        List.of(
            number("match"),
            text("rule"),
            text("side"),
            number("row"),
            number("line"),
            text("asset"),
            text("amount"),
            text("difference"),
            number("days"));
    try (EvidenceTable matched = new EvidenceTable(folder, "matched", fields, List.of());
        EvidenceTable suggested = new EvidenceTable(folder, "suggested", fields, List.of())) {
      JavaRDD<Rec> members = members();
      long[] rows =
          room.jobs.run(
              "write matches", () -> members(members.toLocalIterator(), matched, suggested));
      room.jobs.endStep();
      written(matched, rows[0]);
      written(suggested, rows[1]);
    }
  }

  private JavaRDD<Rec> members() {
    List<RowChunk> chunks = new ArrayList<>();
    chunks.addAll(room.left.partChunks());
    chunks.addAll(room.right.partChunks());
    int matches = room.matches();
    int parts = room.parts();
    int[] lastMatches = room.lastMatches();
    SidePlan left = room.leftPlan;
    SidePlan right = room.rightPlan;
    ArrayList<RuleTests> rules = new ArrayList<>(tests);
    FlatMapFunction<Iterator<RowChunk>, Rec> task =
        rows -> new MemberFlow(rows, left, right, lastMatches, rules, matches, parts);
    return Shuffle.byPart(room.jobs, room.chunks(chunks).mapPartitions(task), parts);
  }

  private static final class MemberFlow extends Flow<Rec> {
    private final Iterator<RowChunk> chunks;
    private final SidePlan left;
    private final SidePlan right;
    private final int[] lastMatches;
    private final List<RuleTests> rules;
    private final int matches;
    private final int parts;

    MemberFlow(
        Iterator<RowChunk> chunks,
        SidePlan left,
        SidePlan right,
        int[] lastMatches,
        List<RuleTests> rules,
        int matches,
        int parts) {
      this.chunks = chunks;
      this.left = left;
      this.right = right;
      this.lastMatches = lastMatches;
      this.rules = rules;
      this.matches = matches;
      this.parts = parts;
    }

    @Override
    protected boolean advance() {
      if (!chunks.hasNext()) {
        return false;
      }
      goOn();
      RowChunk chunk = chunks.next();
      boolean ofLeft = chunk.side() == MatchSide.LEFT;
      SidePlan plan = ofLeft ? left : right;
      Iterator<RowChunk.Loaded> rows = chunk.read(plan.columns());
      while (rows.hasNext()) {
        RowChunk.Loaded row = rows.next();
        int match = chunk.numbers()[row.row() - chunk.first()];
        if (match > 0) {
          give(record(chunk.side(), row, match, plan));
        }
      }
      return true;
    }

    private Rec record(MatchSide side, RowChunk.Loaded row, int match, SidePlan plan) {
      RuleTests of = rules.get(MatchRoom.rule(lastMatches, match));
      Integer day =
          of.hasWindow() ? of.day(side == MatchSide.LEFT, plan.complete(row.values())) : null;
      ByteWriter out = new ByteWriter();
      byte[] key = out.int32(match).int8(side == MatchSide.LEFT ? 0 : 1).int32(row.row()).take();
      out.int64(row.line())
          .text((String) Objects.requireNonNull(row.values()[1]))
          .int128((Int128) Objects.requireNonNull(row.values()[0]))
          .value(day);
      // Matches of one partition follow those of the one before.
      return new Rec((int) ((match - 1L) * parts / matches), key, 4, out.take());
    }
  }

  /** Writes the members of matches as they come; how many are matched, and suggested. */
  private long[] members(Iterator<Rec> records, EvidenceTable matched, EvidenceTable suggested)
      throws IOException {
    long[] decided = new long[2];
    int[] last = room.lastMatches();
    Shuffle.Groups groups = new Shuffle.Groups(records);
    while (groups.nextGroup()) {
      int match = new ByteReader(groups.peek().key).int32();
      if (match % 4096 == 0) {
        room.jobs.goOn();
      }
      int rule = MatchRoom.rule(last, match);
      List<Member> members = new ArrayList<>();
      while (groups.hasNext()) {
        members.add(member(groups.next()));
      }
      boolean settled = recipe.rules().get(rule).effect() == Effect.MATCH;
      decided[settled ? 0 : 1] += members.size();
      write(settled ? matched : suggested, match, rule, members);
    }
    return decided;
  }

  private static Member member(Rec rec) {
    ByteReader key = new ByteReader(rec.key, 4);
    ByteReader in = new ByteReader(rec.body);
    return new Member(
        key.int8() == 0 ? MatchSide.LEFT : MatchSide.RIGHT,
        key.int32(),
        in.int64(),
        in.text(),
        in.int128(),
        (Integer) in.value());
  }

  private void write(EvidenceTable table, int match, int rule, List<Member> members)
      throws IOException {
    Rule of = recipe.rules().get(rule);
    Int128 left = Int128.ZERO;
    Int128 right = Int128.ZERO;
    for (Member each : members) {
      if (each.side() == MatchSide.LEFT) {
        left = Objects.requireNonNull(left.plus(each.amount()), "of 128 bits");
      } else {
        Int128 amount = tests.get(rule).isOpposite() ? each.amount().negated() : each.amount();
        right = Objects.requireNonNull(right.plus(amount), "of 128 bits");
      }
    }
    Int128 difference = right.minus(left);
    Integer days =
        of.cardinality() == Cardinality.ONE_TO_ONE
            ? RuleTests.days(members.get(0).day(), members.get(1).day())
            : null;
    for (Member each : members) {
      table.row(
          match,
          of.name(),
          each.side().text(),
          each.row(),
          each.line(),
          each.asset(),
          each.amount(),
          difference,
          days);
    }
  }

  // --- what could not be read ---

  private void rejected() throws IOException {
    try (EvidenceTable table =
        new EvidenceTable(
            folder,
            "rejected",
            List.of(
                text("side"),
                number("row"),
                text("origin"),
                number("line"),
                text("field"),
                text("reason"),
                text("text"),
                text("amount"),
                text("asset")),
            List.of())) {
      for (MatchSide side : MatchSide.values()) {
        room.side(side)
            .forEachRejected(
                each -> {
                  try {
                    table.row(
                        side.text(),
                        each.number(),
                        each.origin().text(),
                        each.reject().line(),
                        each.reject().field(),
                        each.reject().reason(),
                        each.reject().text(),
                        each.reject().amount(),
                        each.reject().asset());
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                });
      }
      written(table, room.left.rejects() + room.right.rejects());
    }
  }
}
