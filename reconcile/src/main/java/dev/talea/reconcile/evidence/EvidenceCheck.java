// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.evidence;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.reconcile.engine.Engine;
import dev.talea.reconcile.engine.EngineException;
import dev.talea.reconcile.engine.EngineLimits;
import dev.talea.reconcile.engine.EngineRun;
import dev.talea.reconcile.engine.MatchProgress;
import dev.talea.reconcile.engine.Origin;
import dev.talea.reconcile.engine.Outcome;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.row.MatchSide;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Checks a folder of evidence: that no byte of a file was changed, and that the rows as they were
 * loaded lead to the same decisions when they are matched again.
 *
 * <p>It believes nothing but the folder. That it is the folder of a certain run is for the caller
 * to say, who has the manifest's hash from the log. Used by one thread.
 */
public final class EvidenceCheck {
  private final Disk disk;
  private final Engine engine;
  private final EngineLimits limits;
  private final Function<String, Recipe> recipes;

  /**
   * Makes one.
   *
   * @param recipes reads a recipe from its JSON
   */
  public EvidenceCheck(
      Disk disk, Engine engine, EngineLimits limits, Function<String, Recipe> recipes) {
    this.disk = disk;
    this.engine = engine;
    this.limits = limits;
    this.recipes = recipes;
  }

  /** What is wrong with a file. */
  public record Finding(String file, String what) {}

  /**
   * What was found.
   *
   * @param manifestSha256 of the bytes of the manifest as they are, or null if there is none
   * @param manifest null if it could not be read
   * @param matchedAgain whether the rows could be matched again
   * @param findings none if everything is right
   */
  public record Verdict(
      @Nullable String manifestSha256,
      @Nullable Manifest manifest,
      boolean matchedAgain,
      List<Finding> findings) {
    /** Copies the list. */
    public Verdict {
      findings = List.copyOf(findings);
    }

    /** Whether nothing is wrong. */
    public boolean isRight() {
      return findings.isEmpty();
    }
  }

  /**
   * Checks a folder, which is only read.
   *
   * @param work exists and is empty; what is left there may be removed afterwards
   * @throws IOException if the disk fails
   */
  public Verdict check(Path folder, Path work, MatchProgress progress) throws IOException {
    List<Finding> findings = new ArrayList<>();
    if (!disk.exists(folder.resolve(Manifest.FILE))) {
      findings.add(
          new Finding(Manifest.FILE, "is missing, so that this is no evidence of a whole run"));
      return new Verdict(null, null, false, findings);
    }
    byte[] bytes = read(folder.resolve(Manifest.FILE));
    String sha256 = EvidenceFile.sha256(bytes);
    hashFile(folder, sha256, findings);
    Manifest manifest;
    try {
      manifest = Manifest.read(bytes);
    } catch (IOException e) {
      findings.add(new Finding(Manifest.FILE, "cannot be read: " + e.getMessage()));
      return new Verdict(sha256, null, false, findings);
    }
    files(folder, manifest, findings, progress);
    boolean again = again(folder, work, manifest, findings, progress);
    return new Verdict(sha256, manifest, again, findings);
  }

  private void hashFile(Path folder, String sha256, List<Finding> findings) throws IOException {
    if (!disk.exists(folder.resolve(Manifest.HASH_FILE))) {
      findings.add(new Finding(Manifest.HASH_FILE, "is missing"));
      return;
    }
    String line = new String(read(folder.resolve(Manifest.HASH_FILE)), StandardCharsets.UTF_8);
    if (!line.equals(Manifest.line(sha256))) {
      findings.add(
          new Finding(
              Manifest.HASH_FILE,
              "says " + line.strip() + ", and the manifest has SHA-256 " + sha256));
    }
  }

