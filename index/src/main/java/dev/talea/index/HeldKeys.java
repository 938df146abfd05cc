package dev.talea.index;

/**
 * Keys that belong into a file that cannot be written: held in memory until a merge succeeds.
 * Immutable; any thread.
 */
record HeldKeys(long fromSeq, long toSeq, KeyTable table) implements KeyStretch {
  @Override
  public long count() {
    return table.size();
  }

  @Override
  public long find(byte[] key, long hash, KeyRecords records, KeyRun.Scratch scratch) {
    return table.find(key, hash, Long.MAX_VALUE, records);
  }

  @Override
  public KeyEntries sorted() {
    return table.sorted();
  }
}
