package dev.talea.index;

import dev.talea.ledger.Account;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.AlreadyExists;
import dev.talea.ledger.Micros;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.PostingRules;
import dev.talea.ledger.PostingRules.Accepted;
import dev.talea.ledger.TxId;
import dev.talea.log.BlockBuilder;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Decides the requests of one book, one after the other, against what is durable plus what this
 * group has accepted, and encodes what is accepted into the group's block.
 *
 * <p>Runs on the log's writer thread and owns {@link BookState}. State is changed only after the
 * room for the record is there, so a full disk leaves no trace; a block that fails later leaves the
 * state ahead of the disk, and the log then takes no more requests in this process.
 */
final class BookWriter extends GroupHandler<BookRequest<?>> {
  private final BookState state;
  private final BookUpkeep upkeep;

  /** The batch that continues in the next block. */
  private @Nullable CommitRequest spanning;

  BookWriter(BookState state, BookUpkeep upkeep, Runnable onAdvance) {
    super(onAdvance);
    this.state = state;
    this.upkeep = upkeep;
  }

  /** Null if the definitions are the same. */
  static @Nullable LedgerError conflict(Account existing, Account wanted) {
    return existing.equals(wanted) ? null : new AlreadyExists("account " + wanted.id().key());
  }

  @Override
  int decide(BookRequest<?> request, BlockBuilder block) {
    if (request instanceof OpenRequest open) {
      return open(open, block);
    }
    if (request instanceof TidyRequest tidy) {
      upkeep.tidy(tidy);
      return DONE;
    }
    CommitRequest commit = (CommitRequest) request;
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
    upkeep.afterGroup();
  }

  @Override
  boolean hasUnpublished() {
    return state.hasUnpublished();
  }

  private int open(OpenRequest request, BlockBuilder block) {
    AccountEntry existing = state.accounts.find(request.account.id().path());
    if (existing != null) {
      request.error = conflict(existing.definition(), request.account);
      return DONE;
    }
    int bytesMax = AccountRecord.bytesMax(request.account);
    if (block.remaining() < BlockBuilder.bytesFor(bytesMax)) {
      return BlockBuilder.bytesFor(bytesMax);
    }
    state.open(request.account, request.precision, block.commitTime(), block.begin(bytesMax));
    block.end();
    return DONE;
  }

  private int commitEach(CommitRequest request, BlockBuilder block) {
    while (request.hasNext()) {
      PreparedDraft draft = request.next();
      PostResult result = state.keys.answer(draft);
      if (result == null) {
        PostingRules.Decision<AccountEntry> decision = draft.decide(state.accounts);
        if (decision instanceof Accepted<AccountEntry> accepted) {
          int room = BlockBuilder.bytesFor(draft.bytesMax());
          if (block.remaining() < room) {
            return room;
          }
          result = append(draft, accepted, block);
        } else {
          result = new Refused(((PostingRules.Refused<AccountEntry>) decision).error());
        }
      }
      request.decide(result);
    }
    return DONE;
  }

  /** All or nothing: first everything is decided on paper, then all the room is asked for. */
  private int commitAll(CommitRequest request, BlockBuilder block) {
    AtomicBatch batch =
        AtomicBatch.decide(request.drafts, state.accounts, state.keys, i -> predictedId(block, i));
    if (batch.error() != null) {
      request.decideAll(batch.error());
      return DONE;
    }
    if (block.remaining() < batch.room()) {
      return batch.room();
    }
    int room = commitEach(request, block);
    if (room != DONE) {
      throw new IllegalStateException(
          "an atomic batch of book '" + state.book + "' that had its room asks for " + room);
    }
    return DONE;
  }

  private UUID predictedId(BlockBuilder block, int ahead) {
    return TxId.of(block.commitTime(), state.tag, block.nextSeq() + ahead);
  }

  private Posted append(PreparedDraft draft, Accepted<AccountEntry> accepted, BlockBuilder block) {
    long seq = block.nextSeq();
    long at = block.commitTime();
    long position = block.nextPosition();
    ByteBuffer payload = block.begin(draft.bytesMax());
    UUID id = state.post(draft, accepted, at, seq, position, payload);
    block.end();
    Posted posted = new Posted(id, seq, Micros.instant(at), false);
    state.keys.addPending(draft, position, posted);
    return posted;
  }
}
