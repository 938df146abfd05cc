// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.record.AccountRecord;
import dev.talea.index.record.AssetRecord;
import dev.talea.index.record.LedgerRecord;
import dev.talea.index.record.TransactionRecord;
import dev.talea.ledger.Event;
import dev.talea.ledger.Micros;
import dev.talea.ledger.PageFill;
import dev.talea.log.LogCursor;
import dev.talea.log.LogReader;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns the durable records of a log into events. Serves books and the registry alike. Any thread.
 */
final class EventReader {
  private final LogReader log;
  private final AccountTable accounts;

  EventReader(LogReader log, AccountTable accounts) {
    this.log = log;
    this.accounts = accounts;
  }

  List<Event> after(long afterSeq, int limit, int bytesMax) {
    List<Event> events = new ArrayList<>();
    long from = Math.max(afterSeq, 0) + 1;
    if (from > log.durableSeq() || from <= 0) {
      return events;
    }
    LogCursor cursor = log.cursor(from);
    PageFill page = new PageFill(bytesMax);
    while (events.size() < limit && cursor.next()) {
      LedgerRecord record = LedgerRecord.of(log.name(), cursor);
      Event event = new Event(record.seq, Micros.instant(record.at()), payload(record));
      if (!page.takes(PageFill.bytes(event))) {
        break;
      }
      events.add(event);
    }
    return events;
  }

  private Event.Payload payload(LedgerRecord record) {
    return switch (record.kind()) {
      case ASSET_REGISTERED -> new Event.AssetRegistered(AssetRecord.decode(record));
      case ACCOUNT_OPENED -> new Event.AccountOpened(AccountRecord.decode(record).account());
      case TRANSACTION_POSTED ->
          PostedTransaction.event(log.name(), new TransactionRecord(record), accounts);
    };
  }
}
