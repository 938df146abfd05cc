// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.derived.CheckpointFile;
import dev.talea.index.derived.DamagedFileException;
import dev.talea.index.derived.DerivedFiles;
import dev.talea.index.failure.BrokenRecordException;
import dev.talea.index.failure.UnreadableFileException;
import dev.talea.index.keys.KeyFilesCheck;
import dev.talea.index.keys.SeenKeys;
import dev.talea.index.keys.UniqueKeys;
import dev.talea.index.record.RecordLayout;
import dev.talea.ledger.Asset;
import dev.talea.ledger.Page;
import dev.talea.log.Disk;
import dev.talea.log.LogException;
import dev.talea.log.LogReader;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks a book from its first record on and believes nothing: every rule is applied again, every
 * balance, total, id, number and link computed again and compared, no key may have been used twice,
 * and the files that were derived from the log have to say the same as the log. Reads only.
 *
 * <p>Apart from {@link BookOpening} because that one is in a hurry and begins with a checkpoint.
 * Belongs to one thread; memory is bounded by the number of accounts and {@code keysMax}.
 */
public final class BookCheck {
  private static final int ACCOUNTS_NAMED = 8;

  private final LogReader log;
  private final Disk disk;
  private final Path folder;
  private final int keysMax;
  private final LongConsumer passed;
  private final BookState state;
  private final List<String> derivedFaults = new ArrayList<>();
  private final List<String> derivedTorn = new ArrayList<>();

  /**
   * What was found right.
   *
   * @param events records, which is also the last seq
   * @param transactions among them
   * @param totals of the book in each asset, by its id
   * @param derivedFiles that were compared with the log
   * @param derivedFaults what is wrong with them; the book itself is right all the same
   * @param derivedTorn those that a power failure may have left half written, since short ones are
   *     not synced; the next start makes them again
   */
  public record Result(
      long events,
      int accounts,
      long transactions,
      Map<String, Total> totals,
      int derivedFiles,
      List<String> derivedFaults,
      List<String> derivedTorn) {}

  /**
   * All that was posted in an asset, in minor units; debits equal credits.
   *
   * @param precision of the asset, as the book knows it
   */
  public record Total(int precision, BigInteger debits, BigInteger credits) {}

  /**
   * Checks nothing yet.
   *
   * @param folder of the log
   * @param keysMax hashes of keys in memory at once, 8 bytes each; with more keys than that the log
   *     is read several times
   * @param passed told of the bytes of each record, each time it is read
   */
  public BookCheck(LogReader log, Disk disk, Path folder, int keysMax, LongConsumer passed) {
    this.log = log;
    this.disk = disk;
    this.folder = folder;
    this.keysMax = keysMax;
    this.passed = passed;
    this.state = new BookState(log, disk, folder);
  }

  /**
   * Checks the book.
   *
   * @throws BrokenRecordException at the first record that cannot be
   * @throws dev.talea.log.LogDamagedException at the first bytes that are not what was written, and
   *     if derived files prove that the log was longer
   */
  public Result run() {
    LostEnd.check(disk, folder, log);
    KeyFilesCheck keys = new KeyFilesCheck(disk, folder, log, new UniqueKeys(log, keysMax, passed));
    List<CheckpointReader> checkpoints = checkpoints();
    long[] transactions = {0};
    try {
      BookReplay.run(
          state,
          log,
          1,
          Long.MIN_VALUE,
          0,
          keys,
          record -> {
            compare(checkpoints, record.seq - 1);
            transactions[0] += record.type() == RecordLayout.TRANSACTION_POSTED ? 1 : 0;
            passed.accept(record.length());
          });
      compare(checkpoints, log.durableSeq());
    } finally {
      checkpoints.forEach(BookCheck::close);
    }
    derivedFaults.addAll(keys.faults());
    derivedTorn.addAll(keys.torn());
    Map<String, Total> totals = new TreeMap<>();
    for (AssetEntry asset : state.accounts.assets()) {
      totals.put(
          asset.id,
          new Total(
              asset.precision,
              asset.debits.value().toBigInteger(),
              asset.credits.value().toBigInteger()));
    }
    return new Result(
        log.durableSeq(),
        state.accounts.size(),
        transactions[0],
        totals,
        checkpoints.size() + keys.files(),
        List.copyOf(derivedFaults),
        List.copyOf(derivedTorn));
  }

  private List<CheckpointReader> checkpoints() {
    List<CheckpointReader> found = new ArrayList<>();
    for (String name : DerivedFiles.list(disk, folder)) {
      // One that knows more was written after the log was looked at: a lost end was looked for.
      if (CheckpointFile.isNameUpTo(name, log.durableSeq())) {
        Path file = folder.resolve(name);
        try {
          found.add(CheckpointReader.open(disk, file, log));
        } catch (NoSuchFileException e) {
          // a writer has made a newer one and deleted it
        } catch (DamagedFileException e) {
          (e.mayBeTorn() ? derivedTorn : derivedFaults).add(String.valueOf(e.getMessage()));
        } catch (IOException e) {
          throw new UnreadableFileException(file, e);
        }
      }
    }
    return found;
  }

