// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a line of an environment file means. */
class EnvTextTest {
  private static Map<String, String> parse(String text) {
    return EnvText.parse(".env", text);
  }

  @Test
  void linesMeanWhatTheySeemTo() {
    String[][] table = {
      {"A=b", "b"},
      {"  A = b  ", "b"},
      {"export A=b", "b"},
      {"export\tA=b", "b"},
      {"A=b\r", "b"},
      {"A=", ""},
      {"A=b # comment", "b"},
      {"A= # comment", ""},
      {"A=b#c", "b#c"},
      {"A=b=c", "b=c"},
      {"A=b c", "b c"},
      {"A=$HOME", "$HOME"},
      {"A=b\\nc", "b\\nc"},
      {"A='b'", "b"},
      {"A='b # c'", "b # c"},
      {"A='b\\n\"$c'", "b\\n\"$c"},
      {"A='b' # comment", "b"},
      {"A=''", ""},
      {"A=\"b\"", "b"},
      {"A=\"b # c\"", "b # c"},
      {"A=\"b\\n\\t\\r\\\"\\\\\\$c\"", "b\n\t\r\"\\$c"},
      {"A=\"b\"  # comment", "b"},
      {"\uFEFFA=b", "b"},
    };
    for (String[] row : table) {
      assertEquals(Map.of("A", row[1]), parse(row[0]), row[0]);
    }
  }

  @Test
  void blankLinesAndCommentsAreNothing() {
    assertEquals(Map.of("A", "1", "B_2", "2"), parse("\n# one\nA=1\n\n   # two\n  B_2=2\n\n"));
    assertEquals(Map.of(), parse(""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SECRET",
        "=SECRET",
        "1A=SECRET",
        "A-B=SECRET",
        "A B=SECRET",
        "exportA B=SECRET",
        "A='SECRET",
        "A=\"SECRET",
        "A=\"SECRET\\\"",
        "A=\"SECRET\\x\"",
        "A='SECRET'x",
        "A=\"SECRET\"x",
        "A='SECRET'#x",
        "A=SEC'RET",
        "A=SEC\"RET",
      })
  void whatIsMalformedIsFatalNamesItsLineAndRepeatsNothing(String line) {
    StartException refusal =
        assertThrows(StartException.class, () -> parse("FIRST=1\n" + line + "\nLAST=1"));
    assertTrue(("" + refusal.getMessage()).startsWith(".env line 2 "), refusal::getMessage);
    assertFalse(("" + refusal.getMessage()).contains("SECRET"), refusal::getMessage);
  }

  @Test
  void aVariableSetTwiceIsAmbiguous() {
    StartException refusal = assertThrows(StartException.class, () -> parse("A=1\nB=2\nA=1"));
    assertEquals(".env line 3 sets A, which line 1 has set already", refusal.getMessage());
  }
}
