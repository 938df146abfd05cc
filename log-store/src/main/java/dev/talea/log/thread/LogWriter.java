// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.thread;

import dev.talea.log.CommitHandler;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogSettings;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.LogUnavailableException.Reason;
import dev.talea.log.ShortageException;
import dev.talea.log.format.BlockHeader;
import dev.talea.log.format.ChainState;
import dev.talea.log.format.DurableReader;
import dev.talea.log.format.Head;
import dev.talea.log.format.Words;
import java.io.IOException;
import java.util.ArrayList;
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
 * whatever came while the group before was on its way to the disk. No request ever waits for a
 * group to fill.
 *
 * <p>States of a log, all of them left in one direction only: it works; it is closing; it has
 * ended, closed or failed. A failed write or sync, and any exception out of the handler, fails it:
 * from then on nothing is acknowledged.
 *
 * @param <R> requests of the handler
 */
final class LogWriter<R> implements OnDemandThread.Job, IdleMarks.Unmarked {

  private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);

  /** Hashing this much takes as long as waking a thread. */
  private static final int HELPED_FROM = 1 << 15;

  /** Of the requests that may wait, so much ends a group. */
  private static final int GROUPS_IN_QUEUE = 8;

  private static final String UNEXPECTED = "the writer stopped on an unexpected error";

  private static final byte[] NO_BODY = new byte[0];

  /** Room that a block starts with at least, so that small records do not each roll or wait. */
  private static final int ROOM_AT_START = 1024;

  private final String name;
  private final LogSettings settings;
  private final LogEnvironment environment;
  private final CommitHandler<R> handler;
  private final DurableReader reader;
  private final ChainState chain;
  private final BlockSink sink;
  private final HashHelper helper;
  private final IdleMarks marks;
  private final BlockAssembly block;
  private final RequestQueue<R> queue;
  private final OnDemandThread thread;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean closing;

  /** Whether {@link IdleMarks} knows of this log, and whether it has called. */
  private volatile boolean markAwaited;

  private volatile boolean markDue;
  private volatile @Nullable LogUnavailableException failure;

  /** Requests handled in this group, to be answered when its block is durable. */
  private final ArrayList<R> group = new ArrayList<>();

  private long groupWeight;
  private long groupBytes;

  /** How many of the group have been answered while answers go out. */
  private int answered;

  /** The request the handler is deciding, not yet in the group. */
  private @Nullable R inHand;

  /** From the first byte of a block written until its last answer given. */
  private boolean unknown;

  private byte[] body = NO_BODY;

  /** Hashing of the block under way, if another thread helps with it. */
  private @Nullable FutureTask<?> hashing;

  LogWriter(
      LogSettings settings,
      LogEnvironment environment,
      CommitHandler<R> handler,
      DurableReader reader,
      ChainState chain,
      BlockSink sink,
      BufferPool buffers,
      HashHelper helper,
      IdleMarks marks,
      WriterThreads threads) {
    this.name = reader.name();
    this.settings = settings;
    this.environment = environment;
    this.handler = handler;
    this.reader = reader;
    this.chain = chain;
    this.sink = sink;
    this.helper = helper;
    this.marks = marks;
    this.block = new BlockAssembly(buffers, settings.recordBytesMax());
    this.queue = new RequestQueue<>(settings.queueWeightMax(), settings.queueBytesMax());
    this.thread =
        new OnDemandThread(threads, this, settings.idleMillis() * 1_000_000L, environment.nanos());
  }

  // ------------------------------------------------------------------ for everybody

  boolean submit(R request, int weight, int bytes) {
    if (weight < 0 || bytes < 0) {
      throw new IllegalArgumentException("weight " + weight + ", bytes " + bytes);
    }
    LogUnavailableException known = failure;
    if (known == null && closing) {
      known = closedAlready();
    }
    if (known != null) {
      throw known;
    }
    RequestQueue.Offer outcome = queue.offer(request, weight, bytes);
    if (outcome == RequestQueue.Offer.CLOSED) {
      known = failure;
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

  long queuedBytes() {
    return queue.queuedBytes();
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
      letGo();
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
    sink.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private LogUnavailableException closedAlready() {
    return LogUnavailableException.end(
        Reason.CLOSED, false, "The log \"" + name + "\" is closed.", null, null);
  }

  // ------------------------------------------------------------------ the thread

  @Override
  public boolean hasWork() {
    return queue.hasRequests() || markDue || (closing && ended.getCount() > 0);
  }

  @Override
  public void work() {
    RequestQueue.Pending<R> taken = queue.takeAll();
    while (taken != null) {
      process(taken);
      taken = thread.contended() ? null : queue.takeAll();
    }
    if (markDue) {
      markDue = false;
      if (!queue.hasRequests()) {
        markClean();
      }
    }
    if (closing && ended.getCount() > 0 && queue.closeIfEmpty()) {
      try {
        markClean();
      } finally {
        letGo();
        ended.countDown();
      }
    }
  }

  @Override
  public void rest(boolean idle) {
    if (idle) {
      markClean(); // who knows how long it is going to rest: now its last group is proven
    } else if (!markAwaited && lacksMark()) {
      markAwaited = true;
      marks.add(this);
    }
    letGo();
  }

  @Override
  public boolean mayNeedMark() {
    return failure == null && !closing;
  }

  @Override
  public void markSoon() {
    markAwaited = false;
    if (mayNeedMark()) {
      markDue = true;
      thread.wake();
    }
  }

  private boolean lacksMark() {
    return failure == null && !chain.closed() && chain.nextBlock() > 1;
  }

  private void letGo() {
    sink.release();
    block.releaseBuffer();
    chain.rest();
    group.trimToSize();
    body = NO_BODY;
  }

  /** What is queued now is refused; the log itself is as good as before. */
  @Override
  public void cannotStart(Throwable why) {
    LogUnavailableException refusal = LogUnavailableException.withoutMemoryToSay(false);
    try {
      refusal =
          LogUnavailableException.refusal(
              Reason.NO_RESOURCES,
              "The log \""
                  + name
                  + "\" could not start its writer thread: "
                  + Words.of(why)
                  + ". Nothing was written; try again.",
              null,
              why);
    } finally {
      RequestQueue.Pending<R> waiting = queue.takeAll();
      while (waiting != null) {
        queue.release(waiting);
        refuse(waiting.request, refusal);
        waiting = waiting.next;
      }
      if (closing && ended.getCount() > 0 && queue.closeIfEmpty()) {
        letGo(); // without a close mark: the next opening takes the way of a crash
        ended.countDown();
      }
    }
  }

  /** Something has come through {@link #guarded}, or happened outside it: there is no going on. */
  @Override
  public void died(Throwable why) {
    try {
      fail(Reason.FAILED, UNEXPECTED, why);
      letGo();
    } finally {
      if (closing) {
        ended.countDown();
      }
    }
  }

  private void process(RequestQueue.Pending<R> oldest) {
    RequestQueue.Pending<R> pending = oldest;
    while (pending != null) {
      queue.release(pending);
      LogUnavailableException known = failure;
      if (known != null) {
        refuse(pending.request, known);
      } else {
        take(pending);
      }
      pending = pending.next;
    }
    if (failure == null) {
      guarded(this::commit);
    }
  }

  private void take(RequestQueue.Pending<R> pending) {
    inHand = pending.request;
    guarded(
        () -> {
          boolean decided = decide(pending.request);
          if (decided) {
            group.add(pending.request);
            groupWeight += pending.weight;
            groupBytes += pending.bytes;
          }
          inHand = null;
          if (groupWeight >= settings.groupWeightMax()
              || groupBytes >= settings.queueBytesMax() / GROUPS_IN_QUEUE
              || block.bodyLength() >= settings.groupBytesMax()) {
            commit();
          }
        });
  }

  /** Has the handler decide a request; false if there was no room and it has been refused. */
  private boolean decide(R request) throws IOException, SinkException {
    if (!block.isOpen()) {
      openWithWhatThereIs();
    }
    int needed = handler.handle(request, block);
    while (needed != CommitHandler.DONE) {
      if (needed < 0 || needed > BlockHeader.BODY_BYTES_MAX) {
        throw new IllegalStateException("the handler asks for " + needed + " bytes");
      }
      boolean longer = needed > block.remaining() && block.makeRoom(needed);
      if (!longer) {
        if (block.count() > 0) {
          commit();
        } else if (needed <= block.remaining()) {
          throw new IllegalStateException(
              "the handler asks for " + needed + " bytes and has " + block.remaining());
        }
        if (!makeRoom(needed, request)) {
          return false;
        }
      }
      needed = handler.handle(request, block);
    }
    return true;
  }

  /**
   * Opens an empty block, without any room if none is to be had: a request that appends nothing,
   * such as one that was answered before, is answered on a full disk too.
   */
  private void openWithWhatThereIs() throws SinkException {
    try {
      int room = sink.reserve(ROOM_AT_START);
      openBlock(Math.min(room, settings.groupBytesMax()), ROOM_AT_START);
      return;
    } catch (SinkException e) {
      if (e.isFatal()) {
        throw e;
      }
    } catch (ShortageException e) {
      // as for a full disk
    }
    block.openWithoutRoom(sink.salt(), sink.position(), chain.nextSeq(), time());
  }

  /** Opens an empty block with at least this much room, or refuses the request. */
  private boolean makeRoom(int bytes, R request) throws SinkException {
    block.shut();
    LogUnavailableException refusal;
    try {
      int room = sink.reserve(bytes);
      openBlock(Math.max(bytes, Math.min(room, settings.groupBytesMax())), bytes);
      return true;
    } catch (SinkException e) {
      if (e.isFatal()) {
        throw e;
      }
      refusal = refusal(e.reason(), Words.of(e), e);
    } catch (ShortageException e) {
      refusal = refusal(Reason.NO_RESOURCES, e.getMessage() + ". Try again.", e);
    }
    handler.groupOver();
    inHand = null;
    refuse(request, refusal);
    return false;
  }

  private LogUnavailableException refusal(Reason reason, String what, Exception cause) {
    String kind =
        switch (reason) {
          case NO_SPACE -> "\" has no room: ";
          case NO_PERMISSION -> "\" may not be written: ";
          default -> "\" cannot write at the moment: ";
        };
    return LogUnavailableException.refusal(
        reason, "The log \"" + name + kind + what, sink.folder(), cause);
  }

  private void openBlock(int bodyBytes, int roomBytes) throws ShortageException {
    block.open(sink.salt(), sink.position(), chain.nextSeq(), time(), bodyBytes, roomBytes);
  }

  private long time() {
    return handler.groupTime(Math.max(environment.clock().micros(), chain.lastTime() + 1));
  }

  /** Makes the block durable if it has records, and answers everything that waits for it. */
  private void commit() throws IOException, SinkException {
    int records = block.count();
    if (records > 0) {
      long firstSeq = chain.nextSeq();
      unknown = true;
      writeBlock(0);
      handler.publish(firstSeq, firstSeq + records - 1);
      reader.advance(Head.of(chain, sink.end()));
    }
    handler.groupOver();
    answer();
    unknown = false;
    if (records > 0) {
      finishHashing(records);
      reader.advance(chain.treeHead());
      sink.lookAhead();
    }
    block.shut(); // even an empty one: the next group has a commit time of its own
  }

  private void writeBlock(int flags) throws IOException, SinkException {
    BlockHeader header =
        new BlockHeader(
            sink.position(),
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
    sink.append(block.bytes(header));
    long before = environment.nanos().getAsLong();
    sink.sync();
    long took = environment.nanos().getAsLong() - before;
    sink.confirm();
    chain.advance(header);
    reader.makeReadable(sink.end());
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
    groupBytes = 0;
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

  /**
   * A close mark proves that the block before it was synced. The next block may follow on it like
   * on any other.
   */
  private void markClean() {
    if (!lacksMark()) {
      return;
    }
    guarded(
        () -> {
          try {
            sink.reserve(0);
          } catch (SinkException e) {
            if (e.isFatal()) {
              throw e;
            }
            LOG.info("log {}: its end cannot be marked: {}", name, e.getMessage());
            return;
          }
          try {
            block.open(sink.salt(), sink.position(), chain.nextSeq(), chain.lastTime(), 0, 0);
          } catch (ShortageException e) {
            LOG.info("log {}: its end cannot be marked: {}", name, e.getMessage());
            return;
          }
          writeBlock(BlockHeader.CLOSE_MARK);
          block.shut();
          reader.advance(Head.of(chain, sink.end()));
          sink.marked();
        });
  }

  // ------------------------------------------------------------------ failing

  private interface Step {
    void run() throws IOException, SinkException;
  }

  private void guarded(Step step) {
    try {
      step.run();
    } catch (SinkException e) {
      fail(e.reason(), e.getMessage(), e);
    } catch (IOException e) {
      fail(Reason.ofFailed(e), "writing failed: " + Words.of(e), e);
    } catch (Throwable e) {
      // A bug, here or in the handler, or memory has run out: what either of them holds in memory
      // is not to be trusted.
      fail(Reason.FAILED, UNEXPECTED, e);
    }
  }

  /**
   * The end of this log until it is opened again. It may be memory that has run out, so nothing
   * here relies on getting any: the queue is closed first, every request is answered whatever
   * happens to the others, and words for the process's log come last.
   */
  private void fail(Reason reason, String what, Throwable cause) {
    LogUnavailableException why = LogUnavailableException.withoutMemoryToSay(false);
    LogUnavailableException doubtful =
        unknown ? LogUnavailableException.withoutMemoryToSay(true) : why;
    try {
      boolean plain =
          cause instanceof IllegalStateException
              || cause instanceof IllegalArgumentException
              || cause instanceof VirtualMachineError;
      String whole = what.equals(UNEXPECTED) && plain ? what + ": " + Words.of(cause) : what;
      why = end(reason, false, whole, cause);
      doubtful = unknown ? end(reason, true, whole, cause) : why;
    } catch (Throwable e) {
      // then with the words that were prepared
    }
    if (failure == null) {
      failure = why;
    }
    // Closed before a caller hears of the failure: one that has heard of it finds the log failed.
    RequestQueue.Pending<R> waiting = queue.close();
    unknown = false;
    hashing = null; // whether it is finished or not: the tree of a failed log is not used again
    block.shut();
    while (answered < group.size()) {
      refuse(group.get(answered++), doubtful);
    }
    R undecided = inHand;
    inHand = null;
    if (undecided != null) {
      refuse(undecided, doubtful);
    }
    group.clear();
    answered = 0;
    while (waiting != null) {
      queue.release(waiting);
      refuse(waiting.request, why);
      waiting = waiting.next;
    }
    try {
      LOG.error("{} It ends with seq {}.", why.getMessage(), reader.durableSeq(), cause);
    } catch (Throwable e) {
      // No way to tell is left; the failure can be asked for.
    }
  }

  private LogUnavailableException end(
      Reason reason, boolean mayBeDurable, String what, Throwable cause) {
    String next =
        reason.passes()
            ? " Nothing more is acknowledged until it has been opened again, which can be done as"
                + " soon as the cause has gone."
            : reason == Reason.FENCED
                ? " Nothing more is acknowledged. Another process writes this log now: send what is"
                    + " to be written there, and stop this one."
                : reason == Reason.REPLACED
                    ? " Nothing more is acknowledged. Stop this process, and see which directory is the"
                        + " right one before you start it again."
                    : " Nothing more is acknowledged; look for the cause, then close and open the log"
                        + " again.";
    return LogUnavailableException.end(
        reason,
        mayBeDurable,
        "The log \""
            + name
            + (reason == Reason.NO_SPACE ? "\" has no room: " : "\" has failed: ")
            + what
            + (what.endsWith(".") ? "" : ".")
            + (mayBeDurable ? " It is not known whether the last group is on disk." : "")
            + next,
        sink.folder(),
        cause);
  }

  private void refuse(R request, LogUnavailableException why) {
    try {
      handler.refused(request, why);
    } catch (Throwable e) {
      if (failure == null) {
        fail(Reason.FAILED, UNEXPECTED, e);
        return;
      }
      try {
        LOG.error("log {}: the handler failed to refuse a request", name, e);
      } catch (Throwable logging) {
        // The log has failed already, and has said so.
      }
    }
  }
}
