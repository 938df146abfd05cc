// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static java.util.Objects.requireNonNull;

import dev.talea.audit.anchor.AnchorLog;
import dev.talea.audit.head.LedgerHead;
import dev.talea.audit.proof.MalformedException;
import dev.talea.audit.proof.StaticTiles;
import dev.talea.log.TreeHead;
import dev.talea.log.disk.LogFiles;
import dev.talea.server.settings.FileTrouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * The static files of {@code talea export --tiles}: a folder for each log, named as its folder in
 * the ledger, so that a log is served below its origin. Apart from {@link ExportCommand} because
 * nothing of events is in it. One thread.
 */
final class TileExport {
  private final Shell shell;
  private final LedgerDirectory ledger;
  private final LedgerHead head;

  TileExport(Shell shell, LedgerDirectory ledger, LedgerHead head) {
    this.shell = shell;
    this.ledger = ledger;
    this.head = head;
  }

  /**
   * Writes the books and then the log that speaks for them.
   *
   * @param only this book, if it is not null
   */
  void write(Path out, @Nullable String only) {
    if (out.toAbsolutePath().normalize().startsWith(ledger.path().toAbsolutePath().normalize())) {
      throw new FailedException(out + " lies within the ledger. Name another folder.");
    }
    SortedMap<String, TreeHead> anchored = head.books();
    if (only != null && !anchored.containsKey(only)) {
      throw new FailedException("Not anchored yet: there is no head of book '" + only + "'.");
    }
    for (Map.Entry<String, TreeHead> book : anchored.entrySet()) {
      if (only == null || only.equals(book.getKey())) {
        String name = book.getKey();
        say(name, place -> head.writeTiles(name, book.getValue(), place), out);
      }
    }
    if (only == null) {
      say(AnchorLog.NAME, head::writeTiles, out);
      for (String name : ledger.files().names()) {
        if (!anchored.containsKey(name) && !name.equals(AnchorLog.NAME)) {
          shell.err().println("Left out: '" + Terminal.safe(name) + "' is not anchored yet.");
        }
      }
    }
    shell.out().flush();
  }

  private interface Writer {
    long write(StaticTiles.Place place);
  }

  private void say(String name, Writer writer, Path out) {
    Path folder = out.resolve(LogFiles.folderName(name));
    long records;
    try {
      records = writer.write(new Folder(folder));
    } catch (MalformedException e) {
      throw new FailedException(folder + " is not written: " + e.getMessage() + ".", e);
    }
    shell.out().line("%s: %d records are new".formatted(Terminal.safe("" + folder), records));
  }

  /** A folder of files; each is there as a whole or not at all. */
  private record Folder(Path root) implements StaticTiles.Place {
    @Override
    public byte @Nullable [] read(String path) {
      try {
        return Files.readAllBytes(root.resolve(path));
      } catch (NoSuchFileException e) {
        return null;
      } catch (IOException e) {
        throw new FailedException(
            root.resolve(path) + " cannot be read: " + FileTrouble.words(e), e);
      }
    }

    @Override
    public void write(String path, byte[] bytes) {
      Path file = root.resolve(path);
      Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
      try {
        Files.createDirectories(requireNonNull(file.getParent()));
        Files.write(unfinished, bytes);
        Files.move(
            unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        throw new FailedException(file + " cannot be written: " + FileTrouble.words(e), e);
      }
    }
  }
}
