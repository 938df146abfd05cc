// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static java.util.Objects.requireNonNull;

/**
 * Names an account: a path within a book.
 *
 * @param book the namespace
 * @param path may contain {@code :}
 */
public record AccountId(String book, String path) {
  /** Null is no name, and is refused here: every ledger answers to it alike. */
  public AccountId {
    requireNonNull(book, "book");
    requireNonNull(path, "path");
  }

  /**
   * The flat key shown in answers and errors: book, {@code :}, path, where in the book every {@code
   * :} and {@code \} is preceded by {@code \}. Reversible, see {@link #parse}.
   */
  public String key() {
    return escapedBook(book) + ':' + path;
  }

  /**
   * Reads a flat key back.
   *
   * @throws IllegalArgumentException if there is no unescaped {@code :}, or a {@code \} in the book
   *     part that escapes nothing
   */
  public static AccountId parse(String key) {
    StringBuilder book = new StringBuilder();
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      if (c == ':') {
        return new AccountId(book.toString(), key.substring(i + 1));
      }
      if (c == '\\') {
        i++;
        if (i == key.length() || (key.charAt(i) != ':' && key.charAt(i) != '\\')) {
          throw new IllegalArgumentException("not an account key, dangling '\\': " + key);
        }
        c = key.charAt(i);
      }
      book.append(c);
    }
    throw new IllegalArgumentException("not an account key, no ':' after the book: " + key);
  }

  private static String escapedBook(String book) {
    if (book.indexOf(':') < 0 && book.indexOf('\\') < 0) {
      return book;
    }
    return book.replace("\\", "\\\\").replace(":", "\\:");
  }

  @Override
  public String toString() {
    return key();
  }
}
