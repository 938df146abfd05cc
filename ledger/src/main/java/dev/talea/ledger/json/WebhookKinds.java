// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import dev.talea.ledger.Event;
import dev.talea.ledger.projection.Notice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Kinds of events and notices, which stand in one array. Apart from {@link WebhookDraft} and {@link
 * WebhookJson}, which both have it.
 */
record WebhookKinds(Set<Event.Kind> events, Set<Notice> notices) {
  static List<String> words(Set<Event.Kind> events, Set<Notice> notices) {
    List<String> words = new ArrayList<>();
    events.stream().map(Event.Kind::word).sorted().forEach(words::add);
    notices.stream().map(Notice::word).sorted().forEach(words::add);
    return words;
  }

  static WebhookKinds read(JsonIn in) throws IOException {
    Set<Event.Kind> events = EnumSet.noneOf(Event.Kind.class);
    Set<Notice> notices = EnumSet.noneOf(Notice.class);
    List<String> known = words(EnumSet.allOf(Event.Kind.class), EnumSet.allOf(Notice.class));
    in.array();
    while (in.element()) {
      String word = in.text();
      if (!known.contains(word)) {
        throw in.fail("is none of " + String.join(", ", known));
      }
      for (Event.Kind kind : Event.Kind.values()) {
        if (kind.word().equals(word)) {
          events.add(kind);
        }
      }
      for (Notice notice : Notice.values()) {
        if (notice.word().equals(word)) {
          notices.add(notice);
        }
      }
    }
    return new WebhookKinds(events, notices);
  }
}
