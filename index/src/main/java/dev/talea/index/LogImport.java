// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static java.util.Objects.requireNonNull;

import dev.talea.index.record.AccountRecord;
import dev.talea.index.record.AssetRecord;
import dev.talea.index.record.RecordLayout;
import dev.talea.ledger.Account;
import dev.talea.ledger.Asset;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.AccountOpened;
import dev.talea.ledger.Event.AssetRegistered;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.Micros;
import dev.talea.ledger.TxId;
import dev.talea.ledger.rules.EventRules;
import dev.talea.ledger.rules.ImpossibleEventException;
import dev.talea.ledger.rules.PostingRules.Accepted;
import dev.talea.log.BlockBuilder;
import dev.talea.log.CommitHandler;
import dev.talea.log.Disk;
import dev.talea.log.Log;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogReader;
import dev.talea.log.LogSettings;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.Logs;
import dev.talea.log.disk.LateSyncDisk;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.SystemLogEnvironment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Writes the events of another ledger into new logs, with the seqs, ids and times that they have:
 * what a ledger is moved with. Each event goes through the rules as if it had just been drafted,
 * and an id that does not follow from the book is refused. Whether a key was used twice is not
 * looked at here; {@link BookCheck} does when all is written.
 *
 * <p>Books come one after the other, the registry first, each in the order of its seqs. One thread;
 * memory is that of one book's accounts and of one group.
 */
public final class LogImport {
  /**
   * A book's first transaction says which ids it gives out, and the record of each account repeats
   * it. So many events are held before somewhere else is looked for it.
   */
  private static final int HELD_FEW = 10_000;

  /** So many are held where nothing can be looked for. */
  private static final int HELD_MAX = 1_000_000;

  /** Looks ahead in the events that are still to come. */
  public interface LookAhead {
    /** What comes out of a pipe cannot be looked at twice. */
    LookAhead NONE = book -> null;

    /**
     * The tag in the first transaction id of a book, see {@link TxId}; negative if it has no
     * transactions, null if that cannot be found out.
     */
    @Nullable Integer tagOf(String book);
  }

  private final Path directory;
  private final Path under;
  private final LateSyncDisk disk;
  private final AtomicLong clock = new AtomicLong();
  private final Logs logs;
  private final LookAhead ahead;
  private final EventRules rules = new EventRules();
  private final Set<Integer> tags = new HashSet<>();
  private @Nullable Target target;

  private LogImport(Path directory, Path under, LogEnvironment environment, LookAhead ahead) {
    this.ahead = ahead;
    this.directory = directory;
    this.under = under;
    this.disk = new LateSyncDisk(environment.disk());
    this.logs =
        new LogFiles(under, disk)
            .open(LogSettings.DEFAULTS, environment.withDisk(disk).withClock(clock::get));
  }

  /**
   * Begins, beside the directory, so that there is never half a ledger in it.
   *
   * @param directory not there yet, or empty
   * @param ahead asked about books that begin with many accounts
   * @throws IllegalStateException if there is something
   */
  public static LogImport into(Path directory, LookAhead ahead) throws IOException {
    return into(directory, SystemLogEnvironment.create(), ahead);
  }

  /** As above in given surroundings. */
  public static LogImport into(Path directory, LogEnvironment environment, LookAhead ahead)
      throws IOException {
    Disk disk = environment.disk();
    Path absolute = directory.toAbsolutePath().normalize();
    if (disk.exists(absolute) && !disk.list(absolute).isEmpty()) {
      throw new IllegalStateException(
          directory + " is not empty: a ledger is imported into a new directory or an empty one");
    }
    Path under = absolute.resolveSibling(absolute.getFileName() + ".importing");
    if (disk.exists(under)) {
      throw new IllegalStateException(
          under + " is there, of an import that was not finished: remove it, and begin again");
    }
    return new LogImport(absolute, under, environment, ahead);
  }

  /** Where it lies until {@link #finish}. */
  public Path under() {
    return under;
  }

