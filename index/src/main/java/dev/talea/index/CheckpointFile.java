package dev.talea.index;

import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Names and numbers of checkpoint files, shared by the one who writes and the one who reads.
 *
 * <pre>
 * header of 256 bytes | assets, by number | accounts, by number
 *
 * asset    u16 length of id, u8 precision, u64 head, u64 ordinal, 24 debits, 24 credits, id
 * account  u16 length of path, u8 kind, u8 flags, u32 asset number, u64 head, u64 ordinal,
 *          16 balance, 16 min balance if flag 4, path
 * </pre>
 *
 * <p>Head and ordinal are those of the newest entry of the chain at the checkpoint, 0 if there is
 * none. Kinds and flags have the codes of {@link AccountRecord}.
 */
final class CheckpointFile {
  static final String MAGIC = "TALEACKP";

  static final int ASSET_FIXED = 2 + 1 + 8 + 8 + 24 + 24;
  static final int ACCOUNT_FIXED = 2 + 1 + 1 + 4 + 8 + 8 + 16;

  // Fields of the header.
  static final int FIELD_TAG = 0;
  static final int FIELD_ASSETS = 1;
  static final int FIELD_ACCOUNTS = 2;
  static final int FIELD_BODY_LENGTH = 3;
  static final int FIELD_BODY_CRC = 4;

  private static final Pattern NAME = Pattern.compile("checkpoint-\\d{20}\\.ckp");

  private CheckpointFile() {}

  static Path path(Path folder, long seq) {
    return folder.resolve("checkpoint-%020d.ckp".formatted(seq));
  }

  static Path temporary(Path folder) {
    return folder.resolve("checkpoint.tmp");
  }

  static boolean isName(String file) {
    return NAME.matcher(file).matches();
  }
}
