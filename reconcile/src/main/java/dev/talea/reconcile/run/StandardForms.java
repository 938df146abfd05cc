// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerApi;
import dev.talea.log.disk.NioDisk;
import dev.talea.reconcile.document.DocumentException;
import dev.talea.reconcile.document.Fault;
import dev.talea.reconcile.engine.DuckEngine;
import dev.talea.reconcile.engine.Engine;
import dev.talea.reconcile.engine.EngineException;
import dev.talea.reconcile.engine.EngineLimits;
import dev.talea.reconcile.engine.MatchProgress;
import dev.talea.reconcile.engine.Origin;
import dev.talea.reconcile.evidence.EvidenceCheck;
import dev.talea.reconcile.evidence.Manifest;
import dev.talea.reconcile.evidence.RunInput;
import dev.talea.reconcile.recipe.Parameter;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.RecipeCheck;
import dev.talea.reconcile.recipe.RecipeJson;
import dev.talea.reconcile.recipe.SourceRef;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.row.RowSource;
import dev.talea.reconcile.row.SourceFacts;
import dev.talea.reconcile.source.BookHeads;
import dev.talea.reconcile.source.ByteSource;
import dev.talea.reconcile.source.CamtSource;
import dev.talea.reconcile.source.DelimitedSource;
import dev.talea.reconcile.source.FormatProfile;
import dev.talea.reconcile.source.LedgerSource;
import dev.talea.reconcile.source.Mt940Source;
import dev.talea.reconcile.source.ParquetSource;
import dev.talea.reconcile.source.ProfileJson;
import dev.talea.reconcile.source.SourceLimits;
import dev.talea.reconcile.source.SqlSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The documents, sources, engine and evidence of this room. Stateless; any thread. */
final class StandardForms implements RunForms {
  private final BookHeads heads;

  /** For a process that holds a ledger. */
  StandardForms(BookHeads heads) {
    this.heads = heads;
  }

  /** For one that does not. */
  StandardForms() {
    this(BookHeads.NONE);
  }

  /** The one that this process was told; what others bring is found by its name. */
  @Override
  public Engine engine() {
    String name = System.getProperty(RunProcess.ENGINE, ReconcileSettings.DUCKDB);
    if (name.equals(ReconcileSettings.DUCKDB)) {
      return new DuckEngine();
    }
    try {
      for (Engine each : ServiceLoader.load(Engine.class)) {
        if (each.name().equals(name)) {
          return each;
        }
      }
    } catch (ServiceConfigurationError | NoClassDefFoundError e) {
      throw new EngineException(
          EngineException.Kind.FAULT,
          "The engine " + name + " does not load, because some of its jars are missing: " + e,
          e);
    }
    throw new EngineException(
        EngineException.Kind.FAULT, "There is no engine " + name + " on the class path.");
  }

  @Override
  public Recipe recipe(byte[] json) {
    return told(
        () -> {
          Recipe recipe = RecipeJson.read(json);
          DocumentException.throwIfAny("recipe", RecipeCheck.alone(recipe));
          return recipe;
        });
  }

  /** What a document's reader says becomes what a caller is told. */
  private static <T> T told(Supplier<T> reading) {
    try {
      return reading.get();
    } catch (DocumentException e) {
      List<String> words = new ArrayList<>();
      for (Fault fault : e.faults()) {
        words.add(fault.toString());
      }
      throw JsonTree.invalid("body", String.join("; ", words));
    }
  }

  @Override
  public byte[] canonical(Recipe recipe) {
    return RecipeJson.write(recipe);
  }

  @Override
  public void checkProfile(byte[] json) {
    FormatProfile unused = told(() -> ProfileJson.read(json));
  }

  @Override
  public Map<String, Value> parameters(Recipe recipe, Map<String, String> texts) {
    Map<String, Value> values = new LinkedHashMap<>();
    for (Parameter parameter : recipe.parameters()) {
      String text = texts.get(parameter.name());
      Value preset = parameter.preset();
      if (text != null) {
        values.put(parameter.name(), value(parameter, text));
      } else if (preset != null) {
        values.put(parameter.name(), preset);
      } else {
        throw JsonTree.invalid("parameters", parameter.name() + " is missing");
      }
    }
    for (String name : texts.keySet()) {
      if (!values.containsKey(name)) {
        throw JsonTree.invalid(
            "parameters", name + " is none of the recipe's, which are " + values.keySet());
      }
    }
    return values;
  }

  private static Value value(Parameter parameter, String text) {
    ColumnType type = parameter.type();
    try {
      Object value =
          switch (type) {
            case TEXT -> text;
            case INTEGER -> Int128.parse(text);
            case DATE -> LocalDate.parse(text);
            case TIME -> Instant.parse(text);
            case BOOLEAN ->
                text.equals("true") ? Boolean.TRUE : text.equals("false") ? Boolean.FALSE : null;
          };
      if (value != null) {
        return new Value(type, value);
      }
    } catch (DateTimeException e) {
      // said below
    }
    throw JsonTree.invalid(
        "parameters", parameter.name() + " is '" + text + "', and must be " + type.text());
  }

