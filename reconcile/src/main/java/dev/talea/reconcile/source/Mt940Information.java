// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the information to the account owner (field 86) says, in the two ways that banks order it:
 * numbered parts ({@code 166?00...?20...?32name}) with words before the texts ({@code EREF+}), and
 * words between slashes ({@code /EREF/.../NAME/...}). Anything else is text.
 *
 * @param reference the end-to-end reference, or null
 * @param name of whom stands across, or null
 * @param account of whom stands across, or null
 * @param text all that is meant for people, or null
 */
record Mt940Information(
    @Nullable String reference,
    @Nullable String name,
    @Nullable String account,
    @Nullable String text) {
  private static final Pattern NUMBERED =
      Pattern.compile("[0-9]{3}\\?([0-9]{2}).*", Pattern.DOTALL);
  private static final Pattern WORD =
      Pattern.compile("(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC)\\+");
  private static final Pattern SLASHED =
      Pattern.compile(
          "/(EREF|REMI|NAME|IBAN|CNTP|PREF|MARF|TRTP|BIC|CSID|ISDT|RTRN|PURP|ORDP|BENM|ADDR)/");

  static Mt940Information of(String information) {
    if (information.isBlank()) {
      return new Mt940Information(null, null, null, null);
    }
    if (NUMBERED.matcher(information).matches()) {
      return numbered(information.replace("\n", ""));
    }
    String line = information.replace("\n", "");
    if (SLASHED.matcher(line).lookingAt()) {
      Map<String, String> parts = parts(SLASHED.matcher(line), line);
      return new Mt940Information(
          real(bare(parts.get("EREF"))),
          bare(parts.get("NAME")),
          bare(parts.get("IBAN")),
          bare(parts.getOrDefault("REMI", line)));
    }
    return new Mt940Information(null, null, null, information.replace('\n', ' ').strip());
  }

  private static Mt940Information numbered(String line) {
    StringBuilder text = new StringBuilder();
    StringBuilder name = new StringBuilder();
    String account = null;
    String[] parts = line.substring(3).split("\\?", -1);
    for (String part : parts) {
      if (part.length() < 2) {
        continue;
      }
      String number = part.substring(0, 2);
      String value = part.substring(2);
      if (number.matches("2[0-9]|6[0-3]")) {
        text.append(value);
      } else if (number.equals("31")) {
        account = value;
      } else if (number.equals("32") || number.equals("33")) {
        name.append(value);
      }
    }
    String all = text.toString();
    Map<String, String> words = parts(WORD.matcher(all), all);
    String told = words.getOrDefault("SVWZ", all);
    return new Mt940Information(
        real(words.getOrDefault("EREF", words.get("KREF"))),
        name.isEmpty() ? null : name.toString().strip(),
        account != null ? account : words.get("IBAN"),
        told.isBlank() ? null : told.strip());
  }

  /** Without the slashes that end a part. */
  private static @Nullable String bare(@Nullable String part) {
    return part == null ? null : part.replaceAll("/+$", "");
  }

  private static @Nullable String real(@Nullable String reference) {
    return reference == null || reference.isBlank() || reference.equals(Statements.NOT_PROVIDED)
        ? null
        : reference;
  }

  /** What stands behind each word, up to the next. */
  private static Map<String, String> parts(Matcher words, String text) {
    Map<String, String> parts = new LinkedHashMap<>();
    String word = null;
    int start = 0;
    while (words.find()) {
      if (word != null) {
        parts.put(word, text.substring(start, words.start()).strip());
      }
      word = words.group(1);
      start = words.end();
    }
    if (word != null) {
      parts.put(word, text.substring(start).strip());
    }
    return parts;
  }
}
