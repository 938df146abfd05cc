// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.reconcile.document.DocumentException;
import dev.talea.reconcile.document.JsonSchema;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Recipes with slips: whatever the schema refuses the reader refuses, and what the reader takes is
 * written and read again as it is.
 */
@Tag("slow")
class RecipeMutationTest {
  private static final long SEED = Long.getLong("talea.seed", 20_260_131L);
  private static final int MUTATIONS = 1_500;
  private static final Pattern TOKEN =
      Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"|-?[0-9.]+|true|false|[\\[\\]{}:,]");
  private static final JsonSchema SCHEMA = new JsonSchema(RecipeJson.schema());

  @Test
  void whatTheSchemaRefusesTheReaderRefuses() {
    List<String> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(Recipes.EVERY_WORD);
    while (matcher.find()) {
      tokens.add(matcher.group());
    }
    Random random = new Random(SEED);
    int refused = 0;
    int taken = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      List<String> changed = new ArrayList<>(tokens);
      for (int slips = 1 + random.nextInt(2); slips > 0; slips--) {
        changed.set(random.nextInt(changed.size()), tokens.get(random.nextInt(tokens.size())));
      }
      byte[] json = String.join("", changed).getBytes(UTF_8);
      List<String> faults = faults(json);
      Recipe recipe = read(json);
      if (recipe != null) {
        taken++;
        assertEquals(recipe, RecipeJson.read(RecipeJson.write(recipe)), "slip " + i);
        assertEquals(List.of(), SCHEMA.faults(RecipeJson.write(recipe)), "slip " + i);
        assertTrue(
            faults == null || faults.isEmpty(),
            "slip " + i + " of seed " + SEED + ": " + faults + "\n" + String.join("", changed));
      } else if (faults != null && !faults.isEmpty()) {
        refused++;
      }
    }
    assertTrue(refused > 100 && taken > 100, refused + " refused by both, " + taken + " taken");
  }

  /** What the schema says; null if this is no JSON. */
  private static @Nullable List<String> faults(byte[] json) {
    try {
      return SCHEMA.faults(json);
    } catch (UncheckedIOException e) {
      return null;
    }
  }

  private static @Nullable Recipe read(byte[] json) {
    try {
      return RecipeJson.read(json);
    } catch (DocumentException e) {
      return null;
    }
  }
}
