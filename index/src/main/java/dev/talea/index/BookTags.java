// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.TxId;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Which book a transaction id belongs to, by the tag in the id. New books get tags that no other
 * book of the directory has; only copies of a book made behind talea's back share one.
 *
 * <p>Any thread looks up; books are added by the thread that opens them, one at a time.
 */
final class BookTags {
  private final ConcurrentMap<Integer, List<Book>> books = new ConcurrentHashMap<>();

  /** A tag that no book has, as near as may be to the one wanted. */
  int free(long wanted) {
    int tag = (int) wanted & TxId.TAG_MASK;
    while (books.containsKey(tag)) {
      tag = (tag + 1) & TxId.TAG_MASK;
    }
    return tag;
  }

  void add(Book book) {
    books.merge(
        book.state().tag, List.of(book), (before, added) -> List.of(append(before, added.get(0))));
  }

  /** Forgets a book that is opened anew. */
  void remove(Book book) {
    books.computeIfPresent(
        book.state().tag,
        (tag, all) -> {
          List<Book> rest = all.stream().filter(other -> other.log() != book.log()).toList();
          return rest.isEmpty() ? null : rest;
        });
  }

  private static Book[] append(List<Book> before, Book added) {
    Book[] all = before.toArray(new Book[before.size() + 1]);
    all[before.size()] = added;
    return all;
  }

  /** Books that may hold this transaction. */
  List<Book> candidates(UUID txId) {
    return books.getOrDefault(TxId.tag(txId), List.of());
  }
}
