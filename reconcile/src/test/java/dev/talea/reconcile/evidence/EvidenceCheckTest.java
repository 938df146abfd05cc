// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Int128;
import dev.talea.log.disk.NioDisk;
import dev.talea.reconcile.engine.DuckEngine;
import dev.talea.reconcile.engine.Engine;
import dev.talea.reconcile.engine.EngineLimits;
import dev.talea.reconcile.engine.EngineRun;
import dev.talea.reconcile.engine.ListSource;
import dev.talea.reconcile.engine.MatchProgress;
import dev.talea.reconcile.engine.Origin;
import dev.talea.reconcile.engine.Outcome;
import dev.talea.reconcile.engine.Recipes;
import dev.talea.reconcile.recipe.Expression;
import dev.talea.reconcile.recipe.Parameter;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.SourceFacts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Evidence is right when it was just written, and one changed byte of any file is found. */
@Tag("slow")
class EvidenceCheckTest {
  private static final EngineLimits LIMITS = new EngineLimits(256L << 20, 2, 1L << 30);
  private static final String RECIPE = "{\"name\":\"test\"}";
  private static final Map<String, Value> PARAMETERS =
      Map.of(
          "least", new Value(ColumnType.INTEGER, Int128.of(0)),
          "month", new Value(ColumnType.DATE, LocalDate.of(2026, 1, 1)));

  private final NioDisk disk = new NioDisk();
  private final Engine engine = new DuckEngine();

  @TempDir Path root;

  private Path evidence;

  private static Recipe recipe() {
    return Recipes.recipe(
        Recipes.side(
            new Expression.Compare(
                Expression.Operator.GREATER,
                Recipes.column("amount"),
                new Expression.ParameterOf("least"))),
        Recipes.side(null),
        List.of(
            new Parameter("least", ColumnType.INTEGER, null),
            new Parameter("month", ColumnType.DATE, null)),
        Recipes.rule("exact").equal("reference").days(0, 0).build(),
        Recipes.rule("near").equal("reference").within(5).days(2, 2).suggest().build());
  }

  private static ListSource rows() {
    return new ListSource("reference:text date:date at:time flag:boolean n:integer")
        .row(100, "EUR", "a", "2026-01-01", Instant.EPOCH, true, Int128.MAX)
        .row(200, "EUR", "b", "2026-01-02", null, null, null)
        .row(-5, "EUR", "c", "1969-12-30", Instant.parse("1969-12-30T00:00:00.000001Z"), false, 0)
        .row(Int128.MAX, "WEI", "", null, null, null, Int128.MIN);
  }

  /** A run with carried rows, all states, and a manifest. */
  private Manifest run(Path run, Path into) throws IOException {
    Files.createDirectories(into);
    try (EngineRun engineRun = engine.open(run, LIMITS)) {
      ListSource carried = new ListSource("old:text").row(7, "EUR", "x");
      carried.reject(new Reject(3, null, "carried", "no row", null, null));
      engineRun.load(MatchSide.LEFT, Origin.CARRIED, carried, MatchProgress.UNSEEN);
      engineRun.load(
          MatchSide.LEFT,
          Origin.SOURCE,
          rows().reject(new Reject(9, "amount", "no number", "1,\"2", Int128.of(3), "EUR")),
          MatchProgress.UNSEEN);
      engineRun.load(
          MatchSide.RIGHT,
          Origin.SOURCE,
          new ListSource("reference:text date:date")
              .row(100, "EUR", "a", "2026-01-01")
              .row(203, "EUR", "b", "2026-01-03")
              .row(9, "EUR", "a", "2026-01-01"),
          MatchProgress.UNSEEN);
      Outcome outcome = engineRun.match(recipe(), PARAMETERS, MatchProgress.UNSEEN);
      List<String> names = engineRun.write(into, MatchProgress.UNSEEN);
      Manifest manifest =
          new Manifest(
              RECIPE,
              new TreeMap<>(PARAMETERS),
              engine.name(),
              engine.version(),
              List.of(
                  new RunInput(
                      MatchSide.LEFT,
                      Origin.SOURCE,
                      new SourceFacts("ledger", new TreeMap<>(Map.of("book", "main"))))),
              outcome,
              Manifest.files(disk, into, names));
      manifest.write(disk, into);
      return manifest;
    }
  }

  @BeforeEach
  void writeEvidence() throws IOException {
    evidence = root.resolve("run/evidence");
    run(root.resolve("run"), evidence);
  }

  private EvidenceCheck.Verdict check() throws IOException {
    return new EvidenceCheck(disk, engine, LIMITS, text -> recipe())
        .check(evidence, Files.createTempDirectory(root, "work"), MatchProgress.UNSEEN);
  }

  @Test
  void evidenceIsRightAndTheSameInTwoRuns() throws IOException {
    EvidenceCheck.Verdict verdict = check();
    assertEquals(List.of(), verdict.findings());
    assertTrue(verdict.matchedAgain());
    Manifest second = run(root.resolve("second"), root.resolve("second/evidence"));
    assertEquals(second.sha256(), verdict.manifestSha256());
    assertEquals(second, verdict.manifest());
    assertEquals(
        second.sha256() + "  manifest.json\n",
        Files.readString(evidence.resolve(Manifest.HASH_FILE)));
  }