  /** The checkpoint of this seq, if there is one, against the state when the book was there. */
  private void compare(List<CheckpointReader> checkpoints, long seq) {
    for (CheckpointReader checkpoint : checkpoints) {
      if (checkpoint.seq() == seq) {
        try {
          BookState stored = new BookState(log, disk, folder);
          checkpoint.restore(stored);
          String difference = difference(stored);
          if (difference != null) {
            derivedFaults.add(
                CheckpointFile.path(folder, seq) + " differs from the log: " + difference);
          }
        } catch (DamagedFileException e) {
          derivedFaults.add(String.valueOf(e.getMessage()));
        } catch (IOException e) {
          throw new UnreadableFileException(folder, e);
        }
      }
    }
  }

  private @Nullable String difference(BookState stored) {
    if (stored.tag != state.tag) {
      return "tag " + stored.tag + ", computed " + state.tag;
    }
    if (stored.accounts.size() != state.accounts.size()) {
      return stored.accounts.size() + " accounts, computed " + state.accounts.size();
    }
    AssetEntry[] storedAssets = stored.accounts.assets();
    AssetEntry[] assets = state.accounts.assets();
    if (storedAssets.length != assets.length) {
      return storedAssets.length + " assets, computed " + assets.length;
    }
    for (int i = 0; i < assets.length; i++) {
      AssetEntry is = storedAssets[i];
      AssetEntry due = assets[i];
      if (!is.id.equals(due.id)
          || is.precision != due.precision
          || !is.debits.value().equals(due.debits.value())
          || !is.credits.value().equals(due.credits.value())
          || is.chain.newest() != due.chain.newest()) {
        return "asset '" + due.id + "' or its totals";
      }
    }
    for (int i = 0; i < stored.accounts.size(); i++) {
      AccountEntry is = stored.accounts.entry(i);
      AccountEntry due = state.accounts.entry(i);
      if (!is.definition().equals(due.definition())
          || !is.rawBalance().equals(due.rawBalance())
          || is.chain.newest() != due.chain.newest()
          || is.chain.ordinal() != due.chain.ordinal()) {
        return "account '"
            + due.path
            + "' has balance "
            + is.rawBalance()
            + " there, computed "
            + due.rawBalance();
      }
    }
    return null;
  }

  private static void close(CheckpointReader checkpoint) {
    try {
      checkpoint.close();
    } catch (IOException e) {
      // it was only read
    }
  }

  /**
   * Learns which accounts there are from as much of the log as can be read, so that {@link
   * #accountsIn} can name them; checks nothing.
   */
  public void replayForNames() {
    try {
      BookReplay.run(state, log, 1, Long.MIN_VALUE, Long.MAX_VALUE, SeenKeys.NONE);
    } catch (LogException | BrokenRecordException e) {
      // as far as it went
    }
  }

  /**
   * Paths of the accounts that a damaged record is about, as far as its bytes can be understood and
   * the records before it say which accounts there are. For people: what is damaged proves nothing.
   */
  public Set<String> accountsIn(byte[] payload) {
    Set<String> paths = new TreeSet<>();
    ByteBuffer bytes = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
    if (payload.length < RecordLayout.TX_POSTINGS
        || payload[RecordLayout.TYPE_U8] != RecordLayout.TRANSACTION_POSTED) {
      return paths;
    }
    int postings = bytes.getShort(RecordLayout.TX_POSTING_COUNT_U16) & 0xFFFF;
    boolean wide = (bytes.getShort(RecordLayout.FLAGS_U16) & RecordLayout.FLAG_WIDE_POSTINGS) != 0;
    int length = wide ? RecordLayout.WIDE_POSTING_BYTES : RecordLayout.NARROW_POSTING_BYTES;
    for (int i = 0; i < postings && paths.size() < ACCOUNTS_NAMED; i++) {
      int at = RecordLayout.TX_POSTINGS + i * length;
      if (at + length > payload.length) {
        break;
      }
      AccountEntry account = state.accounts.numbered(bytes.getInt(at));
      if (account != null) {
        paths.add(account.path);
      }
    }
    return paths;
  }

  /**
   * Checks the registry, and gives what is registered, by id.
   *
   * @param log of the book {@code _system}
   * @throws BrokenRecordException at the first record that cannot be
   */
  public static Map<String, Asset> registry(LogReader log) {
    AssetRegistry registry = new AssetRegistry();
    registry.replay(log);
    Map<String, Asset> assets = new TreeMap<>();
    String after = null;
    do {
      Page<Asset, String> page = registry.list(after, 1000);
      page.items().forEach(asset -> assets.put(asset.id(), asset));
      after = page.next();
    } while (after != null);
    return assets;
  }
}
