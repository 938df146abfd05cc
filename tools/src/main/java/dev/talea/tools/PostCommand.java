// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Posting;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.json.JsonTexts;
import dev.talea.ledger.json.ResultJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code talea post}. */
@Command(
    name = "post",
    description = {
      "Posts a transaction, from options, from a draft in a file, or from both: options win over the"
          + " file, and any --debit or --credit replaces all postings of the file.",
      "ACCOUNT:ASSET:MINOR is split from the right, so an account's path may contain colons."
    })
final class PostCommand extends ClientCommand {
  @Option(names = "--book", paramLabel = "BOOK", description = "The book.")
  private @Nullable String book;

  @Option(
      names = "--idem",
      paramLabel = "KEY",
      description =
          "The idempotency key. Never made up for you: only the same key makes a retry safe.")
  private @Nullable String key;

  @Option(
      names = "--debit",
      paramLabel = "ACCOUNT:ASSET:MINOR",
      converter = Converters.Debit.class,
      description = "A debit in minor units; may be given several times.")
  private List<Posting> debits = new ArrayList<>();

  @Option(
      names = "--credit",
      paramLabel = "ACCOUNT:ASSET:MINOR",
      converter = Converters.Credit.class,
      description = "A credit in minor units; may be given several times.")
  private List<Posting> credits = new ArrayList<>();

  @Option(
      names = "--occurred-at",
      paramLabel = "TIME",
      description = "Business time, such as 2026-01-31T12:00:00Z.")
  private @Nullable Instant occurredAt;

  @Option(names = "--metadata", paramLabel = "JSON", description = "Any JSON value.")
  private @Nullable String metadata;

  @Option(
      names = "--draft",
      paramLabel = "FILE",
      description = "A draft as JSON; - for standard input.")
  private @Nullable Path draftFile;

  PostCommand(Shell shell) {
    super(shell);
  }

  @Override
  int run(BlockingLedger ledger) {
    Posted posted = ledger.post(draft());
    print(
        ResultJson.posted(posted),
        () ->
            Table.ofFields()
                .row("transaction", posted.txId())
                .row("seq", posted.seq())
                .row("at", posted.at())
                .row("deduplicated", posted.deduplicated() ? "yes" : "no")
                .toString());
    return 0;
  }

  private TransactionDraft draft() {
    List<Posting> postings = new ArrayList<>(debits);
    postings.addAll(credits);
    JsonText parsedMetadata = metadata == null ? null : json(metadata);
    if (draftFile == null) {
      return new TransactionDraft(
          required(book, "--book"),
          required(key, "--idem"),
          postings.isEmpty() ? required(null, "--debit and --credit") : postings,
          List.of(),
          parsedMetadata,
          occurredAt);
    }
    TransactionDraft draft =
        DraftText.parse(read(draftFile.toString()), book != null, key != null, !postings.isEmpty());
    return new TransactionDraft(
        book != null ? book : draft.book(),
        key != null ? key : draft.idempotencyKey(),
        postings.isEmpty() ? draft.postings() : postings,
        draft.externalRefs(),
        metadata != null ? parsedMetadata : draft.metadata(),
        occurredAt != null ? occurredAt : draft.occurredAt());
  }

  private static @Nullable JsonText json(String text) {
    try {
      return JsonTexts.parse(text);
    } catch (LedgerException e) {
      String why = e.error() instanceof InvalidDraft fault ? fault.reason() : "" + e.getMessage();
      throw new UsageException("--metadata is no JSON: " + why);
    }
  }

  private static <T> T required(@Nullable T value, String option) {
    if (value == null) {
      throw new UsageException("without --draft, " + option + " must be given");
    }
    return value;
  }

  private byte[] read(String file) {
    byte[] draft;
    try (InputStream in = TextInput.open(shell(), file, TextInput.Form.JSON)) {
      draft = in.readNBytes(DraftLines.LINE_BYTES_MAX + 1);
    } catch (IOException e) {
      throw new FailedException(TextInput.unreadable(file, e), e);
    }
    if (draft.length > DraftLines.LINE_BYTES_MAX) {
      throw new FailedException(
          "the draft is longer than the "
              + DraftLines.LINE_BYTES_MAX
              + " bytes that a server takes");
    }
    return draft;
  }
}