  /** The book that is being written, its log, and the group that is being gathered. */
  private static final class Target {
    final String book;
    final Log<Group> log;
    final Writer writer;
    List<Event> gathered = new ArrayList<>();
    final List<Event> held = new ArrayList<>();
    boolean tagKnown;

    Target(String book, Log<Group> log, Writer writer) {
      this.book = book;
      this.log = log;
      this.writer = writer;
    }
  }

  /**
   * Events that were committed together, and when they are on their way to the disk.
   *
   * @param prepared of those that are transactions; made once, though a block may have to grow
   */
  private record Group(
      List<Event> events, List<@Nullable PreparedDraft> prepared, CompletableFuture<Void> done) {}

  /**
   * Takes the next event.
   *
   * @throws ImpossibleEventException if it cannot be the next one of a ledger; says why
   */
  public void add(String book, Event event) {
    Target now = target;
    if (now == null || !now.book.equals(book)) {
      finishBook();
      now = begin(book);
      target = now;
    }
    if (!now.tagKnown) {
      hold(now, event);
      return;
    }
    gather(now, event);
  }

  private Target begin(String book) {
    boolean registry = book.equals(RegistryBook.NAME);
    Writer[] made = new Writer[1];
    Log<Group> log =
        logs.createLog(
            book,
            reader -> {
              made[0] = new Writer(reader, logs.folder(book));
              return made[0];
            });
    Target begun = new Target(book, log, made[0]);
    begun.tagKnown = registry;
    return begun;
  }

  private void hold(Target of, Event event) {
    of.held.add(event);
    if (event.payload() instanceof TransactionPosted posted) {
      decideTag(of, TxId.tag(posted.id()));
    } else if (of.held.size() == HELD_FEW) {
      Integer found = ahead.tagOf(of.book);
      if (found != null) {
        decideTag(of, found < 0 ? freeTag(of.log.id()) : found);
      }
    } else if (of.held.size() == HELD_MAX) {
      throw new ImpossibleEventException(
          "book '%s' begins with more than %d accounts, and what its transactions are called cannot"
                  .formatted(of.book, HELD_MAX)
              + " be looked up in a pipe: import it from a file");
    }
  }

  private int freeTag(long random) {
    int tag = (int) random & TxId.TAG_MASK;
    while (tags.contains(tag)) {
      tag = (tag + 1) & TxId.TAG_MASK;
    }
    return tag;
  }

  private void decideTag(Target of, int tag) {
    if (!tags.add(tag)) {
      throw new ImpossibleEventException(
          "the transactions of book '" + of.book + "' have ids of another book");
    }
    of.writer.state.tag = tag;
    of.tagKnown = true;
    List<Event> held = new ArrayList<>(of.held);
    of.held.clear();
    held.forEach(event -> gather(of, event));
  }

  private void gather(Target of, Event event) {
    List<Event> gathered = of.gathered;
    if (!gathered.isEmpty() && !gathered.get(0).at().equals(event.at())) {
      write(of);
    }
    of.gathered.add(event);
  }

  private void write(Target of) {
    if (of.gathered.isEmpty()) {
      return;
    }
    Group group = new Group(of.gathered, new ArrayList<>(), new CompletableFuture<>());
    of.gathered = new ArrayList<>();
    clock.set(Micros.floor(group.events.get(0).at()));
    if (!of.log.submit(group, 1)) {
      throw new IllegalStateException("the queue of " + of.log + " is full, though it is empty");
    }
    group.done.join();
    ImpossibleEventException refusal = of.writer.refusal;
    if (refusal != null) {
      throw refusal;
    }
  }

  private void finishBook() {
    Target done = target;
    if (done == null) {
      return;
    }
    if (!done.tagKnown) {
      decideTag(done, freeTag(done.log.id()));
    }
    write(done);
    done.log.close();
    target = null;
  }

  /** Writes what has been gathered, and closes the logs. They can be looked at then. */
  public void close() {
    if (target != null) {
      finishBook();
    }
    logs.close();
  }

  /** Closes the logs half-way: what was gathered is not written. */
  public void abandon() {
    target = null;
    logs.close();
  }

