// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.LedgerStream.Happened;
import org.junit.jupiter.api.Test;

/** A line is read as it was written or not at all: what differs in one byte is refused. */
class EventLineTest {
  private static final String LINE =
      "{\"book\":\"b\",\"seq\":7,\"at\":\"2026-11-20T23:15:53.312182Z\","
          + "\"kind\":\"transaction_posted\",\"payload\":{\"kind\":\"transaction_posted\","
          + "\"id\":\"01a1fb3e-b560-72e9-874c-070500000003\",\"book\":\"b\",\"postings\":["
          + "{\"account\":{\"book\":\"b\",\"path\":\"é\"},"
          + "\"amount\":{\"minor\":9007199254740993,\"asset\":\"EUR\"},\"direction\":\"debit\"},"
          + "{\"account\":{\"book\":\"b\",\"path\":\"c\"},"
          + "\"amount\":{\"minor\":9007199254740993,\"asset\":\"EUR\"},\"direction\":\"credit\"}],"
          + "\"idempotency_key\":\"k\",\"external_refs\":[],\"metadata\":{\"a\":1.50},"
          + "\"occurred_at\":null}}";

  private static String refused(String from, String to) {
    assertTrue(LINE.contains(from), from);
    byte[] line = LINE.replace(from, to).getBytes(UTF_8);
    LedgerException e = assertThrows(LedgerException.class, () -> EventJson.readLine(line));
    return ((InvalidDraft) e.error()).reason();
  }

  @Test
  void aLineIsReadAndWrittenAgainByteForByte() {
    Happened read = EventJson.readLine(LINE.getBytes(UTF_8));
    assertArrayEquals(LINE.getBytes(UTF_8), EventJson.write(read.book(), read.event()));
  }

  @Test
  void whatAnotherProgramMadeOfALineIsRefused() {
    // What jq and JavaScript do to long numbers is refused by the money of the other side alone.
    assertEquals(
        "from byte 12 on it is not spelled as talea writes it: expected ',\"seq\":7,\"at\":\"2026-11-2',"
            + " found ' ,\"seq\":7,\"at\":\"2026-11-'",
        refused("\"b\",\"seq\"", "\"b\" ,\"seq\""));
    refused("é", "\\u00e9");
    refused("\"minor\":9007199254740993", "\"minor\":\"9007199254740993\"");
    refused("{\"a\":1.50}", "{\"a\": 1.50}");
    refused("23:15:53.312182Z", "23:15:53.312182000Z");
    refused("01a1fb3e", "01A1FB3E");
    refused("\"occurred_at\":null", "\"occurred_at\":null,\"more\":1");
    refused(",\"occurred_at\":null", "");
    refused("\"seq\":7,", "\"seq\":7,\"more\":1,");
  }

  @Test
  void twoNamesOfOneThingHaveToAgree() {
    refused("\"book\":\"b\",\"seq\"", "\"book\":\"c\",\"seq\"");
    refused("\"book\":\"b\",\"path\":\"c\"", "\"book\":\"c\",\"path\":\"c\"");
    refused("\"kind\":\"transaction_posted\",\"payload\"", "\"kind\":\"other\",\"payload\"");
    assertEquals("the field book is missing", tail(refused("\"book\":\"b\",\"seq\"", "\"seq\"")));
    assertEquals("must be an integer, is a string", tail(refused("\"seq\":7", "\"seq\":\"7\"")));
  }

  private static String tail(String reason) {
    return reason.substring(reason.lastIndexOf(": ") + 2);
  }
}
