// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.backup;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.TreeHead;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What a backup holds for certain: of each log how many records, their root, and where they end. It
 * is written last, once all else is on disk, so whatever lies behind the ends it names is of a
 * backup that was not finished. Immutable.
 *
 * <pre>
 * talea backup 1
 * cut MICROS                                  moment of the backup, microseconds since the epoch
 * log SIZE ROOT END NAME                      root in base64, end a position, name in hex of its UTF-8
 * crc32c HEX                                  of all lines before
 * </pre>
 *
 * @param cutMicros nothing that was committed later is in it; 0 before the first one is finished
 * @param logs by name
 */
record BackupManifest(long cutMicros, Map<String, Held> logs) {
  static final String FILE = "BACKUP";

  /** May be all that there is, if the first backup was ended in its first moments. */
  static final String TEMPORARY = FILE + ".tmp";

  private static final String FIRST_LINE = "talea backup 1";
  private static final int BYTES_MAX = 64 << 20;

  /**
   * One log.
   *
   * @param end position behind its last block
   */
  record Held(TreeHead head, long end) {}

  BackupManifest {
    logs = Map.copyOf(logs);
  }

  /** The one in a directory, or null if there is none. */
  static @Nullable BackupManifest read(Disk disk, Path directory) throws IOException {
    Path path = directory.resolve(FILE);
    if (!disk.exists(path)) {
      return null;
    }
    try (DiskFile file = disk.openForReading(path)) {
      if (file.size() > BYTES_MAX) {
        throw damaged(path, "it has " + file.size() + " bytes");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
      file.read(bytes, 0);
      return parse(path, new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8));
    }
  }

  private static BackupManifest parse(Path path, String text) {
    int last = text.lastIndexOf("crc32c ");
    if (!text.startsWith(FIRST_LINE + "\n")
        || last < 0
        || !text.substring(last).equals(crcLine(text.substring(0, last)))) {
      throw damaged(path, "its checksum is not that of its lines");
    }
    long cut = 0;
    Map<String, Held> logs = new TreeMap<>();
    for (String line : text.substring(FIRST_LINE.length() + 1, last).lines().toList()) {
      String[] words = line.split(" ", -1);
      if (words[0].equals("cut")) {
        cut = Long.parseLong(words[1]);
      } else {
        TreeHead head =
            new TreeHead(Long.parseLong(words[1]), Base64.getDecoder().decode(words[2]));
        String name = new String(HexFormat.of().parseHex(words[4]), StandardCharsets.UTF_8);
        logs.put(name, new Held(head, Long.parseLong(words[3])));
      }
    }
    return new BackupManifest(cut, logs);
  }

  private static BackupException damaged(Path path, String how) {
    return new BackupException(
        path + " cannot be read: " + how + ". Make the backup in a new directory");
  }

  /** Takes the place of the one before, in one step. */
  void write(Disk disk, Path directory) throws IOException {
    StringBuilder text = new StringBuilder(FIRST_LINE + "\ncut " + cutMicros + "\n");
    new TreeMap<>(logs)
        .forEach(
            (name, held) ->
                text.append("log ")
                    .append(held.head.size())
                    .append(' ')
                    .append(Base64.getEncoder().encodeToString(held.head.root()))
                    .append(' ')
                    .append(held.end)
                    .append(' ')
                    .append(HexFormat.of().formatHex(name.getBytes(StandardCharsets.UTF_8)))
                    .append('\n'));
    text.append(crcLine(text.toString()));
    Path temporary = directory.resolve(TEMPORARY);
    disk.deleteIfExists(temporary);
    try (DiskFile file = disk.create(temporary)) {
      file.write(ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)), 0);
      file.force(true);
    }
    disk.rename(temporary, directory.resolve(FILE));
    disk.syncDirectory(directory);
  }

  private static String crcLine(String lines) {
    CRC32C crc = new CRC32C();
    crc.update(lines.getBytes(StandardCharsets.UTF_8));
    return "crc32c %08x\n".formatted(crc.getValue());
  }
}