  /**
   * Gives the directory its name, once everything is on disk; after {@link #close}.
   *
   * @throws IOException if that failed; what was written stays {@link #under} its own name
   */
  public void finish() throws IOException {
    disk.syncAll();
    disk.rename(under, directory);
    Path parent = directory.getParent();
    if (parent != null) {
      disk.syncDirectory(parent);
    }
    disk.syncAll();
  }

  /** Writes a group as one block, at its own time. Owned by the writer thread of its log. */
  private final class Writer implements CommitHandler<Group> {
    final BookState state;
    private final EventRules.Book<AccountEntry> book;

    /** Why a group was not written; set before its future is completed. */
    volatile @Nullable ImpossibleEventException refusal;

    Writer(LogReader log, Path folder) {
      this.state = new BookState(log, disk, folder);
      this.book = rules.book(state.book, state.accounts::find);
    }

    @Override
    public int handle(Group group, BlockBuilder block) {
      int needed = 0;
      for (int i = 0; i < group.events.size(); i++) {
        needed += BlockBuilder.bytesFor(bytesMax(group, i));
      }
      if (block.remaining() < needed) {
        return needed;
      }
      int mark = block.mark();
      try {
        for (int i = 0; i < group.events.size(); i++) {
          put(group.events.get(i), group.prepared.get(i), block);
        }
      } catch (ImpossibleEventException e) {
        block.rollback(mark);
        refusal = e;
      }
      return DONE;
    }

    private int bytesMax(Group group, int index) {
      Event event = group.events.get(index);
      if (index == group.prepared.size()) {
        group.prepared.add(
            event.payload() instanceof TransactionPosted posted
                ? PreparedDraft.of(posted.draft(), state.keys.hash(), (List<AccountEntry>) null)
                : null);
      }
      return switch (event.payload().kind()) {
        case ASSET_REGISTERED -> AssetRecord.bytesMax(((AssetRegistered) event.payload()).asset());
        case ACCOUNT_OPENED -> AccountRecord.bytesMax(((AccountOpened) event.payload()).account());
        case TRANSACTION_POSTED -> requireNonNull(group.prepared.get(index)).bytesMax();
      };
    }

    private void put(Event event, @Nullable PreparedDraft prepared, BlockBuilder block) {
      if (Micros.floor(event.at()) != block.commitTime()) {
        throw new ImpossibleEventException(
            "book '%s', seq %d: its time %s is not later than that of the group before"
                .formatted(state.book, event.seq(), event.at()));
      }
      book.next(event);
      switch (event.payload().kind()) {
        case ASSET_REGISTERED -> register(((AssetRegistered) event.payload()).asset(), block);
        case ACCOUNT_OPENED -> open(((AccountOpened) event.payload()).account(), block);
        case TRANSACTION_POSTED ->
            post((TransactionPosted) event.payload(), requireNonNull(prepared), block);
      }
    }

    private void register(Asset asset, BlockBuilder block) {
      book.register(asset);
      ByteBuffer payload = block.begin(AssetRecord.bytesMax(asset));
      AssetRecord.encode(payload, asset, block.commitTime());
      block.end();
    }

    private void open(Account account, BlockBuilder block) {
      Asset asset = book.open(account);
      ByteBuffer payload = block.begin(AccountRecord.bytesMax(account));
      state.open(account, asset.precision(), block.commitTime(), payload);
      block.end(RecordLayout.provenBytes(payload));
    }

    private void post(TransactionPosted posted, PreparedDraft prepared, BlockBuilder block) {
      Accepted<AccountEntry> accepted = book.post(posted);
      long seq = block.nextSeq();
      long position = block.nextPosition();
      ByteBuffer payload = block.begin(prepared.bytesMax());
      state.post(prepared, accepted, block.commitTime(), seq, position, payload);
      block.end(RecordLayout.provenBytes(payload));
    }

    @Override
    public void publish(long firstSeq, long lastSeq) {
      state.publish(lastSeq);
    }

    @Override
    public void committed(Group group) {
      group.done.complete(null);
    }

    @Override
    public void refused(Group group, LogUnavailableException why) {
      group.done.completeExceptionally(why);
    }
  }
}
