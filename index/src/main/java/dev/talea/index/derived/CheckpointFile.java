// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.derived;

import dev.talea.index.record.AccountRecord;
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
public final class CheckpointFile {
  public static final String MAGIC = "TALEACKP";

  public static final int ASSET_FIXED = 2 + 1 + 8 + 8 + 24 + 24;
  public static final int ACCOUNT_FIXED = 2 + 1 + 1 + 4 + 8 + 8 + 16;

  // Fields of the header.
  public static final int FIELD_TAG = 0;
  public static final int FIELD_ASSETS = 1;
  public static final int FIELD_ACCOUNTS = 2;
  public static final int FIELD_BODY_LENGTH = 3;
  public static final int FIELD_BODY_CRC = 4;

  private static final Pattern NAME = Pattern.compile("checkpoint-\\d{20}\\.ckp");

  private CheckpointFile() {}

  public static Path path(Path folder, long seq) {
    return folder.resolve("checkpoint-%020d.ckp".formatted(seq));
  }

  public static Path temporary(Path folder) {
    return folder.resolve("checkpoint.tmp");
  }

  public static boolean isName(String file) {
    return NAME.matcher(file).matches();
  }

  /** Whether this is the name of a checkpoint, and of one at a seq or before it. */
  public static boolean isNameUpTo(String file, long seq) {
    return isName(file) && file.compareTo("checkpoint-%020d.ckp".formatted(seq)) <= 0;
  }
}
