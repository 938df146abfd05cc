// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Event;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers with amounts as strings against the same answers, through a parser of JSON. */
class StringAmountsTest {
  private static final int ROUNDS = 1_000;
  private static final long SEED = Long.getLong("talea.seed", 20_261_127L);

  private static final Set<String> AMOUNTS =
      Set.of("minor", "debit", "debits", "credit", "credits", "amount", "min_balance", "would_be");

  private final RandomValues values = new RandomValues(SEED);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'minor':0} | {'minor':'0'}",
        "{'minor':-12,'seq':3} | {'minor':'-12','seq':3}",
        "{'amount':{'minor':170141183460469231731687303715884105727,'asset':'minor'}}"
            + " | {'amount':{'minor':'170141183460469231731687303715884105727','asset':'minor'}}",
        "[{'debits':1,'credits':2},{'would_be':3,'min_balance':null}]"
            + " | [{'debits':'1','credits':'2'},{'would_be':'3','min_balance':null}]",
        "{'direction':'debit','x':1} | {'direction':'debit','x':1}",
        "{'metadata':{'minor':1,'a':[{'minor':2}]},'minor':3}"
            + " | {'metadata':{'minor':1,'a':[{'minor':2}]},'minor':'3'}",
        "{'metadata': {'minor': 1} ,'minor':3} | {'metadata': {'minor': 1} ,'minor':'3'}",
        "{'metadata':5,'minor':3} | {'metadata':5,'minor':'3'}",
        "{'metadata':'}','minor':3} | {'metadata':'}','minor':'3'}",
        "{'a':'metadata','minor':3} | {'a':'metadata','minor':'3'}",
        "{'reason':'\\',\\'minor\\':1','amount':2} | {'reason':'\\',\\'minor\\':1','amount':'2'}",
        "{'reason':'\\\\','amount':2} | {'reason':'\\\\','amount':'2'}",
        "[] | []",
        "{} | {}",
      })
  void amountsAndNothingElseGetQuotes(String integers, String strings) {
    assertEquals(
        strings.replace('\'', '"'),
        new String(StringAmounts.of(integers.replace('\'', '"').getBytes(UTF_8)), UTF_8));
  }

  /** A document cut short is none of ours; it must not take the process with it all the same. */
  @Test
  void whatIsCutShortIsCopiedAsFarAsItGoes() {
    byte[] whole = TransactionJson.write(transaction());
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertTrue(StringAmounts.of(part).length >= length, () -> new String(part, UTF_8));
    }
  }

  @Test
  void randomAnswersSayTheSame() throws IOException {
    int amounts = 0;
    for (int i = 0; i < ROUNDS; i++) {
      for (byte[] answer : answers()) {
        amounts += compare(answer, StringAmounts.of(answer));
      }
    }
    assertTrue(amounts > 10 * ROUNDS, "found " + amounts + " amounts");
  }

  private List<byte[]> answers() {
    List<TransactionView> transactions = values.some(this::transaction);
    List<Event> events = values.some(this::event);
    return List.of(
        EventJson.page(new Page<>(events, values.seq())),
        EventJson.write(event()),
        TransactionJson.page(new Page<>(transactions, null)),
        HistoryJson.write(new HistoryPage(values.some(values::postingView), values.seq())),
        AccountJson.page(new Page<>(values.some(this::account), values.text())),
        TrialBalanceJson.write(
            new TrialBalance(values.text(), values.maybe(values::moment), values.some(this::line))),
        ResultJson.batch(values.some(this::slot)),
        ResultJson.error(error()));
  }

  private TransactionView transaction() {
    TransactionDraft draft = draft();
    return new TransactionView(
        values.uuid(),
        draft.book(),
        values.seq(),
        values.moment(),
        values.some(values::postingView),
        draft.externalRefs(),
        draft.metadata());
  }

  private Event event() {
    Event.Payload payload =
        switch (values.random.nextInt(4)) {
          case 0 -> new Event.AccountOpened(values.account());
          case 1 -> new Event.AssetRegistered(values.asset());
          default -> new Event.TransactionPosted(values.uuid(), draft());
        };
    return new Event(values.seq(), values.moment(), payload);
  }

  /** With names of amounts where the caller may put any. */
  private TransactionDraft draft() {
    TransactionDraft draft = values.draft();
    return new TransactionDraft(
        name(),
        name(),
        draft.postings(),
        draft.externalRefs(),
        values.random.nextBoolean() ? new JsonText(hostile(4)) : draft.metadata(),
        draft.occurredAt());
  }

  private String name() {
    List<String> names = new ArrayList<>(AMOUNTS);
    names.add("metadata");
    names.add("\",\"minor\":1,\"");
    names.add("\\");
    names.add(values.text());
    return names.get(values.random.nextInt(names.size()));
  }

  private String hostile(int depth) {
    return switch (values.random.nextInt(depth == 0 ? 2 : 4)) {
      case 0 -> "" + values.random.nextInt();
      case 1 -> "\"},\\\"minor\\\":1\"";
      case 2 -> "[" + hostile(depth - 1) + "," + hostile(depth - 1) + "]";
      default ->
          "{\"minor\":"
              + hostile(depth - 1)
              + ",\"metadata\":"
              + hostile(depth - 1)
              + ",\"debits\":-1}";
    };
  }

  private AccountView account() {
    Account account = values.account();
    return new AccountView(account, values.random.nextInt(30), values.int128(), values.seq());
  }

  private TrialBalance.Line line() {
    return new TrialBalance.Line(
        name(), new BigInteger(140, values.random), new BigInteger(140, values.random));
  }

  private PostResult slot() {
    return values.random.nextBoolean()
        ? new Posted(values.uuid(), values.seq(), values.moment(), true)
        : new Refused(error());
  }

  private LedgerError error() {
    Int128 one = values.int128();
    Int128 other = values.int128();
    return switch (values.random.nextInt(4)) {
      case 0 -> new LedgerError.Unbalanced(name(), one, other);
      case 1 -> new LedgerError.InvalidAmount(one);
      case 2 -> new LedgerError.ConstraintViolation(name(), one, other);
      default -> new LedgerError.InvalidDraft(name(), name());
    };
  }

  /** Token by token; returns how many amounts there were. */
  private static int compare(byte[] integers, byte[] strings) throws IOException {
    int amounts = 0;
    int metadata = -1; // depth at which metadata began
    int depth = 0;
    String where = "-Dtalea.seed=" + SEED + " " + new String(strings, UTF_8);
    try (JsonParser one = Json.ANSWER.createParser(integers);
        JsonParser other = Json.ANSWER.createParser(strings)) {
      while (true) {
        @Nullable JsonToken expected = one.nextToken();
        @Nullable JsonToken token = other.nextToken();
        if (expected == null) {
          assertEquals(null, token, where);
          return amounts;
        }
        depth += expected.isStructStart() ? 1 : expected.isStructEnd() ? -1 : 0;
        if (metadata >= 0 && depth < metadata) {
          metadata = -1;
        }
        if (expected == JsonToken.FIELD_NAME && (metadata < 0 || depth == metadata)) {
          metadata = one.currentName().equals("metadata") ? depth : -1;
        }
        String name = one.currentName();
        boolean amount =
            metadata < 0
                && expected == JsonToken.VALUE_NUMBER_INT
                && name != null
                && AMOUNTS.contains(name);
        amounts += amount ? 1 : 0;
        assertEquals(amount ? JsonToken.VALUE_STRING : expected, token, where);
        assertEquals(one.getText(), other.getText(), where);
      }
    }
  }
}
