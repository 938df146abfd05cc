// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.log.TreeHash;
import dev.talea.reconcile.document.DocumentException;
import dev.talea.reconcile.document.DocumentReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.Objects;

/**
 * A recipe as a document: read from JSON, and written in the one form whose SHA-256 names it.
 * Reading is about the form alone; whether it makes sense is {@link RecipeCheck}'s.
 *
 * <p>Stateless; any thread.
 */
public final class RecipeJson {
  /** Version of the form, the first field of every recipe that is written. */
  static final int FORMAT = 1;

  /** Default settings: what is written is small and made by this program. */
  private static final JsonFactory FACTORY = new JsonFactory();

  private RecipeJson() {}

  /**
   * Reads a recipe.
   *
   * @throws DocumentException if it is not JSON of the form that docs/reference-recipes.md shows
   */
  public static Recipe read(byte[] json) {
    return DocumentReader.read("recipe", json, in -> new RecipeReader(in).recipe());
  }

  /**
   * The canonical form: fixed order, no white space, what is null or empty left out. {@link #read}
   * makes an equal recipe of it.
   */
  public static byte[] write(Recipe recipe) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = FACTORY.createGenerator(bytes)) {
      new RecipeWriter(out).recipe(recipe);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot happen: writing JSON to memory failed", e);
    }
    return bytes.toByteArray();
  }

  /** The JSON Schema (draft 2020-12) of recipes. */
  public static byte[] schema() {
    try (InputStream in = RecipeJson.class.getResourceAsStream("recipe.schema.json")) {
      return Objects.requireNonNull(in, "recipe.schema.json").readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot happen: the schema is part of the program", e);
    }
  }

  /** SHA-256 of the canonical form, in hexadecimal digits. */
  public static String sha256(Recipe recipe) {
    return HexFormat.of().formatHex(TreeHash.sha256().digest(write(recipe)));
  }
}
