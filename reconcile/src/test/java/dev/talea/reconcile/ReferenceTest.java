// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.reconcile.document.JsonSchema;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.RecipeCheck;
import dev.talea.reconcile.recipe.RecipeJson;
import dev.talea.reconcile.source.FormatProfile;
import dev.talea.reconcile.source.ProfileJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The documents in docs/reference-recipes.md are read as a user's would be. */
class ReferenceTest {
  private static final Path PAGE = Path.of("../docs/reference-recipes.md");

  /** The JSON blocks of the page that have this field. */
  private static List<byte[]> documents(String field) throws IOException {
    List<byte[]> documents =
        Pattern.compile("(?s)```json\n(.*?)```")
            .matcher(Files.readString(PAGE))
            .results()
            .map(block -> block.group(1))
            .filter(block -> block.contains('"' + field + '"'))
            .map(block -> block.getBytes(UTF_8))
            .toList();
    assertTrue(!documents.isEmpty(), field);
    return documents;
  }

  @Test
  void recipesPassTheSchemaTheReaderAndTheCheck() throws IOException {
    JsonSchema schema = new JsonSchema(RecipeJson.schema());
    for (byte[] document : documents("rules")) {
      assertEquals(List.of(), schema.faults(document));
      Recipe recipe = RecipeJson.read(document);
      assertEquals(List.of(), RecipeCheck.alone(recipe));
      assertEquals(recipe, RecipeJson.read(RecipeJson.write(recipe)));
    }
  }

  @Test
  void profilesAreReadAndWritten() throws IOException {
    for (byte[] document : documents("fields")) {
      FormatProfile profile = ProfileJson.read(document);
      assertEquals(profile, ProfileJson.read(ProfileJson.write(profile)));
    }
    for (byte[] document : documents("format")) {
      ProfileJson.read(document);
    }
  }
}
