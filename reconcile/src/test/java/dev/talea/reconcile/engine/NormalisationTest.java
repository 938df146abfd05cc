// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.talea.reconcile.recipe.Normalisation;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.duckdb.DuckDBAppender;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is done to a text means the same in DuckDB and in plain Java, for every character. */
@Tag("slow")
class NormalisationTest {
  @TempDir Path folder;

  /** Characters that this Java knows; later Unicode has more letters. */
  private static List<String> texts() {
    List<String> texts = new ArrayList<>();
    for (int point = 1; point <= Character.MAX_CODE_POINT; point++) {
      if (Character.isDefined(point) && (point < 0xD800 || point > 0xDFFF)) {
        String character = Character.toString(point);
        texts.add(character + "0a" + character + "1" + character);
      }
    }
    return texts;
  }

  @Test
  void everyCharacterIsChangedAlike() throws IOException, SQLException {
    List<String> texts = texts();
    List<String> different = new ArrayList<>();
    try (DuckSession session =
        new DuckSession(folder, folder.resolve("spill"), EngineConformance.LIMITS)) {
      session.run("CREATE TABLE texts (i BIGINT, t VARCHAR)");
      try (DuckDBAppender into = session.appender("texts")) {
        for (int i = 0; i < texts.size(); i++) {
          into.beginRow().append((long) i).append(texts.get(i)).endRow();
        }
      }
      for (Normalisation.Kind kind : Normalisation.Kind.values()) {
        String pattern = kind == Normalisation.Kind.CAPTURE ? "a(.)" : null;
        List<Normalisation> steps = List.of(new Normalisation(kind, pattern));
        session.query(
            "SELECT i, " + Sql.normalised("t", steps) + " FROM texts ORDER BY i",
            rows -> {
              while (rows.next()) {
                String text = texts.get(rows.getInt(1));
                String changed = rows.getString(2);
                String own = ReferenceMatcher.normalised(text, steps);
                if (!Objects.equals(changed, own)) {
                  different.add(
                      kind + " U+" + Integer.toHexString(text.codePointAt(0)) + " " + changed);
                }
              }
            });
      }
    }
    assertEquals(List.of(), different);
  }
}
