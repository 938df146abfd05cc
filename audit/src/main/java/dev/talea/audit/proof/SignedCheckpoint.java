// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

/**
 * A head and its signatures, which may be none. Separate from {@link Checkpoint}, which is what
 * they sign. Immutable.
 *
 * @param checkpoint what the text of the note says
 * @param note the text itself with its signatures
 */
public record SignedCheckpoint(Checkpoint checkpoint, SignedNote note) {

  public SignedCheckpoint {
    if (!checkpoint.text().equals(note.text())) {
      throw new IllegalArgumentException("the note is not about the checkpoint");
    }
  }

  /** A head that no key has signed. */
  public static SignedCheckpoint unsigned(Checkpoint checkpoint) {
    return new SignedCheckpoint(checkpoint, SignedNote.unsigned(checkpoint.text()));
  }

  /** Reads a head, signed or not. */
  public static SignedCheckpoint parse(byte[] bytes) {
    SignedNote note = SignedNote.parse(bytes);
    return new SignedCheckpoint(Checkpoint.parse(note.text()), note);
  }

  /** The same head, signed by the log's key too. */
  public SignedCheckpoint signedBy(SigningKey key) {
    return with(key.sign(note.text()));
  }

  /** The same head with one signature more, such as a witness's. */
  public SignedCheckpoint with(NoteSignature signature) {
    return new SignedCheckpoint(checkpoint, note.with(signature));
  }

  /** The text as it is written to a file. */
  public byte[] bytes() {
    return note.bytes();
  }
}
