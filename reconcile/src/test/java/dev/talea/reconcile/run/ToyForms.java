// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerApi;
import dev.talea.reconcile.engine.Engine;
import dev.talea.reconcile.engine.EngineLimits;
import dev.talea.reconcile.engine.MatchProgress;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.SideSpec;
import dev.talea.reconcile.recipe.SourceRef;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import dev.talea.reconcile.row.SourceFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Documents of a few words: a recipe is a name and a mode, which says how its engine misbehaves; a
 * file is a line for each row, an amount and a reference.
 */
final class ToyForms implements RunForms {
  static final List<Column> COLUMNS =
      List.of(
          Column.ALWAYS.get(0),
          Column.ALWAYS.get(1),
          new Column(Column.REFERENCE, ColumnType.TEXT));

  /** As long as it is above 0, the ledger hands out its rows slowly. */
  static volatile int ledgerRows = 3;

  /** Whether the ledger looks at its events for ever, and gives none. */
  static volatile boolean ledgerLooks;

  /** What is thrown instead of rows of the ledger, or null. */
  static volatile @Nullable Supplier<Error> ledgerError;

  static byte[] recipe(String name, String mode) {
    return recipe(name, mode, "shop");
  }

  static byte[] recipe(String name, String mode, String book) {
    return JsonTree.bytes(JsonTree.of("name", name, "mode", mode, "book", book));
  }

  @Override
  public Engine engine() {
    return new ToyEngine();
  }

  @Override
  public Recipe recipe(byte[] json) {
    Map<String, Object> tree = JsonTree.object("recipe", json);
    return new Recipe(
        JsonTree.text(tree, "name"),
        JsonTree.text(tree, "mode"),
        List.of(),
        new SideSpec(
            new SourceRef.Ledger(JsonTree.text(tree, "book"), List.of("bank"), null, null, null),
            List.of(),
            null),
        new SideSpec(
            JsonTree.text(tree, "mode").equals("sql")
                ? new SourceRef.Sql("bank", "SELECT 1", "lines")
                : new SourceRef.File("lines"),
            List.of(),
            null),
        null,
        List.of());
  }

  @Override
  public byte[] canonical(Recipe recipe) {
    return recipe(recipe.name(), recipe.description());
  }

  @Override
  public void checkProfile(byte[] json) {
    JsonTree.object("profile", json);
  }

  @Override
  public Map<String, Value> parameters(Recipe recipe, Map<String, String> texts) {
    return Map.of();
  }

  @Override
  public RowSource ledger(
      LedgerApi ledger, SourceRef.Ledger source, Map<String, Value> parameters, long atSeq) {
    Supplier<Error> error = ledgerError;
    if (error != null) {
      throw error.get();
    }
    List<String> lines = new ArrayList<>();
    for (int i = 1; i <= ledgerRows; i++) {
      lines.add(i * 100 + ",ref " + i);
    }
    return new Lines("ledger", lines) {
      @Override
      public void read(RowSink sink) {
        while (ledgerLooks) {
          sink.looked();
          Thread.onSpinWait();
        }
        super.read(sink);
      }
    };
  }

  @Override
  public RowSource file(byte[] profile, Path file, String name) throws IOException {
    return new Lines("file", Files.readAllLines(file));
  }

  @Override
  public RowSource query(
      NamedSources.Database database, String source, String query, byte[] profile) {
    return new Lines("sql", List.of());
  }

  @Override
  public String seal(Path folder, Sealed sealed) throws IOException {
    Map<String, Object> files = new TreeMap<>();
    for (String file : sealed.files()) {
      files.put(file, SystemFiles.sha256(folder.resolve(file)));
    }
    Files.write(folder.resolve("manifest.json"), JsonTree.bytes(files));
    return "manifest.json";
  }

  @Override
  public Map<String, @Nullable Object> verify(
      Path folder, Path work, EngineLimits limits, MatchProgress progress) {
    return JsonTree.of("findings", List.of());
  }

  /** A line is a row: an amount, a comma and a reference; anything else is rejected. */
  static class Lines implements RowSource {
    private final String kind;
    private final List<String> lines;

    Lines(String kind, List<String> lines) {
      this.kind = kind;
      this.lines = lines;
    }

    @Override
    public List<Column> columns() {
      return COLUMNS;
    }

    @Override
    public void read(RowSink sink) {
      long number = 0;
      for (String line : lines) {
        number++;
        String[] parts = line.split(",", 2);
        Int128 amount = Int128.parse(parts[0]);
        if (amount == null || parts.length < 2) {
          sink.reject(new Reject(number, "amount", "is no number", line, null, null));
        } else {
          sink.row(number, new Object[] {amount, "EUR", parts[1]});
        }
      }
    }

    @Override
    public SourceFacts facts() {
      return new SourceFacts(kind, new TreeMap<>(Map.of("rows", "" + lines.size())));
    }

    @Override
    public void close() {}
  }
}
