// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.head.BookHead;
import dev.talea.audit.proof.Checkpoint;
import dev.talea.audit.proof.MalformedException;
import dev.talea.audit.proof.SignedCheckpoint;
import dev.talea.audit.proof.SigningKey;
import dev.talea.server.settings.FileTrouble;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Signs heads with a key, and never two that contradict one another: the head that was signed last
 * lies beside the key, in {@code KEYFILE.last}, apart from what a backup of the ledger brings back.
 * A head that does not extend it is refused. It is on disk before the signature is shown, so a
 * crash can leave a head there that was never shown, and never the other way round.
 *
 * <p>Holds {@code KEYFILE.lock} while it works: two that signed at once would each see the same
 * last head. One thread.
 */
final class HeadSigner {
  private static final int KEY_BYTES_MAX = 8192;

  private final Path keyFile;
  private final SigningKey key;

  private HeadSigner(Path keyFile, SigningKey key) {
    this.keyFile = keyFile;
    this.key = key;
  }

  /**
   * Reads the key.
   *
   * @throws FailedException if it cannot be read
   */
  static HeadSigner of(Path keyFile) {
    try {
      byte[] text = Files.readAllBytes(keyFile);
      if (text.length > KEY_BYTES_MAX) {
        throw new FailedException(keyFile + " is no key file: it has " + text.length + " bytes.");
      }
      return new HeadSigner(keyFile, SigningKey.parse(new String(text, StandardCharsets.UTF_8)));
    } catch (MalformedException e) {
      throw new FailedException(keyFile + " is no key file: " + e.getMessage(), e);
    } catch (NoSuchFileException e) {
      throw new FailedException(
          "There is no key " + keyFile + "; 'talea head keygen' makes one.", e);
    } catch (IOException e) {
      throw new FailedException(keyFile + " cannot be read: " + FileTrouble.words(e), e);
    }
  }

  /**
   * A signed head.
   *
   * @param head with the log's signature
   * @param before the head that was signed last; null for the first
   */
  record Signed(SignedCheckpoint head, @Nullable Checkpoint before) {}

  /**
   * Signs a head, after making sure that it extends the last one.
   *
   * @throws FailedException if it does not, or this cannot be made sure of
   */
  Signed sign(BookHead head) {
    Checkpoint checkpoint = head.checkpoint();
    if (!key.verifier().name().equals(checkpoint.origin())) {
      throw new FailedException(
          ("The key signs as '%s', and this is the log '%s': by the name of a key others know"
                  + " whose heads it signs. Set TALEA_ORIGIN, or take the key of this log.")
              .formatted(key.verifier().name(), checkpoint.origin()));
    }
    try (FileChannel lock =
            FileChannel.open(beside(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var held = lock.lock()) {
      Checkpoint last = held.isValid() ? last() : null;
      if (last != null) {
        requireExtended(head, last);
      }
      SignedCheckpoint signed = SignedCheckpoint.unsigned(checkpoint).signedBy(key);
      if (last == null || !last.equals(checkpoint)) {
        remember(checkpoint);
      }
      return new Signed(signed, last);
    } catch (IOException e) {
      throw new FailedException(
          "Nothing was signed: %s cannot be kept: %s"
              .formatted(beside(".last"), FileTrouble.words(e)),
          e);
    }
  }

  private Path beside(String ending) {
    return keyFile.resolveSibling(keyFile.getFileName() + ending);
  }

  private @Nullable Checkpoint last() throws IOException {
    Path file = beside(".last");
    try {
      return Checkpoint.parse(Files.readString(file));
    } catch (NoSuchFileException e) {
      return null;
    } catch (MalformedException e) {
      throw new FailedException(
          "Nothing was signed: %s should hold the head that was signed last: %s"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  private void requireExtended(BookHead head, Checkpoint last) {
    Checkpoint now = head.checkpoint();
    String why = null;
    if (!last.origin().equals(now.origin())) {
      why = "it was of the log '" + last.origin() + "', and this is '" + now.origin() + "'";
    } else if (last.size() > now.size()) {
      why =
          ("it had %d records, and the log has %d now: it was restored, or another was put in its"
                  + " place")
              .formatted(last.size(), now.size());
    } else if (!head.at(last.size()).equals(last)) {
      why =
          "the first %d records are not those that it was of: the history is another"
              .formatted(last.size());
    }
    if (why != null) {
      throw new FailedException(
          ("Not signed: this head does not extend the one that was signed last (%s): %s. Two"
                  + " heads that contradict one another would make the key worthless. If the ledger"
                  + " is to go on from here, give it a new origin and a new key.")
              .formatted(beside(".last"), why));
    }
  }

  /** There whole or not at all, and on disk when this returns. */
  private void remember(Checkpoint checkpoint) throws IOException {
    Path file = beside(".last");
    Path temporary = beside(".last.tmp");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(checkpoint.text().getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
        names.force(true);
      }
    }
  }
}
