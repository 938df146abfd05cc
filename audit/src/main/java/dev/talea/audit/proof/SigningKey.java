// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A secret key by its name, spelled as Go's note package does: {@code PRIVATE+KEY+NAME+ID+BASE64}
 * on one line. Signs as a log or, with a time, as a witness. Immutable; its text never appears in
 * an error or in {@link #toString}.
 */
public final class SigningKey {
  /** What names of keys that we make are limited to: the limit of the newer cosignatures. */
  public static final int NAME_BYTES_MAX = 255;

  private static final Pattern FORM =
      Pattern.compile("PRIVATE\\+KEY\\+([^+]+)\\+([0-9a-f]{8})\\+([^\\n]+)\\n?");

  private static final int TEXT_MAX = 8192;

  private final byte[] seed;
  private final byte type;
  private final VerifierKey verifier;

  private SigningKey(String name, byte type, byte[] seed) {
    this.seed = seed;
    this.type = type;
    this.verifier = VerifierKey.of(name, type, Ed25519.publicKey(seed));
  }

  /**
   * A new key for a log.
   *
   * @param name what it signs as: the origin of the log
   * @param random a strong source of chance
   */
  public static SigningKey generate(String name, RandomGenerator random) {
    return generate(name, VerifierKey.ED25519, random);
  }

  /** A new key for a witness. */
  public static SigningKey generateWitness(String name, RandomGenerator random) {
    return generate(name, VerifierKey.COSIGNATURE, random);
  }

  private static SigningKey generate(String name, byte type, RandomGenerator random) {
    String fault = VerifierKey.nameFault(name);
    if (fault == null && name.getBytes(StandardCharsets.UTF_8).length > NAME_BYTES_MAX) {
      fault = "has more than " + NAME_BYTES_MAX + " bytes";
    }
    if (fault != null) {
      throw new MalformedException("the name of a key " + fault);
    }
    byte[] seed = new byte[Ed25519.KEY_BYTES];
    random.nextBytes(seed);
    return new SigningKey(name, type, seed);
  }

  /** Reads the text of a key file. */
  public static SigningKey parse(String keyFile) {
    Matcher parts = FORM.matcher(keyFile);
    if (keyFile.length() > TEXT_MAX || !parts.matches()) {
      throw new MalformedException(
          "a key file is one line of the form PRIVATE+KEY+NAME+8 hex digits+BASE64; this one is"
              + " not (it is not shown)");
    }
    String name = parts.group(1);
    if (VerifierKey.nameFault(name) != null) {
      throw new MalformedException("the key file's name " + VerifierKey.nameFault(name));
    }
    byte[] typed;
    try {
      typed = StrictText.base64("key", parts.group(3));
    } catch (MalformedException e) {
      throw new MalformedException("key " + name + " is not base64 (it is not shown)");
    }
    if (typed.length != 1 + Ed25519.KEY_BYTES
        || (typed[0] != VerifierKey.ED25519 && typed[0] != VerifierKey.COSIGNATURE)) {
      throw new MalformedException(
          "key " + name + " is not one of Ed25519, the only kind we sign with");
    }
    SigningKey key = new SigningKey(name, typed[0], Arrays.copyOfRange(typed, 1, typed.length));
    if (key.verifier.id() != Integer.parseUnsignedInt(parts.group(2), 16)) {
      throw new MalformedException(
          "key %s names the id %s, and by its bytes it is %08x: a character of the file has changed"
              .formatted(name, parts.group(2), key.verifier.id()));
    }
    return key;
  }

  /** The text of a key file, a secret. Ends with a line feed. */
  public String toKeyFile() {
    byte[] typed = new byte[1 + seed.length];
    typed[0] = type;
    System.arraycopy(seed, 0, typed, 1, seed.length);
    return "PRIVATE+KEY+%s+%08x+%s\n"
        .formatted(verifier.name(), verifier.id(), StrictText.encoded(typed));
  }

  /** The public half. */
  public VerifierKey verifier() {
    return verifier;
  }

  /** Signs the text of a note, as a log does. */
  public NoteSignature sign(String text) {
    require(VerifierKey.ED25519, "a log");
    byte[] message = text.getBytes(StandardCharsets.UTF_8);
    return new NoteSignature(verifier.name(), verifier.id(), Ed25519.sign(seed, message));
  }

  /** Signs a checkpoint as seen at this time, in seconds since 1970, as a witness does. */
  public NoteSignature cosign(Checkpoint checkpoint, long unixSeconds) {
    require(VerifierKey.COSIGNATURE, "a witness");
    if (unixSeconds < 0) {
      throw new IllegalArgumentException("a cosignature has no time before 1970: " + unixSeconds);
    }
    byte[] signature = Ed25519.sign(seed, VerifierKey.cosigned(checkpoint.text(), unixSeconds));
    return new NoteSignature(
        verifier.name(),
        verifier.id(),
        ByteBuffer.allocate(Long.BYTES + signature.length)
            .putLong(unixSeconds)
            .put(signature)
            .array());
  }

  private void require(byte wanted, String signer) {
    if (type != wanted) {
      throw new IllegalStateException(
          "key %s is of kind %d, and %s signs with kind %d"
              .formatted(verifier.name(), type, signer, wanted));
    }
  }

  /** The public half only. */
  @Override
  public String toString() {
    return verifier.toString();
  }
}
