// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import dev.talea.log.TreeHash;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A public key by its name, as the specification signed-note spells it: {@code NAME+ID+BASE64},
 * "vkey". Keys of kinds that are not verified here are kept as they are, so that a policy may name
 * them: what they signed counts as signed by an unknown key. Immutable.
 */
public final class VerifierKey {
  /** Ed25519 over the text of a note: how a log signs. */
  static final byte ED25519 = 0x01;

  /** Ed25519 over time and text of a checkpoint: how a witness signs. */
  static final byte COSIGNATURE = 0x04;

  private static final byte COSIGNATURE_ML_DSA = 0x06;

  /**
   * Kinds whose ids are not made of name, kind and key: ECDSA, RFC 6962, and what has no number.
   */
  private static final Set<Byte> OTHER_IDS = Set.of((byte) 0x02, (byte) 0x05, (byte) 0xFF);

  /** The largest keys in use, those of ML-DSA-87, have 2592 bytes. */
  private static final int TEXT_MAX = 8192;

  // At the first two '+' only: base64 has some of its own.
  private static final Pattern FORM = Pattern.compile("([^+]+)\\+([0-9a-f]{8})\\+(.+)");

  private final String name;
  private final int id;
  private final byte type;
  private final byte[] publicKey;

  private VerifierKey(String name, int id, byte type, byte[] publicKey) {
    this.name = name;
    this.id = id;
    this.type = type;
    this.publicKey = publicKey;
  }

  /** A key of a kind whose id is computed from name, kind and key. */
  static VerifierKey of(String name, byte type, byte[] publicKey) {
    return new VerifierKey(name, id(name, type, publicKey), type, publicKey.clone());
  }

  /** Reads a vkey. */
  public static VerifierKey parse(String vkey) {
    Matcher parts = FORM.matcher(vkey);
    if (vkey.length() > TEXT_MAX || !parts.matches()) {
      throw new MalformedException(
          "a key to verify with has the form NAME+8 hex digits+BASE64; this is "
              + StrictText.quoted(vkey));
    }
    String name = parts.group(1);
    String fault = nameFault(name);
    if (fault != null) {
      throw new MalformedException("the name of key " + StrictText.quoted(vkey) + " " + fault);
    }
    byte[] typed = StrictText.base64("key " + name, parts.group(3));
    if (typed.length < 2) {
      throw new MalformedException("key " + StrictText.quoted(vkey) + " has no bytes");
    }
    byte type = typed[0];
    byte[] publicKey = Arrays.copyOfRange(typed, 1, typed.length);
    if ((type == ED25519 || type == COSIGNATURE) && publicKey.length != Ed25519.KEY_BYTES) {
      throw new MalformedException(
          "key %s has %d bytes, and one of Ed25519 has 32".formatted(name, publicKey.length));
    }
    int id = Integer.parseUnsignedInt(parts.group(2), 16);
    int computed = id(name, type, publicKey);
    if (id != computed && !OTHER_IDS.contains(type)) {
      throw new MalformedException(
          "key %s names the id %08x, and by its bytes it is %08x: a character of it has changed"
              .formatted(name, id, computed));
    }
    return new VerifierKey(name, id, type, publicKey);
  }

  private static int id(String name, byte type, byte[] publicKey) {
    MessageDigest sha256 = TreeHash.sha256();
    sha256.update(name.getBytes(StandardCharsets.UTF_8));
    sha256.update((byte) '\n');
    sha256.update(type);
    sha256.update(publicKey);
    return ByteBuffer.wrap(sha256.digest()).getInt();
  }

  /** What is wrong with the name of a key, to stand behind it; null if nothing is. */
  static @Nullable String nameFault(String name) {
    if (name.isEmpty()) {
      return "is empty";
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '+') {
        return "holds a '+', which separates the parts of a key";
      }
      if (Character.isWhitespace(c) || Character.isSpaceChar(c) || Character.isISOControl(c)) {
        return "holds white space or a control character, U+%04X".formatted((int) c);
      }
    }
    return null;
  }

  public String name() {
    return name;
  }

  /** The first four bytes of a hash over name, kind and key. */
  int id() {
    return id;
  }

  /** Whether signatures of this kind can be verified here. */
  public boolean isSupported() {
    return type == ED25519 || type == COSIGNATURE;
  }

  /** Whether it signs a time with the checkpoint, as witnesses do. */
  public boolean isCosigner() {
    return type == COSIGNATURE || type == COSIGNATURE_ML_DSA;
  }

  /** Whether the key itself is the same, by whatever name. */
  boolean hasKeyOf(VerifierKey that) {
    return Arrays.equals(publicKey, that.publicKey);
  }

  /** Whether a signature line is said to be of this key. */
  boolean isNamedBy(NoteSignature signature) {
    return id == signature.keyId() && name.equals(signature.name());
  }

  /** Whether this key signed the text. */
  boolean verifies(String text, NoteSignature signature) {
    byte[] bytes = signature.bytes();
    if (type == ED25519) {
      return Ed25519.verifies(publicKey, text.getBytes(StandardCharsets.UTF_8), bytes);
    }
    if (type != COSIGNATURE || bytes.length != Long.BYTES + Ed25519.SIGNATURE_BYTES) {
      return false;
    }
    long seconds = seconds(signature);
    return seconds >= 0
        && Ed25519.verifies(
            publicKey,
            cosigned(text, seconds),
            Arrays.copyOfRange(bytes, Long.BYTES, bytes.length));
  }

  /** The time that a cosignature states, in seconds since 1970. */
  static long seconds(NoteSignature cosignature) {
    return ByteBuffer.wrap(cosignature.bytes()).getLong();
  }

  /** What a witness signs. */
  static byte[] cosigned(String text, long seconds) {
    return ("cosignature/v1\ntime " + seconds + "\n" + text).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof VerifierKey that
        && type == that.type
        && id == that.id
        && name.equals(that.name)
        && Arrays.equals(publicKey, that.publicKey);
  }

  @Override
  public int hashCode() {
    return id;
  }

  /** The vkey. */
  @Override
  public String toString() {
    byte[] typed = new byte[1 + publicKey.length];
    typed[0] = type;
    System.arraycopy(publicKey, 0, typed, 1, publicKey.length);
    return "%s+%08x+%s".formatted(name, id, StrictText.encoded(typed));
  }
}