  private void files(Path folder, Manifest manifest, List<Finding> findings, MatchProgress progress)
      throws IOException {
    Set<String> known = new HashSet<>(Set.of(Manifest.FILE, Manifest.HASH_FILE));
    int done = 0;
    for (EvidenceFile file : manifest.files()) {
      progress.at("check files", done++, manifest.files().size());
      if (!isPlain(file.name())) {
        findings.add(
            new Finding(
                Manifest.FILE, "names " + file.name() + ", which is not the name of a file in it"));
        continue;
      }
      known.add(file.name());
      if (!disk.exists(folder.resolve(file.name()))) {
        findings.add(new Finding(file.name(), "is missing"));
        continue;
      }
      EvidenceFile found = EvidenceFile.of(disk, folder, file.name());
      if (!found.equals(file)) {
        findings.add(
            new Finding(
                file.name(),
                "was changed: "
                    + found.bytes()
                    + " bytes with SHA-256 "
                    + found.sha256()
                    + ", and the manifest says "
                    + file.bytes()
                    + " with "
                    + file.sha256()));
      }
    }
    for (String name : disk.list(folder)) {
      if (!known.contains(name)) {
        findings.add(new Finding(name, "is not in the manifest"));
      }
    }
  }

  /** A folder may come from anywhere, and nothing outside of it is looked at on its word. */
  private static boolean isPlain(String name) {
    return !name.isBlank()
        && !name.contains("..")
        && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
  }

  /** Matches the rows as they were loaded once more. */
  private boolean again(
      Path folder, Path work, Manifest manifest, List<Finding> findings, MatchProgress progress)
      throws IOException {
    Path evidence = work.resolve("again");
    disk.createDirectories(evidence);
    Outcome outcome;
    List<String> names;
    try (EngineRun run = engine.open(work, limits)) {
      Recipe recipe = recipes.apply(manifest.recipe());
      for (MatchSide side : MatchSide.values()) {
        for (Origin origin : Origin.values()) {
          try (ParquetRows rows = new ParquetRows(disk, folder, side.text() + "_rows.parquet")) {
            run.load(
                side,
                origin,
                rows.only(origin).rejecting(folder.resolve("rejected.parquet"), side),
                progress);
          }
        }
      }
      outcome = run.match(recipe, manifest.parameters(), progress);
      names = run.write(evidence, progress);
    } catch (EngineException e) {
      if (e.kind() == EngineException.Kind.CANCELLED || e.kind() == EngineException.Kind.LIMIT) {
        throw e;
      }
      findings.add(new Finding(Manifest.FILE, "cannot be matched again: " + e.getMessage()));
      return false;
    } catch (IOException | IllegalArgumentException e) {
      findings.add(new Finding(Manifest.FILE, "cannot be matched again: " + e.getMessage()));
      return false;
    }
    if (!outcome.equals(manifest.outcome())) {
      findings.add(
          new Finding(
              Manifest.FILE,
              "says "
                  + counts(manifest.outcome())
                  + ", and matched again it is "
                  + counts(outcome)));
    }
    compare(evidence, names, manifest, findings);
    return true;
  }

  private static String counts(Outcome outcome) {
    return "left " + outcome.left() + ", right " + outcome.right() + ", rules " + outcome.rules();
  }

  /**
   * Another version of the engine may write other bytes of Parquet for the same rows, but not of
   * CSV.
   */
  private void compare(Path evidence, List<String> names, Manifest manifest, List<Finding> findings)
      throws IOException {
    boolean sameVersion =
        manifest.engine().equals(engine.name())
            && manifest.engineVersion().equals(engine.version());
    Map<String, EvidenceFile> stated = new TreeMap<>();
    manifest.files().forEach(file -> stated.put(file.name(), file));
    for (String name : names) {
      EvidenceFile file = stated.remove(name);
      if (file == null) {
        findings.add(new Finding(name, "is written when matched again, and not in the manifest"));
      } else if ((sameVersion || name.endsWith(".csv"))
          && !file.equals(EvidenceFile.of(disk, evidence, name))) {
        findings.add(new Finding(name, "is different when the rows as loaded are matched again"));
      }
    }
    stated.keySet().forEach(name -> findings.add(new Finding(name, "is not written any more")));
  }

  private byte[] read(Path path) throws IOException {
    try (DiskFile file = disk.openForReading(path)) {
      ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(file.size()));
      file.read(bytes, 0);
      return bytes.array();
    }
  }
}
