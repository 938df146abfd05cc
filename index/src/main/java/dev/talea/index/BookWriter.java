// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static java.util.Objects.requireNonNull;

import dev.talea.index.record.AccountRecord;
import dev.talea.index.record.RecordLayout;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.Micros;
import dev.talea.ledger.Outage;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.rules.DefinitionRules;
import dev.talea.ledger.rules.GroupRules;
import dev.talea.ledger.rules.GroupRules.Answered;
import dev.talea.ledger.rules.GroupRules.Batch;
import dev.talea.ledger.rules.GroupRules.Verdict;
import dev.talea.ledger.rules.PostingRules.Accepted;
import dev.talea.log.BlockBuilder;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides the requests of one book, one after the other, against what is durable plus what this
 * group has accepted, and encodes what is accepted into the group's block.
 *
 * <p>Runs on the log's writer thread and owns {@link BookState}. State is changed only after the
 * room for the record is there, so a full disk leaves no trace; a block that fails later leaves the
 * state ahead of the disk, and the log then takes no more requests in this process.
 */
final class BookWriter extends GroupHandler<BookRequest<?>> {
  private static final Logger LOG = LoggerFactory.getLogger(BookWriter.class);

  /** So few that what has come is still near when it is looked at. */
  private static final int TOUCHED_AT_ONCE = 64;

  private final BookState state;
  private final BookMaintenance maintenance;
  private final EveryMinute readFailures;

  /** The batch that continues in the next block. */
  private @Nullable CommitRequest spanning;

  /**
   * @param readFailures lets a log line pass for drafts refused because the log could not be read
   */
  BookWriter(
      BookState state,
      BookMaintenance maintenance,
      BookReport report,
      StoreClock clock,
      EveryMinute readFailures) {
    super(report, clock, state.group);
    this.state = state;
    this.maintenance = maintenance;
    this.readFailures = readFailures;
  }

  @Override
  int decide(BookRequest<?> request, BlockBuilder block) {
    return request.decideBy(this, block);
  }

  int tidy(TidyRequest request) {
    maintenance.tidy(request);
    return DONE;
  }

  int commit(CommitRequest commit, BlockBuilder block) {
    if (commit.atomic) {
      return commitAll(commit, block);
    }
    int room = commitEach(commit, block);
    spanning = room == DONE ? null : commit;
    if (room != DONE && block.mark() == 0) {
      // Nothing will be published on behalf of what is decided, and nothing has to be.
      commit.settle();
    }
    return room;
  }

  @Override
  void publish(long lastSeq) {
    state.publish(lastSeq);
    if (spanning != null) {
      spanning.settle();
      spanning = null;
    }
  }

  @Override
  void afterGroup() {
    maintenance.afterGroup();
  }

  @Override
  boolean hasUnpublished() {
    return state.hasUnpublished();
  }

  int open(OpenRequest request, BlockBuilder block) {
    AccountEntry existing = state.accounts.find(request.account.id().path());
    if (existing != null) {
      request.error = DefinitionRules.again(existing.definition(), request.account);
      return DONE;
    }
    Outage noTime = noTime();
    if (noTime != null) {
      request.error = new LedgerError.Unavailable(noTime.reason());
      return DONE;
    }
    int bytesMax = AccountRecord.bytesMax(request.account);
    if (block.remaining() < BlockBuilder.bytesFor(bytesMax)) {
      return BlockBuilder.bytesFor(bytesMax);
    }
    ByteBuffer payload = block.begin(bytesMax);
    state.open(request.account, request.precision, block.commitTime(), payload);
    block.end(RecordLayout.provenBytes(payload));
    return DONE;
  }

  private int commitEach(CommitRequest request, BlockBuilder block) {
    while (request.hasNext()) {
      if (request.decided() % TOUCHED_AT_ONCE == 0) {
        int from = request.decided();
        int to = Math.min(from + TOUCHED_AT_ONCE, request.drafts.size());
        if (to - from > 1) {
          state.keys.touch(request.drafts, from, to);
        }
      }
      PreparedDraft draft = request.next();
      @Nullable PostResult result = null;
      Accepted<AccountEntry> accepted = null;
      try {
        Verdict<AccountEntry> verdict = GroupRules.decide(draft, state);
        if (verdict instanceof Answered<AccountEntry> answered) {
          result = answered.result();
        } else {
          Outage noTime = noTime();
          if (noTime == null) {
            accepted = (Accepted<AccountEntry>) verdict;
            state.prepare(accepted.accounts());
          } else {
            result = new Refused(new LedgerError.Unavailable(noTime.reason()));
          }
        }
      } catch (RuntimeException | OutOfMemoryError e) {
        accepted = null;
        result = new Refused(notRead(e));
      }
      if (accepted != null) {
        int room = BlockBuilder.bytesFor(draft.bytesMax());
        if (block.remaining() < room) {
          return room;
        }
        result = append(draft, accepted, block);
      }
      request.decide(requireNonNull(result));
    }
    return DONE;
  }

  /**
   * All or nothing: first everything is decided on paper, then all the room is asked for. What was
   * decided on paper holds, and nothing is read a second time: half-way is too late to fail.
   */
  private int commitAll(CommitRequest request, BlockBuilder block) {
    Batch<PreparedDraft, AccountEntry> batch;
    try {
      batch = GroupRules.decideAll(request.drafts, state);
    } catch (RuntimeException | OutOfMemoryError e) {
      request.decideAll(notRead(e));
      return DONE;
    }
    long room = 0;
    for (PreparedDraft draft : batch.toPost()) {
      room += BlockBuilder.bytesFor(draft.bytesMax());
    }
    Outage noTime = room == 0 ? null : noTime();
    if (noTime != null) {
      request.decideAll(new LedgerError.Unavailable(noTime.reason()));
      return DONE;
    }
    if (block.remaining() < room) {
      return Math.toIntExact(room);
    }
    for (PostResult result : batch.post((draft, accepted) -> append(draft, accepted, block))) {
      request.decide(result);
    }
    return DONE;
  }

  /**
   * The log, or a file of keys, could not be read while a draft was being decided. Nothing has been
   * changed for it, so it is refused and the book goes on. Anything else is a fault of ours, after
   * which this book must not go on.
   */
  private LedgerError notRead(Throwable e) {
    Outage trouble = Troubles.known(e);
    if (trouble == null) {
      if (e instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) e;
    }
    if (readFailures.passes()) {
      LOG.warn(
          "Book '{}': a draft is refused, because what it takes to decide it cannot be read: {}",
          state.book,
          trouble.detail());
    }
    return new LedgerError.Unavailable(trouble.reason());
  }

  private Posted append(PreparedDraft draft, Accepted<AccountEntry> accepted, BlockBuilder block) {
    long seq = block.nextSeq();
    long at = block.commitTime();
    long position = block.nextPosition();
    ByteBuffer payload = block.begin(draft.bytesMax());
    UUID id = state.post(draft, accepted, at, seq, position, payload);
    block.end(RecordLayout.provenBytes(payload));
    Posted posted = new Posted(id, seq, Micros.instant(at), false);
    state.keys.addPending(draft, position, posted);
    return posted;
  }
}