  @Test
  void oneChangedByteOfAnyFileIsFound() throws IOException {
    List<Path> files;
    try (var all = Files.list(evidence)) {
      files = all.sorted().toList();
    }
    assertEquals(20, files.size());
    for (Path file : files) {
      byte[] bytes = Files.readAllBytes(file);
      byte[] changed = bytes.clone();
      changed[changed.length / 2] ^= 1;
      Files.write(file, changed);
      EvidenceCheck.Verdict verdict = check();
      String name = file.getFileName().toString();
      assertFalse(verdict.isRight(), name);
      assertTrue(
          verdict.findings().stream().anyMatch(each -> each.file().equals(name))
              || name.equals(Manifest.FILE),
          () -> name + ": " + verdict);
      Files.write(file, bytes);
    }
    assertTrue(check().isRight());
  }

  @Test
  void missingAndStrangeFilesAreFound() throws IOException {
    Files.delete(evidence.resolve("matched.csv"));
    Files.writeString(evidence.resolve("more.txt"), "more");
    assertEquals(
        List.of(
            new EvidenceCheck.Finding("matched.csv", "is missing"),
            new EvidenceCheck.Finding("more.txt", "is not in the manifest")),
        check().findings());
    Files.delete(evidence.resolve(Manifest.FILE));
    assertFalse(check().isRight());
  }

  private Manifest manifest() throws IOException {
    return Manifest.read(Files.readAllBytes(evidence.resolve(Manifest.FILE)));
  }

  /** Makes the manifest name these files, and its hash fit. */
  private void forge(List<EvidenceFile> files) throws IOException {
    Manifest old = manifest();
    Manifest forged =
        new Manifest(
            old.recipe(),
            old.parameters(),
            old.engine(),
            old.engineVersion(),
            old.inputs(),
            old.outcome(),
            files);
    Files.delete(evidence.resolve(Manifest.FILE));
    Files.delete(evidence.resolve(Manifest.HASH_FILE));
    forged.write(disk, evidence);
  }

  @Test
  void rowsAndDecisionsThatWereForgedWithTheirHashesAreFound() throws IOException {
    // A row is open for another reason, and all hashes are made to fit.
    Path csv = evidence.resolve("unmatched_right.csv");
    String text = Files.readString(csv);
    Files.writeString(csv, text.replace(",amount,exact", ",window,exact"));
    List<String> names = manifest().files().stream().map(EvidenceFile::name).toList();
    forge(Manifest.files(disk, evidence, names));
    assertEquals(
        List.of(
            new EvidenceCheck.Finding(
                "unmatched_right.csv", "is different when the rows as loaded are matched again")),
        check().findings());
  }

  @Test
  void aManifestNamesNothingOutsideOfItsFolder() throws IOException {
    Files.writeString(root.resolve("secret"), "secret");
    List<EvidenceFile> files = new java.util.ArrayList<>(manifest().files());
    files.add(new EvidenceFile("../../secret", 0, "00"));
    forge(files);
    List<EvidenceCheck.Finding> findings = check().findings();
    assertEquals(
        new EvidenceCheck.Finding(
            "manifest.json", "names ../../secret, which is not the name of a file in it"),
        findings.get(0));
    assertFalse(findings.toString().contains("SHA-256"), findings::toString);
  }

  @Test
  void aManifestHasOneSpelling() throws IOException {
    byte[] bytes = Files.readAllBytes(evidence.resolve(Manifest.FILE));
    String text = new String(bytes, StandardCharsets.UTF_8);
    for (String other :
        List.of(
            text.replace("\n", "\r\n"),
            text + " ",
            text.replaceFirst("\\{", "{\"more\" : 1,"),
            text.replace("\"remarks\"", "\"remark\""),
            "[]",
            "")) {
      assertThrows(
          IOException.class, () -> Manifest.read(other.getBytes(StandardCharsets.UTF_8)), other);
    }
    assertTrue(text.contains("\"recipe_sha256\" : \"" + EvidenceFile.sha256(RECIPE) + "\""), text);
  }

  @Test
  void openRowsAreReadAgainAsASource() throws IOException {
    try (ParquetRows open =
        new ParquetRows(disk, evidence, "unmatched_left.parquet").only(row -> row != 1)) {
      StringBuilder read = new StringBuilder();
      open.read(
          new RowSink() {
            @Override
            public void row(long line, Object[] values) {
              read.append(line).append(List.of(values[0], values[1])).append('\n');
            }

            @Override
            public void reject(Reject reject) {
              throw new AssertionError(reject);
            }
          });
      assertEquals("4[" + Int128.MAX + ", WEI]\n", read.toString());
      assertEquals("parquet", open.facts().kind());
    }
    assertThrows(IOException.class, () -> new ParquetRows(disk, evidence, "matched.parquet"));
  }
}
