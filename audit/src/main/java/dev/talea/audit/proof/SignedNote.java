// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A text and who signed it, as the specification signed-note draws it. The text is worth nothing
 * before {@link #verify} has said so. A text without any signature is one too: a head that was not
 * signed. Immutable.
 */
public final class SignedNote {
  /** As much as Go's note package reads. */
  public static final int BYTES_MAX = 1_000_000;

  /** Witnesses are some dozens; without a limit a file could make us verify for hours. */
  public static final int SIGNATURES_MAX = 100;

  private final String text;
  private final List<NoteSignature> signatures;

  private SignedNote(String text, List<NoteSignature> signatures) {
    this.text = text;
    this.signatures = List.copyOf(signatures);
  }

  /** A text that no key has signed yet; it ends with a line feed. */
  public static SignedNote unsigned(String text) {
    StrictText.requireNoControls("the text of a note", text);
    if (!text.endsWith("\n")) {
      throw new MalformedException(
          "the text of a note ends with a line feed, and this one does not");
    }
    return new SignedNote(text, List.of());
  }

  /**
   * Reads a note. Without an empty line it is a text that no key has signed; with one, signature
   * lines have to follow the last.
   */
  public static SignedNote parse(byte[] bytes) {
    String all = StrictText.decoded("a note", bytes, BYTES_MAX);
    int split = all.lastIndexOf("\n\n");
    if (split < 0) {
      return unsigned(all);
    }
    String lines = all.substring(split + 2);
    if (!lines.endsWith("\n")) {
      throw new MalformedException(
          lines.isEmpty()
              ? "a note has signature lines behind its last empty line, and this one has none"
              : "a note ends with a line feed, and this one does not: it is cut short");
    }
    List<NoteSignature> signatures = new ArrayList<>();
    for (String line : lines.substring(0, lines.length() - 1).split("\n", SIGNATURES_MAX + 1)) {
      if (signatures.size() == SIGNATURES_MAX) {
        throw new MalformedException("a note has at most " + SIGNATURES_MAX + " signatures");
      }
      signatures.add(NoteSignature.parse(line));
    }
    return new SignedNote(all.substring(0, split + 1), signatures);
  }

  /** The same text with one signature more. */
  public SignedNote with(NoteSignature signature) {
    if (signatures.size() == SIGNATURES_MAX) {
      throw new IllegalStateException("a note has at most " + SIGNATURES_MAX + " signatures");
    }
    List<NoteSignature> more = new ArrayList<>(signatures);
    more.add(signature);
    return new SignedNote(text, more);
  }

  /** What was signed; ends with a line feed. */
  public String text() {
    return text;
  }

  public List<NoteSignature> signatures() {
    return signatures;
  }

  /** The whole note. */
  public byte[] bytes() {
    StringBuilder all = new StringBuilder(text);
    if (!signatures.isEmpty()) {
      all.append('\n');
      signatures.forEach(signature -> all.append(signature.line()).append('\n'));
    }
    return all.toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * A signature, and the key that made it.
   *
   * @param key has verified it
   */
  public record Signed(VerifierKey key, NoteSignature signature) {}

  /**
   * What the signatures of a note are worth.
   *
   * @param verified those of known keys that hold
   * @param failed names of known keys whose signatures do not; any rejects the note
   * @param unknown names of other keys, which say nothing
   */
  public record Signatures(List<Signed> verified, List<String> failed, List<String> unknown) {

    /** Whether the text may be believed as far as the keys are. */
    public boolean areAccepted() {
      return failed.isEmpty() && !verified.isEmpty();
    }
  }

  /** Verifies every signature that names one of these keys. */
  public Signatures verify(Collection<VerifierKey> known) {
    List<Signed> verified = new ArrayList<>();
    List<String> failed = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (NoteSignature signature : signatures) {
      boolean named = false;
      for (VerifierKey key : known) {
        if (key.isSupported() && key.isNamedBy(signature)) {
          named = true;
          if (key.verifies(text, signature)) {
            verified.add(new Signed(key, signature));
          } else {
            failed.add(signature.name());
          }
        }
      }
      if (!named) {
        unknown.add(signature.name());
      }
    }
    return new Signatures(List.copyOf(verified), List.copyOf(failed), List.copyOf(unknown));
  }
}
