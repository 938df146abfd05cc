// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.evidence;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.reconcile.engine.Outcome;
import dev.talea.reconcile.recipe.Value;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a run was given, what it decided in numbers, and the files it wrote: all that makes two runs
 * the same, and nothing that tells them apart. So it holds no run id, no time and no path.
 *
 * <p>Its SHA-256 stands for the whole evidence: whoever has kept it can tell that not a byte of the
 * folder was changed.
 *
 * @param recipe the recipe as canonical JSON
 * @param parameters by name
 * @param engine name of what decided
 * @param engineVersion the version that decided
 * @param inputs in the order in which they were loaded
 * @param files sorted by name
 */
public record Manifest(
    String recipe,
    SortedMap<String, Value> parameters,
    String engine,
    String engineVersion,
    List<RunInput> inputs,
    Outcome outcome,
    List<EvidenceFile> files) {
  /** The file in the folder. */
  public static final String FILE = "manifest.json";

  /** Its hash, in the form that {@code sha256sum -c} takes. */
  public static final String HASH_FILE = "manifest.sha256";

  /** Copies what is handed over. */
  public Manifest {
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    inputs = List.copyOf(inputs);
    files = List.copyOf(files);
  }

  /** Looks at the files of a folder, and returns once their bytes are on the disk. */
  public static List<EvidenceFile> files(Disk disk, Path folder, List<String> names)
      throws IOException {
    List<EvidenceFile> files = new ArrayList<>();
    for (String name : names.stream().sorted().toList()) {
      files.add(EvidenceFile.of(disk, folder, name));
      try (DiskFile file = disk.open(folder.resolve(name))) {
        file.force(true);
      }
    }
    disk.syncDirectory(folder);
    return files;
  }

  /** Canonical bytes: JSON in UTF-8 with a fixed order of everything. */
  public byte[] bytes() {
    return ManifestJson.write(this);
  }

  /** SHA-256 of {@link #bytes}, in hexadecimal digits. */
  public String sha256() {
    return EvidenceFile.sha256(bytes());
  }

  /**
   * Reads what {@link #bytes} has written.
   *
   * @throws IOException if it is anything else, down to the last space
   */
  public static Manifest read(byte[] bytes) throws IOException {
    return ManifestJson.read(bytes);
  }

  /**
   * Writes itself into the folder of the files; a folder with it is complete. Once this returns, it
   * stays so.
   */
  public void write(Disk disk, Path folder) throws IOException {
    byte[] bytes = bytes();
    String line = line(EvidenceFile.sha256(bytes));
    write(disk, folder.resolve(HASH_FILE), line.getBytes(StandardCharsets.UTF_8));
    write(disk, folder.resolve(FILE), bytes);
    disk.syncDirectory(folder);
  }

  /** The content of {@link #HASH_FILE}. */
  public static String line(String sha256) {
    return sha256 + "  " + FILE + "\n";
  }

  private static void write(Disk disk, Path path, byte[] bytes) throws IOException {
    try (DiskFile file = disk.create(path)) {
      file.write(ByteBuffer.wrap(bytes), 0);
      file.force(true);
    }
  }
}
