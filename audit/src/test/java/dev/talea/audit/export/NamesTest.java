// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Names in journals can be read by people, and can be turned back whatever they are. */
class NamesTest {
  private static String plain(String book, String path) {
    return JournalNames.account(AccountKind.ASSET, new AccountId(book, path));
  }

  private static String beancount(String book, String path) {
    return BeancountNames.account(AccountKind.ASSET, new AccountId(book, path));
  }

  @Test
  void ordinaryNamesStayAsTheyAre() {
    assertEquals("assets:shop:cash", plain("shop", "cash"));
    assertEquals("assets:my shop:sellers:42", plain("my shop", "sellers:42"));
    assertEquals("assets:shop:現金 é (x) [y] *z!", plain("shop", "現金 é (x) [y] *z!"));
    assertEquals("Assets:Shop:Cash", beancount("shop", "cash"));
    assertEquals("Assets:Shop:Sellers:42", beancount("shop", "sellers:42"));
    assertEquals("Assets:Shop:Customer-5F7", beancount("shop", "customer_7"));
  }

  @Test
  void theRootSaysTheKind() {
    AccountId id = new AccountId("b", "p");
    Map<AccountKind, String> roots =
        Map.of(
            AccountKind.ASSET, "assets Assets",
            AccountKind.LIABILITY, "liabilities Liabilities",
            AccountKind.INCOME, "revenues Income",
            AccountKind.EXPENSE, "expenses Expenses",
            AccountKind.EQUITY, "equity Equity",
            AccountKind.CLEARING, "clearing Equity");
    for (AccountKind kind : AccountKind.values()) {
      String plain = JournalNames.account(kind, id).replace(":b:p", "");
      String beancount = BeancountNames.account(kind, id).replace(":B:P", "");
      assertEquals(roots.get(kind), plain + " " + beancount);
    }
  }

  @Test
  void whatAToolWouldReadAsSomethingElseIsSpelledInHex() {
    assertEquals("assets:a%3ab:c%20%20d", plain("a:b", "c  d"));
    assertEquals("assets:b:%20x%20", plain("b", " x "));
    assertEquals("assets:b:%:x:%", plain("b", ":x:"));
    assertEquals("assets:b:%25%3b%22", plain("b", "%;\""));
    assertEquals("assets:b:%e2%80%a8%ef%bb%bf", plain("b", "\u2028\ufeff"));
    assertEquals("Assets:A-3Ab:XX:Xx:X-5Fy:7:X", beancount("a:b", "X:x:_y:7:"));
    assertEquals("Assets:XEUR:X-C3-A9", beancount("EUR", "é"));
  }

  @Test
  void commoditiesAreQuotedWhereTheyHaveToBe() {
    assertEquals("EUR", JournalNames.commodity("EUR"));
    assertEquals("\"E1\"", JournalNames.commodity("E1"));
    assertEquals("\"a b\"", JournalNames.commodity("a b"));
    assertEquals("\"%22%3b%25%5c\"", JournalNames.commodity("\";%\\"));
    assertEquals("\"and\"", JournalNames.commodity("and"));
    assertEquals("\"%68\"", JournalNames.commodity("h"));
    for (String asset : List.of("EUR", "E1", "a  b ", "\";%\\", "and", "h", "€", "\"", "%", "é")) {
      assertEquals(asset, JournalNames.assetOf(JournalNames.commodity(asset)));
    }
  }

  @Test
  void currenciesOfBeancountAreNumberedWhereTheyHaveToBe() {
    for (String asset : List.of("EUR", "E1", "A.B-C'D_E", "ABCDEFGHIJKLMNOPQRSTUVWX")) {
      assertEquals(asset, BeancountNames.currency(asset, 7));
    }
    for (String asset :
        List.of(
            "e",
            "E",
            "eur",
            "X-7",
            "TRUE",
            "NULL",
            "1A",
            "A-",
            "A B",
            "ABCDEFGHIJKLMNOPQRSTUVWXY")) {
      assertEquals("X-7", BeancountNames.currency(asset, 7));
    }
  }

  @Test
  void everyNameCanBeTurnedBackAndNoTwoAreOne() {
    HostileLedger ledger = HostileLedger.make(1, 5, 3000, 0);
    Set<String> plain = new HashSet<>();
    Set<String> beancount = new HashSet<>();
    int count = 0;
    for (List<Account> accounts : ledger.accounts.values()) {
      for (Account account : accounts) {
        String name = JournalNames.account(account.kind(), account.id());
        assertEquals(account.id(), JournalNames.accountOf(name), name);
        assertFalse(name.contains("  "), name);
        assertFalse(name.endsWith(" "), name);
        plain.add(name);
        name = BeancountNames.account(account.kind(), account.id());
        assertEquals(account.id(), BeancountNames.accountOf(name), name);
        assertTrue(name.matches("[A-Z][a-z]+(:[A-Z0-9][A-Za-z0-9-]*){2,}"), name);
        beancount.add(name);
        count++;
      }
    }
    assertEquals(count, plain.size());
    assertEquals(count, beancount.size());
  }

  @Test
  void whatIsNoNameOfOursIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> JournalNames.accountOf("assets:b"));
    assertThrows(IllegalArgumentException.class, () -> JournalNames.accountOf("assets:b:a%2"));
    assertThrows(IllegalArgumentException.class, () -> JournalNames.accountOf("assets:b:a%zz"));
    assertThrows(IllegalArgumentException.class, () -> BeancountNames.accountOf("Equity:Opening"));
    assertThrows(IllegalArgumentException.class, () -> BeancountNames.accountOf("Assets:A:B-4"));
    assertThrows(IllegalArgumentException.class, () -> BeancountNames.accountOf("Assets:A::B"));
  }
}
