// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.server.settings.StartException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which files of tokens are taken, and what each token is good for. */
class TokensTest {
  private static final String GOOD =
      "[tokens.a]\ntoken = \"one\"\nbooks = [\"b\", \"c\"]\naccess = \"ro\"\n";

  private static Tokens parse(@Nullable String apiToken, @Nullable String toml) {
    return Tokens.parse(apiToken, "t.toml", toml);
  }

  private static @Nullable Grant grant(Tokens tokens, String token) {
    return tokens.grantFor(List.of("Bearer " + token));
  }

  @Test
  void withoutTokensEverythingIsOpen() {
    Tokens none = parse(null, null);
    assertTrue(none.isOpen());
    Grant unknown = none.grantFor(List.of());
    assertNotNull(unknown);
    assertTrue(unknown.mayRegisterAssets());
    assertFalse(parse("x", null).isOpen());
    assertNull(parse("x", null).grantFor(List.of()));
  }

  @Test
  void eachTokenIsGoodForItsBooks() {
    Tokens tokens =
        parse(
            "root",
            GOOD
                + "[tokens.\"dotted.name\"]\ntoken=\"two\"\nbooks=[\"*\"]\naccess=\"ro\"\n"
                + "[tokens.w]\ntoken=\"three\"\nbooks=[\"b\"]\naccess=\"rw\"\n");
    Grant root = grant(tokens, "root");
    Grant one = grant(tokens, "one");
    Grant two = grant(tokens, "two");
    Grant three = grant(tokens, "three");
    assertNotNull(root);
    assertNotNull(one);
    assertNotNull(two);
    assertNotNull(three);
    assertTrue(root.mayRegisterAssets() && root.mayWrite("x") && root.mayRead("_system"));
    assertTrue(one.mayRead("b") && one.mayRead("c") && !one.mayRead("d") && !one.mayWrite("b"));
    assertTrue(two.mayRead("x") && !two.mayWrite("x") && !two.mayRegisterAssets());
    assertTrue(three.mayWrite("b") && !three.mayRead("c") && !three.mayRegisterAssets());
    assertNull(grant(tokens, "four"));
    assertFalse(one.toString().contains("one"), "a grant does not tell its token");
  }

  @Test
  void aNameIsExactAndNotAPattern() {
    Tokens tokens = parse(null, "[tokens.a]\ntoken=\"one\"\nbooks=[\"b*\"]\naccess=\"rw\"\n");
    Grant one = grant(tokens, "one");
    assertNotNull(one);
    assertTrue(one.mayWrite("b*"));
    assertFalse(one.mayRead("b"));
    assertFalse(one.mayRead("bb"));
  }

  static Stream<Arguments> bad() {
    return Stream.of(
        Arguments.of("", "no entries"),
        Arguments.of("[tokens]\n", "no entries"),
        Arguments.of("tokens = 5\n", "no entries"),
        Arguments.of("[token.a]\n", "unknown key 'token'"),
        Arguments.of("[tokens.a\n", "not valid TOML"),
        Arguments.of(GOOD + "SECRET = SECRET\n", "not valid TOML"),
        Arguments.of("tokens.a = 5\n", "entry 'a'"),
        Arguments.of(GOOD.replace("token = \"one\"\n", ""), "'a': token is missing"),
        Arguments.of(GOOD.replace("\"one\"", "1"), "'a': token is not a string"),
        Arguments.of(GOOD.replace("\"one\"", "\"\""), "'a': token is empty"),
        Arguments.of(GOOD.replace("\"one\"", "\"SECRET \""), "'a': token holds a character"),
        Arguments.of(GOOD.replace("books = [\"b\", \"c\"]\n", ""), "'a': books is missing"),
        Arguments.of(GOOD.replace("[\"b\", \"c\"]", "\"b\""), "'a': books is not an array"),
        Arguments.of(GOOD.replace("[\"b\", \"c\"]", "[]"), "'a': books is empty"),
        Arguments.of(GOOD.replace("\"c\"", "\"\""), "'a': books holds something"),
        Arguments.of(GOOD.replace("\"c\"", "\"*\""), "\"*\" stands alone"),
        Arguments.of(GOOD.replace("access = \"ro\"\n", ""), "'a': access is missing"),
        Arguments.of(GOOD.replace("\"ro\"", "\"write\""), "'a': access is 'write'"),
        Arguments.of(GOOD.replace("\"ro\"", "\"RW\""), "'a': access is 'RW'"),
        Arguments.of(GOOD + "expires = \"2030\"\n", "'a': unknown key 'expires'"),
        Arguments.of(GOOD + GOOD.replace("tokens.a", "tokens.z"), "'z': its token is also"),
        Arguments.of(GOOD.replace("one", "SECRET-root"), "also that of TALEA_API_TOKEN"));
  }

  @ParameterizedTest
  @MethodSource("bad")
  void aBadFileIsRefusedWithItsEntryAndWithoutItsSecrets(String toml, String words) {
    StartException refusal = assertThrows(StartException.class, () -> parse("SECRET-root", toml));
    String message = "" + refusal.getMessage();
    assertTrue(message.startsWith("TALEA_TOKENS_FILE t.toml"), message);
    assertTrue(message.contains(words), message);
    assertFalse(message.contains("SECRET"), message);
    assertFalse(message.contains("\"one\""), message);
  }

  @Test
  void theSameBookTwiceIsNoMatter() {
    assertEquals(
        List.of(true), List.of(grant(parse(null, GOOD.replace("\"c\"", "\"b\"")), "one") != null));
  }
}
