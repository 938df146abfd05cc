// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.JsonText;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.json.DraftReader;
import dev.talea.ledger.json.JsonTexts;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a draft that need not be complete, because options give the rest. Puts something harmless
 * in the place of each field that will be replaced, so that the strict reader of drafts can read
 * the others.
 *
 * <p>Stateless.
 */
final class DraftText {
  private DraftText() {}

  /**
   * The draft in the file, with arbitrary values in the fields that are to be replaced.
   *
   * @throws LedgerException of {@link InvalidDraft} if it is not a draft
   */
  static TransactionDraft parse(
      byte[] json, boolean replaceBook, boolean replaceKey, boolean replacePostings) {
    if (!replaceBook && !replaceKey && !replacePostings) {
      return DraftReader.transaction(json);
    }
    String object = compactObject(json);
    List<String> members = new ArrayList<>();
    for (String member : members(object)) {
      boolean replaced =
          (replaceBook && member.startsWith("\"book\":"))
              || (replaceKey && member.startsWith("\"idempotency_key\":"))
              || (replacePostings && member.startsWith("\"postings\":"));
      if (!replaced) {
        members.add(member);
      }
    }
    if (replaceBook) {
      members.add("\"book\":\"replaced\"");
    }
    if (replaceKey) {
      members.add("\"idempotency_key\":\"replaced\"");
    }
    if (replacePostings) {
      members.add("\"postings\":[]");
    }
    String complete = "{" + String.join(",", members) + "}";
    return DraftReader.transaction(complete.getBytes(StandardCharsets.UTF_8));
  }

  private static String compactObject(byte[] json) {
    JsonText text;
    try {
      text = JsonTexts.parse(new String(json, StandardCharsets.UTF_8));
    } catch (LedgerException e) {
      throw e.error() instanceof InvalidDraft fault
          ? new LedgerException(new InvalidDraft("body", fault.reason()))
          : e;
    }
    if (text == null || !text.text().startsWith("{")) {
      throw new LedgerException(new InvalidDraft("body", "is not a JSON object"));
    }
    return text.text();
  }

  /** The members of an object, each as {@code "name":value}. */
  private static List<String> members(String object) {
    List<String> members = new ArrayList<>();
    int depth = 0;
    int start = 1;
    for (int i = 1; i < object.length(); i++) {
      switch (object.charAt(i)) {
        case '"' -> i = JsonScan.endOfString(object, i) - 1;
        case '{', '[' -> depth++;
        case ',', '}', ']' -> {
          boolean ends = depth == 0 && i > start;
          if (ends) {
            members.add(object.substring(start, i));
            start = i + 1;
          }
          depth -= object.charAt(i) == ',' ? 0 : 1;
        }
        default -> {
          // Numbers, literals and colons.
        }
      }
    }
    return members;
  }
}
