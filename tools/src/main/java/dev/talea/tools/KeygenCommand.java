// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.proof.MalformedException;
import dev.talea.audit.proof.SigningKey;
import dev.talea.server.settings.FileTrouble;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code talea head keygen}. */
@Command(
    name = "keygen",
    description = {
      "Makes a key that signs heads, and prints the public half, which others verify with.",
      "The key file is a secret that only its owner may read. It is never overwritten."
    })
final class KeygenCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "NAME",
      description =
          "What the key signs as: the name of the log, such as ledger.example.com/_anchors.")
  private String name = "";

  @Option(
      names = "--out",
      required = true,
      paramLabel = "KEYFILE",
      description = "Where the key goes; a file that is not there yet.")
  private Path out = Path.of("");

  private final Shell shell;

  KeygenCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    SigningKey key;
    try {
      key = SigningKey.generate(name, SystemChance.strong());
    } catch (MalformedException e) {
      throw new UsageException("" + e.getMessage());
    }
    write(shell.directory().resolve(out), key);
    shell.out().line(key.verifier().toString());
    return Main.OK;
  }

  private void write(Path file, SigningKey key) {
    String shown = Terminal.safe(out.toString());
    try (FileChannel channel = created(file)) {
      try {
        ByteBuffer bytes = ByteBuffer.wrap(key.toKeyFile().getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        // Before the public half is shown: others will wait for what this key signs.
        channel.force(true);
      } catch (IOException e) {
        Files.deleteIfExists(file); // half a key would stand in the way of a whole one
        throw e;
      }
    } catch (FileAlreadyExistsException e) {
      throw new FailedException(
          shown
              + " is there already, and a key is never overwritten: nothing could follow what it has"
              + " signed. Name another file.",
          e);
    } catch (IOException e) {
      throw new FailedException(shown + " cannot be written: " + FileTrouble.words(e), e);
    }
  }

  /** Readable by its owner only from the first moment, where the file system knows owners. */
  private static FileChannel created(Path file) throws IOException {
    boolean posix = Files.getFileStore(parent(file)).supportsFileAttributeView("posix");
    FileAttribute<?>[] owner =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    return FileChannel.open(
        file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), owner);
  }

  private static Path parent(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? file.toAbsolutePath() : parent;
  }
}
