// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import java.util.Set;

/**
 * What the holder of a token may do.
 *
 * @param name of the token, for logs; never the token
 * @param books the exact names it reaches, or {@code *} alone for all
 * @param write whether it may write there, or only read
 */
record Grant(String name, Set<String> books, boolean write) {
  static final String ALL_BOOKS = "*";

  Grant {
    books = Set.copyOf(books);
  }

  /** Everything: the holder of the API token, or every client if there are no tokens at all. */
  static Grant everything(String name) {
    return new Grant(name, Set.of(ALL_BOOKS), true);
  }

  boolean mayRead(String book) {
    return books.contains(ALL_BOOKS) || books.contains(book);
  }

  boolean mayWrite(String book) {
    return write && mayRead(book);
  }

  /** Assets belong to all books, so registering one needs all of them. */
  boolean mayRegisterAssets() {
    return write && books.contains(ALL_BOOKS);
  }
}
