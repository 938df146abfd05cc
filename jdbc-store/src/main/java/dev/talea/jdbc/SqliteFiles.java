package dev.talea.jdbc;

import dev.talea.ledger.Outage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Knows whether the names of a SQLite database still stand for the files that were opened. An open
 * file stays what it is when its name is removed or given to another one: commits would go on being
 * acknowledged into a file that no restart will find. So the identities are compared before each
 * transaction, after each commit and before its answers. What was once exchanged stays out of use,
 * also if it is put back: in between somebody else may have written.
 *
 * <p>Apart from the database because it asks the file system and not SQLite. Any thread.
 */
final class SqliteFiles {
  private final Path file;

  /** What was opened; null until it has been. */
  private volatile @Nullable Opened opened;

  /** The log of changes and its index, which SQLite makes beside the file; null for not yet. */
  private volatile @Nullable Beside beside;

  private volatile @Nullable Outage replaced;

  private record Opened(Path real, Object identity) {
    Path log() {
      return real.resolveSibling(real.getFileName() + "-wal");
    }

    Path index() {
      return real.resolveSibling(real.getFileName() + "-shm");
    }
  }

  private record Beside(@Nullable Object log, @Nullable Object index) {}

  SqliteFiles(Path file) {
    this.file = file;
  }

  /** Whether there is a file that counts from now on. */
  boolean isOpened() {
    return opened != null;
  }

  /** The file as it is now is the one that counts. Called while a connection to it is open. */
  void opened() throws OutageException {
    try {
      Path real = SystemFiles.realPath(file);
      Object identity = SystemFiles.identity(real);
      if (identity == null) {
        throw replaced("was removed");
      }
      opened = new Opened(real, identity);
    } catch (IOException e) {
      throw unknown(e);
    }
  }

  /** The connection that writes has just begun its first transaction. */
  void writing() throws OutageException {
    Opened before = opened;
    if (before != null) {
      try {
        beside =
            new Beside(SystemFiles.identity(before.log()), SystemFiles.identity(before.index()));
      } catch (IOException e) {
        throw unknown(e);
      }
    }
  }

  /** The file is still the one that was opened. */
  void check() throws OutageException {
    Outage known = replaced;
    if (known != null) {
      throw new OutageException(known);
    }
    Opened before = opened;
    if (before == null) {
      return;
    }
    try {
      compare(file, before.identity);
    } catch (IOException e) {
      throw unknown(e);
    }
  }

  /** The file and what lies beside it are still those that were opened. */
  void checkAll() throws OutageException {
    check();
    Opened before = opened;
    Beside made = beside;
    if (before != null && made != null) {
      try {
        compare(before.log(), made.log);
        compare(before.index(), made.index);
      } catch (IOException e) {
        throw unknown(e);
      }
    }
  }

  /** Why the files are out of use until a restart; null if they are not. */
  @Nullable Outage outage() {
    try {
      checkAll();
      return replaced;
    } catch (OutageException e) {
      return OutageException.in(e);
    }
  }

  private void compare(Path path, @Nullable Object before) throws IOException, OutageException {
    Object now = SystemFiles.identity(path);
    if (!Objects.equals(now, before)) {
      throw replaced(
          path.getFileName() + (now == null ? " was moved or removed" : " is another file now"));
    }
  }

  private OutageException replaced(String what) {
    Outage why =
        new Outage(
            Outage.Cause.REPLACED,
            "the file of the ledger was moved, removed or exchanged while it was in use",
            "The SQLite file "
                + file.toAbsolutePath()
                + " was exchanged while it was in use: "
                + what
                + ". What was acknowledged is in the file that was opened, with its -wal; no more is"
                + " until a restart. Stop this process, put the right files in place, start it.");
    replaced = why;
    return new OutageException(why);
  }

  private OutageException unknown(IOException e) {
    return new OutageException(
        new Outage(
            Outage.Cause.PERMISSION,
            "whether the file of the ledger is still the one in use cannot be found out",
            "Whether the SQLite file "
                + file.toAbsolutePath()
                + " is still the one in use cannot be found out: "
                + e.getMessage()));
  }
}