  @Override
  public void checkAgainst(Recipe recipe, List<Column> left, List<Column> right) {
    List<Fault> faults = RecipeCheck.against(recipe, left, right);
    if (!faults.isEmpty()) {
      throw JsonTree.invalid(
          "recipe", faults.stream().map(Fault::toString).collect(Collectors.joining("; ")));
    }
  }

  @Override
  public RowSource ledger(
      LedgerApi ledger, SourceRef.Ledger source, Map<String, Value> parameters, long atSeq) {
    long last = new BlockingLedger(ledger).book(source.book()).lastSeq();
    if (atSeq > last) {
      throw JsonTree.invalid(
          "at_seq", "is " + atSeq + ", but book '" + source.book() + "' ends at " + last);
    }
    return new LedgerSource(
        ledger,
        source,
        day(source.from(), parameters),
        day(source.to(), parameters),
        atSeq < 0 ? last : atSeq,
        heads);
  }

  /** A date, or the value of a parameter. */
  private static @Nullable LocalDate day(@Nullable String text, Map<String, Value> parameters) {
    if (text == null) {
      return null;
    }
    try {
      if (!text.startsWith("$")) {
        return LocalDate.parse(text);
      }
      Value value = parameters.get(text.substring(1));
      if (value != null && value.value() instanceof LocalDate day) {
        return day;
      }
    } catch (DateTimeException e) {
      // said below
    }
    throw JsonTree.invalid("source", "'" + text + "' is no date, and names no parameter of one");
  }

  @Override
  public RowSource file(byte[] profile, Path file, String name) throws IOException {
    FormatProfile format = told(() -> ProfileJson.read(profile));
    ByteSource bytes = () -> SystemFiles.read(file);
    return switch (format.format()) {
      case DELIMITED -> new DelimitedSource(bytes, format, SourceLimits.DEFAULTS);
      case CAMT_053 -> new CamtSource(bytes, format, SourceLimits.DEFAULTS);
      case MT940 -> new Mt940Source(bytes, format, SourceLimits.DEFAULTS);
      case PARQUET -> new ParquetSource(file, bytes, format, SourceLimits.DEFAULTS);
      case SQL ->
          throw JsonTree.invalid(
              "profile", "reads " + format.format().text() + ", which is no file that is sent");
    };
  }

  @Override
  public RowSource query(
      NamedSources.Database database, String source, String query, byte[] profile) {
    FormatProfile format = told(() -> ProfileJson.read(profile));
    Properties login = new Properties();
    String user = database.user();
    String password = database.password();
    if (user != null) {
      login.setProperty("user", user);
    }
    if (password != null) {
      login.setProperty("password", password);
    }
    return new SqlSource(() -> DriverManager.getConnection(database.url(), login), query, format);
  }

  @Override
  public String seal(Path folder, Sealed sealed) throws IOException {
    List<RunInput> inputs = new ArrayList<>();
    inputs(MatchSide.LEFT, sealed.left(), inputs);
    inputs(MatchSide.RIGHT, sealed.right(), inputs);
    NioDisk disk = new NioDisk();
    new Manifest(
            new String(RecipeJson.write(sealed.recipe()), StandardCharsets.UTF_8),
            new TreeMap<>(sealed.parameters()),
            sealed.engine().name(),
            sealed.engine().version(),
            inputs,
            sealed.outcome(),
            Manifest.files(disk, folder, sealed.files()))
        .write(disk, folder);
    return Manifest.FILE;
  }

  private static void inputs(MatchSide side, Inputs of, List<RunInput> inputs) {
    SourceFacts carried = of.carried();
    if (carried != null) {
      inputs.add(new RunInput(side, Origin.CARRIED, carried));
    }
    inputs.add(new RunInput(side, Origin.SOURCE, of.source()));
  }

  @Override
  public Map<String, @Nullable Object> verify(
      Path folder, Path work, EngineLimits limits, MatchProgress progress) throws IOException {
    EvidenceCheck.Verdict verdict =
        new EvidenceCheck(
                new NioDisk(),
                engine(),
                limits,
                json -> RecipeJson.read(json.getBytes(StandardCharsets.UTF_8)))
            .check(folder, work, progress);
    List<String> findings = new ArrayList<>();
    verdict.findings().forEach(each -> findings.add(each.file() + " " + each.what()));
    return JsonTree.of(
        "manifest_sha256",
        verdict.manifestSha256(),
        "matched_again",
        verdict.matchedAgain(),
        "findings",
        findings);
  }
}
