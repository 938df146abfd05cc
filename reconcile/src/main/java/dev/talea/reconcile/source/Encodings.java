// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import java.nio.charset.Charset;
import java.util.List;

/** The encodings that profiles may name, by the one name that each has here. */
final class Encodings {
  /** {@code UTF-16} takes its byte order from its mark; the others may have one or not. */
  static final List<String> NAMES =
      List.of(
              "UTF-8",
              "UTF-16",
              "UTF-16LE",
              "UTF-16BE",
              "windows-1250",
              "windows-1251",
              "windows-1252",
              "windows-1253",
              "windows-1254",
              "windows-1257",
              "ISO-8859-1",
              "ISO-8859-2",
              "ISO-8859-5",
              "ISO-8859-7",
              "ISO-8859-9",
              "ISO-8859-13",
              "ISO-8859-15",
              "IBM850",
              "IBM852")
          .stream()
          .filter(Charset::isSupported)
          .toList();

  private Encodings() {}
}
