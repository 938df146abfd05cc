// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A signature line of a note: whose it is said to be, and its bytes. Says nothing yet. Immutable.
 */
public final class NoteSignature {
  private static final String PREFIX = "\u2014 ";

  private final String name;
  private final int keyId;
  private final byte[] bytes;

  NoteSignature(String name, int keyId, byte[] bytes) {
    this.name = name;
    this.keyId = keyId;
    this.bytes = bytes;
  }

  /** Reads a line, without its line feed. Such lines are what a witness answers. */
  public static NoteSignature parse(String line) {
    int space = line.indexOf(' ', PREFIX.length());
    if (!line.startsWith(PREFIX) || space < 0) {
      throw new MalformedException(
          "a signature line begins with an em dash, a space, a name and a space; this is "
              + StrictText.quoted(line));
    }
    String name = line.substring(PREFIX.length(), space);
    String fault = VerifierKey.nameFault(name);
    if (fault != null) {
      throw new MalformedException(
          "the name in signature line " + StrictText.quoted(line) + " " + fault);
    }
    byte[] all = StrictText.base64("the signature of " + name, line.substring(space + 1));
    if (all.length <= Integer.BYTES) {
      throw new MalformedException("the signature of " + name + " has no bytes");
    }
    return new NoteSignature(
        name, ByteBuffer.wrap(all).getInt(), Arrays.copyOfRange(all, Integer.BYTES, all.length));
  }

  /** The name of the key that is said to have signed. */
  public String name() {
    return name;
  }

  int keyId() {
    return keyId;
  }

  /** What that key made of the text; not to be changed. */
  byte[] bytes() {
    return bytes;
  }

  /** The line, without a line feed. */
  public String line() {
    byte[] all = ByteBuffer.allocate(Integer.BYTES + bytes.length).putInt(keyId).put(bytes).array();
    return PREFIX + name + " " + StrictText.encoded(all);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof NoteSignature that
        && keyId == that.keyId
        && name.equals(that.name)
        && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return line();
  }
}
