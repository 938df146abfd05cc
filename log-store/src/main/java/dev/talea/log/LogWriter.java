package dev.talea.log;

import dev.talea.log.LogUnavailableException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes a log: takes what is queued, has the handler decide it, writes one
 * block, syncs, publishes, answers.
 *
 * <p>{@link #submit}, {@link #close} and {@link #failure} are for everybody; everything else runs
 * on the thread of {@link OnDemandThread} and needs no locks. Batching is natural: a group is
 * whatever came while the group before was on its way to the disk. Nobody ever waits for a group to
 * fill.
 *
 * <p>States of a log, all of them left in one direction only: it works; it is closing; it has
 * ended, closed or failed. A failed write or sync, and any exception out of the handler, fails it:
 * from then on nothing is acknowledged.
 *
 * @param <R> requests of the handler
 */
final class LogWriter<R> implements OnDemandThread.Job {

  private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);

  /** Hashing this much takes as long as waking a thread. */
  private static final int HELPED_FROM = 1 << 15;

  private static final byte[] NO_BODY = new byte[0];

  /** Room that a block starts with at least, so that small records do not each roll or wait. */
  private static final int ROOM_AT_START = 1024;

  private final String name;
  private final LogSettings settings;
  private final LogEnvironment environment;
  private final CommitHandler<R> handler;
  private final DurableReader reader;
  private final ChainState chain;
  private final SegmentAppender appender;
  private final SpaceFiller space;
  private final HashHelper helper;
  private final BlockAssembly block;
  private final RequestQueue<R> queue;
  private final OnDemandThread thread;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean closing;
  private volatile @Nullable LogUnavailableException failure;

  /** Requests handled in this group, to be answered when its block is durable. */
  private final ArrayList<R> group = new ArrayList<>();

  private long groupWeight;

  /** How many of the group have been answered while answers go out. */
  private int answered;

  /** The request the handler is deciding, not yet in the group. */
  private @Nullable R inHand;

  /** From the first byte of a block written until its last answer given. */
  private boolean unknown;

  private byte[] body = NO_BODY;

  /** Hashing of the block under way, if somebody helps with it. */
  private @Nullable FutureTask<?> hashing;

  LogWriter(
      LogSettings settings,
      LogEnvironment environment,
      CommitHandler<R> handler,
      DurableReader reader,
      ChainState chain,
      SegmentAppender appender,
      SpaceFiller space,
      BufferPool buffers,
      HashHelper helper,
      WriterThreads threads) {
    this.name = reader.name();
    this.settings = settings;
    this.environment = environment;
    this.handler = handler;
    this.reader = reader;
    this.chain = chain;
    this.appender = appender;
    this.space = space;
    this.helper = helper;
    this.block = new BlockAssembly(buffers, settings.recordBytesMax());
    this.queue = new RequestQueue<>(settings.queueWeightMax());
    this.thread =
        new OnDemandThread(threads, this, settings.idleMillis() * 1_000_000L, environment.nanos());
  }

  // ------------------------------------------------------------------ for everybody

  boolean submit(R request, int weight) {
    if (weight < 0) {
      throw new IllegalArgumentException("weight " + weight);
    }
    if (closing) {
      throw closedAlready();
    }
    RequestQueue.Offer outcome = queue.offer(request, weight);
    if (outcome == RequestQueue.Offer.CLOSED) {
      LogUnavailableException known = failure;
      throw known != null ? known : closedAlready();
    }
    boolean taken = outcome == RequestQueue.Offer.TAKEN;
    if (taken) {
      thread.wake();
    }
    return taken;
  }

  int queuedWeight() {
    return queue.queuedWeight();
  }

  @Nullable LogUnavailableException failure() {
    return failure;
  }

  boolean hasThread() {
    return thread.present();
  }

  /** Takes nothing more and has the thread drain the queue and mark the end. */
  void beginClose() {
    closing = true;
    if (ended.getCount() > 0 && !thread.inPlace(this::endIfNothingToWrite)) {
      thread.wake();
    }
  }

  /** Closes a log that is marked as closed already, of which there may be thousands. */
  private boolean endIfNothingToWrite() {
    boolean marked = failure != null || chain.closed() || chain.nextBlock() == 1;
    if (marked && queue.closeIfEmpty()) {
      rest();
      ended.countDown();
    }
    return ended.getCount() == 0;
  }

  /** Returns when the thread has let go of everything. */
  void close() {
    if (thread.isCurrent()) {
      throw new IllegalStateException("a log cannot be closed by its own handler");
    }
    beginClose();
    boolean interrupted = false;
    while (true) {
      try {
        ended.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true; // closing half-way is not an option
      }
    }
    space.quiesce();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private LogUnavailableException closedAlready() {
    return new LogUnavailableException(
        Reason.CLOSED, false, "The log \"" + name + "\" is closed.", null);
  }

  // ------------------------------------------------------------------ the thread

  @Override
  public boolean hasWork() {
    return queue.hasRequests() || (closing && ended.getCount() > 0);
  }

  @Override
  public void work() {
    RequestQueue.Pending<R> taken = queue.takeAll();
    while (taken != null) {
      process(taken);
      taken = thread.contended() ? null : queue.takeAll();
    }
    if (closing && ended.getCount() > 0 && queue.closeIfEmpty()) {
      markClean();
      rest();
      ended.countDown();
    }
  }

  @Override
  public void rest() {
    appender.release();
    block.releaseBuffer();
    chain.rest();
    group.trimToSize();
    body = NO_BODY;
  }

  /** What is queued now is refused; the log itself is as good as before. */
  @Override
  public void cannotStart(Throwable why) {
    LogUnavailableException refusal =
        new LogUnavailableException(
            Reason.NO_RESOURCES,
            false,
            "The log \""
                + name
                + "\" could not start its writer thread: "
                + why
                + ". Nothing was written; try again.",
            why);
    RequestQueue.Pending<R> waiting = queue.takeAll();
    while (waiting != null) {
      queue.release(waiting.weight);
      refuse(waiting.request, refusal);
      waiting = waiting.next;
    }
    if (closing && ended.getCount() > 0 && queue.closeIfEmpty()) {
      rest(); // without a close mark: the next opening takes the way of a crash
      ended.countDown();
    }
  }

  private void process(RequestQueue.Pending<R> oldest) {
    RequestQueue.Pending<R> pending = oldest;
    while (pending != null) {
      queue.release(pending.weight);
      LogUnavailableException known = failure;
      if (known != null) {
        refuse(pending.request, known);
      } else {
        take(pending.request, pending.weight);
      }
      pending = pending.next;
    }
    if (failure == null) {
      guarded(this::commit);
    }
  }

  private void take(R request, int weight) {
    guarded(
        () -> {
          inHand = request;
          boolean decided = decide(request);
          inHand = null;
          if (decided) {
            group.add(request);
            groupWeight += weight;
          }
          if (groupWeight >= settings.groupWeightMax()
              || block.bodyLength() >= settings.groupBytesMax()) {
            commit();
          }
        });
  }

  /** Has the handler decide a request; false if there was no room and it has been refused. */
  private boolean decide(R request) throws IOException, SpaceException {
    if (!block.isOpen()) {
      openWithWhatThereIs();
    }
    int needed = handler.handle(request, block);
    while (needed != CommitHandler.DONE) {
      if (needed < 0 || needed > BlockHeader.BODY_BYTES_MAX) {
        throw new IllegalStateException("the handler asks for " + needed + " bytes");
      }
      if (block.count() > 0) {
        commit();
      } else if (needed <= block.remaining()) {
        throw new IllegalStateException(
            "the handler asks for " + needed + " bytes and has " + block.remaining());
      }
      if (!makeRoom(needed, request)) {
        return false;
      }
      needed = handler.handle(request, block);
    }
    return true;
  }

  /**
   * Opens an empty block, without any room if none is to be had: a request that appends nothing,
   * such as one that was answered before, is answered on a full disk too.
   */
  private void openWithWhatThereIs() throws SpaceException {
    int room = 0;
    try {
      room = appender.reserve(ROOM_AT_START);
    } catch (SpaceException e) {
      if (e.reason() == Reason.FAILED) {
        throw e;
      }
    }
    openBlock(Math.min(room, settings.groupBytesMax()));
  }

  /** Opens an empty block with at least this much room, or refuses the request. */
  private boolean makeRoom(int bytes, R request) throws SpaceException {
    block.shut();
    int room;
    try {
      room = appender.reserve(bytes);
    } catch (SpaceException e) {
      if (e.reason() == Reason.FAILED) {
        throw e;
      }
      inHand = null;
      refuse(
          request,
          new LogUnavailableException(
              e.reason(), false, "The log \"" + name + "\" has no room: " + e.getMessage(), e));
      return false;
    }
    openBlock(Math.max(bytes, Math.min(room, settings.groupBytesMax())));
    return true;
  }

  private void openBlock(int bodyBytes) {
    long time = Math.max(environment.clock().micros(), chain.lastTime());
    block.open(appender.salt(), appender.position(), chain.nextSeq(), time, bodyBytes);
  }

  /** Makes the block durable if it has records, and answers everything that waits for it. */
  private void commit() throws IOException, SpaceException {
    int records = block.count();
    if (records > 0) {
      long firstSeq = chain.nextSeq();
      unknown = true;
      writeBlock(0);
      handler.publish(firstSeq, firstSeq + records - 1);
      reader.advance(Head.of(chain, appender.end()));
    }
    answer();
    unknown = false;
    if (records > 0) {
      finishHashing(records);
      reader.advance(chain.treeHead());
      appender.lookAhead();
    }
    block.shut(); // even an empty one: the next group has a commit time of its own
  }

  private void writeBlock(int flags) throws IOException, SpaceException {
    BlockHeader header =
        new BlockHeader(
            appender.position(),
            block.bodyLength(),
            block.bodyCrc(),
            block.count(),
            flags,
            chain.nextSeq(),
            block.commitTime(),
            chain.nextBlock(),
            chain.lastBlockPosition(),
            chain.nextJump(),
            chain.nextSeq() - 1,
            chain.root());
    if (header.bodyLength() >= HELPED_FROM) {
      beginHashing(header.count());
    }
    appender.append(block.bytes(header));
    long before = environment.nanos().getAsLong();
    appender.sync();
    long took = environment.nanos().getAsLong() - before;
    SpaceException elsewhere = space.fatal();
    if (elsewhere != null) {
      throw elsewhere; // the disk has failed under this file, whatever this sync says
    }
    chain.advance(header);
    reader.makeReadable(appender.end());
    environment.observer().synced(name, took, (int) header.length(), header.count());
  }

  /**
   * The header has been made, so the tree may go on; the tree is not looked at again before {@link
   * #finishHashing}.
   */
  private void beginHashing(int records) {
    byte[] copy = block.copyOfBody(body);
    body = copy;
    FutureTask<?> task = new FutureTask<>(() -> chain.hash(copy, records), null);
    hashing = task;
    helper.offer(task);
  }

  private void finishHashing(int records) {
    FutureTask<?> begun = hashing;
    if (begun == null) {
      body = block.copyOfBody(body);
      chain.hash(body, records);
    } else {
      HashHelper.finish(begun);
      hashing = null;
    }
  }

  private void answer() {
    groupWeight = 0;
    answered = 0;
    while (answered < group.size()) {
      handler.committed(group.get(answered++));
    }
    boolean any = !group.isEmpty();
    group.clear();
    answered = 0;
    if (any) {
      handler.groupEnd();
    }
  }

  /** A close mark proves that the block before it was synced, and that nothing came after. */
  private void markClean() {
    if (failure != null || chain.closed() || chain.nextBlock() == 1) {
      return;
    }
    guarded(
        () -> {
          try {
            appender.reserve(0);
          } catch (SpaceException e) {
            if (e.reason() == Reason.FAILED) {
              throw e;
            }
            LOG.info("log {}: no room to mark a clean end: {}", name, e.getMessage());
            return;
          }
          block.open(appender.salt(), appender.position(), chain.nextSeq(), chain.lastTime(), 0);
          writeBlock(BlockHeader.CLOSE_MARK);
          block.shut();
          reader.advance(Head.of(chain, appender.end()));
          appender.noteTree();
        });
  }

  // ------------------------------------------------------------------ failing

  private interface Step {
    void run() throws IOException, SpaceException;
  }

  private void guarded(Step step) {
    try {
      step.run();
    } catch (IOException | SpaceException e) {
      fail("writing failed: " + e.getMessage(), e);
    } catch (Throwable e) {
      // A bug, here or in the handler: what either of them holds in memory is not to be trusted.
      fail("the writer stopped on an unexpected error: " + e, e);
    }
  }

  /** The end of this log until it is opened again. */
  private void fail(String what, Throwable cause) {
    LogUnavailableException why =
        failure(
            false, what + " Nothing more is acknowledged; close and open the log again.", cause);
    failure = why;
    LOG.error("log {} failed after seq {}", name, reader.durableSeq(), cause);
    LogUnavailableException doubtful =
        unknown
            ? failure(true, what + " It is not known whether the last group is on disk.", cause)
            : why;
    unknown = false;
    hashing = null; // whether it is finished or not: the tree of a failed log is not used again
    block.shut();
    List<R> unanswered = new ArrayList<>(group.subList(answered, group.size()));
    R undecided = inHand;
    if (undecided != null) {
      unanswered.add(undecided);
    }
    inHand = null;
    group.clear();
    answered = 0;
    // Closed before anybody hears of the failure: whoever has heard of it finds the log failed.
    RequestQueue.Pending<R> waiting = queue.close();
    for (R request : unanswered) {
      refuse(request, doubtful);
    }
    while (waiting != null) {
      queue.release(waiting.weight);
      refuse(waiting.request, why);
      waiting = waiting.next;
    }
  }

  private LogUnavailableException failure(boolean mayBeDurable, String what, Throwable cause) {
    return new LogUnavailableException(
        Reason.FAILED, mayBeDurable, "The log \"" + name + "\" has failed: " + what, cause);
  }

  private void refuse(R request, LogUnavailableException why) {
    try {
      handler.refused(request, why);
    } catch (Throwable e) {
      if (failure == null) {
        fail("the writer stopped on an unexpected error: " + e, e);
      } else {
        LOG.error("log {}: the handler failed to refuse a request", name, e);
      }
    }
  }
}
