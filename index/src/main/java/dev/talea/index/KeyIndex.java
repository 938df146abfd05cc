package dev.talea.index;

/**
 * Which record of a book holds an idempotency key. Never a false answer (the record itself is read
 * and compared) and never a miss for a key that was added.
 *
 * <p>Owned by the book's writer. An interface, because memory for every key ever used is one way to
 * do it and files are another.
 */
interface KeyIndex {
  /** Reads keys back from where the index says they are. */
  interface Records {
    /** Whether the transaction record at this position carries exactly this key. */
    boolean hasKey(long position, byte[] key);
  }

  /** Answer of {@link #find} for a key that is not there; no record lies at position 0. */
  long ABSENT = 0;

  /**
   * Position of the record with this key, or {@link #ABSENT}.
   *
   * @param hash {@link KeyHash} of the key
   */
  long find(byte[] key, long hash);

  /** Adds a key that {@link #find} did not find. */
  void add(byte[] key, long hash, long position);
}
