package dev.talea.index;

/**
 * The idempotency keys of a stretch of a book's log that no longer changes: in a file ({@link
 * KeyRun}), or, if no file can be written, in memory ({@link HeldKeys}).
 *
 * <p>Any thread.
 */
sealed interface KeyStretch permits KeyRun, HeldKeys {
  /** Seq of the first record covered. */
  long fromSeq();

  /** Seq of the last record covered. */
  long toSeq();

  long count();

  /**
   * Position of the record with this key, or {@link KeyRecords#ABSENT}.
   *
   * @throws DamagedFileException if what would tell is damaged
   */
  long find(byte[] key, long hash, KeyRecords records, KeyRun.Scratch scratch);

  /** All its keys by hash. */
  KeyEntries sorted();
}
