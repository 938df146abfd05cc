// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static java.util.Objects.requireNonNull;

import dev.talea.ledger.Watches;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Commits a group of writes in one transaction, and does what can be done if that fails: tries
 * again what a moment may mend, takes a group apart whose neighbours should not suffer for one of
 * them, and otherwise says so to everybody who waits.
 *
 * <p>Called by writer threads.
 */
final class GroupCommit {
  /** For how long a group is tried again before those who wait are told to come again. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(3);

  private static final long PAUSE_MILLIS = 20;
  private static final long PAUSE_MILLIS_MAX = 500;

  private final Connections connections;
  private final Watches watches;
  private final SqlStoreObserver observer;
  private final HealthKeeper health;
  private final CommitTimes times;
  private final StoreTime time;
  private final BookMemories memories = new BookMemories();
  private final AtomicLong answeredAsOf = new AtomicLong(Long.MIN_VALUE);

  GroupCommit(
      Connections connections,
      Watches watches,
      SqlStoreObserver observer,
      HealthKeeper health,
      CommitTimes times,
      StoreTime time) {
    this.time = time;
    this.connections = connections;
    this.watches = watches;
    this.observer = observer;
    this.health = health;
    this.times = times;
  }

  /**
   * An answer as of this moment, microseconds, has been or is about to be given; groups that begin
   * from now on come later.
   */
  void answeredAsOf(long micros) {
    answeredAsOf.accumulateAndGet(micros, Math::max);
  }

  /** Answers each of them, sooner or later. */
  void commit(List<WriteRequest> requests) {
    long until = time.nanos() + PATIENCE_NANOS;
    long pause = PAUSE_MILLIS;
    Attempts attempts = new Attempts();
    while (true) {
      SqlFailure failure;
      Throwable cause;
      try {
        attempt(requests, attempts);
        connections.succeeded();
        return;
      } catch (SQLException | RuntimeException e) {
        failure = SqlFailure.of(e);
        cause = e;
      } catch (Error e) {
        WriteRequest.failAll(requests, SqlFailure.BUG, e);
        throw e;
      }
      connections.failed(failure, cause);
      if (failure == SqlFailure.PASSING
          && !connections.closing()
          && !connections.goneForLong()
          && time.nanos() < until) {
        time.pause(pause);
        pause = Math.min(2 * pause, PAUSE_MILLIS_MAX);
      } else if (requests.size() > 1 && (failure == SqlFailure.DATA || failure == SqlFailure.BUG)) {
        requests.forEach(each -> commit(List.of(each)));
        return;
      } else {
        health.writeFailed(cause);
        WriteRequest.failAll(requests, failure, cause);
        return;
      }
    }
  }

  /** What the attempts to commit one group pass on to each other. */
  private static final class Attempts {
    /** What an attempt had decided when the answer to its COMMIT was lost; else null. */
    @Nullable List<BookGroup> maybeCommitted;
  }

  private void attempt(List<WriteRequest> requests, Attempts attempts) throws SQLException {
    long start = time.nanos();
    Map<String, List<WriteRequest>> byBook = new LinkedHashMap<>();
    for (WriteRequest request : requests) {
      byBook.computeIfAbsent(request.book, name -> new ArrayList<>()).add(request);
    }
    List<BookGroup> decided = new ArrayList<>();
    Map<String, BookMemory> remembered = new HashMap<>();
    Map<String, BookState> states = new HashMap<>();
    Map<String, StoredDrafts> stored = new HashMap<>();
    int drafts = requests.stream().mapToInt(WriteRequest::weight).sum();
    int events = 0;
    try (WriteSession session = connections.begin()) {
      for (Map.Entry<String, List<WriteRequest>> book : byBook.entrySet()) {
        BookMemory memory = memories.take(book.getKey());
        BookQuestion question =
            BookQuestion.of(book.getKey(), book.getValue(), StoredDrafts.smallBytesMax(drafts));
        BookState state = read(session, memory, question);
        remembered.put(book.getKey(), memory);
        states.put(book.getKey(), state);
        stored.put(book.getKey(), new StoredDrafts(session, question, state));
      }
      List<BookGroup> maybe = attempts.maybeCommitted;
      if (maybe != null && maybe.stream().allMatch(group -> group.isIn(states))) {
        // To decide anew would be to decide the refused behind neighbours that came after them.
        session.rollback();
        finish(maybe, start);
        return;
      }
      for (Map.Entry<String, List<WriteRequest>> book : byBook.entrySet()) {
        BookState state = requireNonNull(states.get(book.getKey()));
        BookGroup group =
            BookGroup.decide(
                book.getKey(),
                state,
                requireNonNull(stored.get(book.getKey())),
                answeredAsOf.get(),
                book.getValue());
        state.damage.all().forEach(each -> connections.failed(SqlFailure.DAMAGE, each));
        if (group.changes().events() > 0) {
          session.write(group.changes());
          events += group.changes().events();
        }
        decided.add(group);
      }
      if (events > 0) {
        decided.forEach(BookGroup::promise);
        attempts.maybeCommitted = decided;
        session.commit();
      } else {
        session.rollback();
      }
    }
    for (BookGroup group : decided) {
      if (group.state().damage.all().isEmpty()) {
        BookMemory memory = requireNonNull(remembered.get(group.changes().book));
        memory.learn(group.state(), group.changes());
        memories.putBack(group.changes().book, memory);
      }
    }
    finish(decided, start);
  }

  /** What was decided is durable, or there was nothing to write. */
  private void finish(List<BookGroup> decided, long start) {
    int events = decided.stream().mapToInt(group -> group.changes().events()).sum();
    if (events > 0) {
      observer.committed(time.nanos() - start, events);
      health.wrote();
    }
    decided.forEach(times::committed);
    decided.forEach(BookGroup::answer);
    for (BookGroup group : decided) {
      if (group.changes().events() > 0) {
        watches.advanced(group.changes().book);
        connections.committed(group.changes().book);
      }
    }
  }

  private static BookState read(WriteSession session, BookMemory memory, BookQuestion question)
      throws SQLException {
    BookQuestion unknown = memory.unknown(question);
    BookState state = session.read(unknown);
    boolean askedAll = unknown.paths().size() == question.paths().size();
    return memory.recall(question, state) || askedAll ? state : session.read(question);
  }
}
