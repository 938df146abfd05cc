// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import dev.talea.ledger.Account;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.Posting;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which events a projection wants. Immutable, a value.
 *
 * @param books their names; null for all, {@code _system} included
 * @param kinds of events
 * @param prefixes of account paths: openings of such accounts, and transactions with a posting to
 *     one; empty for all. Assets have no account and are wanted whatever stands here
 */
public record Selection(@Nullable Set<String> books, Set<Event.Kind> kinds, List<String> prefixes) {
  /** Everything. */
  public static final Selection ALL =
      new Selection(null, EnumSet.allOf(Event.Kind.class), List.of());

  /** Copies. */
  public Selection {
    books = books == null ? null : Set.copyOf(books);
    kinds = Set.copyOf(kinds);
    prefixes = List.copyOf(prefixes);
  }

  /** Whether there may be a wanted event in a book. */
  public boolean wantsBook(String book) {
    return !kinds.isEmpty()
        && (books == null || books.contains(book))
        && (!DraftRules.SYSTEM_BOOK.equals(book) || kinds.contains(Event.Kind.ASSET_REGISTERED));
  }

  /** Whether an event of a wanted book is wanted. */
  public boolean wants(Event event) {
    Event.Kind kind = event.payload().kind();
    if (!kinds.contains(kind)) {
      return false;
    }
    return switch (kind) {
      case ASSET_REGISTERED -> true;
      case ACCOUNT_OPENED -> wantsPath(path(event));
      case TRANSACTION_POSTED ->
          prefixes.isEmpty()
              || ((Event.TransactionPosted) event.payload())
                  .draft().postings().stream().map(Posting::account).anyMatch(this::wantsPath);
    };
  }

  private static String path(Event event) {
    Account account = ((Event.AccountOpened) event.payload()).account();
    return account.id().path();
  }

  private boolean wantsPath(String path) {
    return prefixes.isEmpty() || prefixes.stream().anyMatch(path::startsWith);
  }

  /** The same words for the same selection, to notice a change. */
  String fingerprint() {
    return (books == null ? "*" : new TreeSet<>(books)) + " " + new TreeSet<>(kinds) + prefixes;
  }
}
