// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.server.settings.ConfigFiles;
import dev.talea.server.settings.Setting;
import dev.talea.server.settings.Settings;
import dev.talea.server.settings.StartException;
import dev.talea.server.settings.TokenText;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/**
 * Knows the tokens and what each is good for.
 *
 * <p>Only digests are kept. A token that is shown is digested and compared with every known one, to
 * the end, so that the time it takes tells neither which one came close nor how close.
 *
 * <p>Immutable; any thread may ask.
 */
public final class Tokens {
  private static final String API_TOKEN_NAME = "TALEA_API_TOKEN";

  private static final Grant EVERYBODY = Grant.everything("everybody");
  private static final Set<String> KEYS = Set.of("token", "books", "access");

  /** A token by its digest. Not a record: an array has no value of its own to compare. */
  private static final class Known {
    final byte[] digest;
    final Grant grant;

    Known(byte[] digest, Grant grant) {
      this.digest = digest;
      this.grant = grant;
    }
  }

  private final List<Known> known;
  private final List<String> warnings = new ArrayList<>();

  private Tokens(List<Known> known) {
    this.known = List.copyOf(known);
  }

  /** What is no error and had better be changed, in sentences for people. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** The tokens these settings name; reads the tokens file. */
  public static Tokens of(Settings settings) {
    String file = settings.tokensFile();
    String text =
        file == null ? null : ConfigFiles.read(Setting.TOKENS_FILE.variable(), Path.of(file));
    Tokens tokens = parse(settings.apiToken(), file == null ? "" : file, text);
    if (file != null) {
      tokens.warnings.addAll(ConfigFiles.readableByOthers(Path.of(file)));
    }
    return tokens;
  }

  /**
   * @param fileText null if there is no file
   */
  static Tokens parse(@Nullable String apiToken, String fileName, @Nullable String fileText) {
    List<Known> known = new ArrayList<>();
    if (apiToken != null) {
      TokenText.checkSendable(API_TOKEN_NAME, apiToken);
      known.add(new Known(digest(apiToken), Grant.everything(API_TOKEN_NAME)));
    }
    List<String> warnings = new ArrayList<>();
    if (fileText != null) {
      entries(fileName, fileText, known, warnings);
    }
    Tokens tokens = new Tokens(known);
    tokens.warnings.addAll(warnings);
    return tokens;
  }

  /** Whether every client may do everything. */
  public boolean isOpen() {
    return known.isEmpty();
  }

  /**
   * What the bearer of this {@code Authorization} header may do.
   *
   * @return null if that is nothing
   */
  @Nullable Grant grantFor(List<String> authorizationHeaders) {
    if (isOpen()) {
      return EVERYBODY;
    }
    // Two headers are two claims, and a proxy between us and the caller may believe the other one.
    if (authorizationHeaders.size() != 1) {
      return null;
    }
    String header = authorizationHeaders.get(0);
    String scheme = "Bearer ";
    if (!header.regionMatches(true, 0, scheme, 0, scheme.length())) {
      return null;
    }
    byte[] shown = digest(header.substring(scheme.length()).strip());
    Grant found = null;
    for (Known token : known) {
      if (MessageDigest.isEqual(token.digest, shown)) {
        found = token.grant;
      }
    }
    return found;
  }

  private static void entries(
      String fileName, String text, List<Known> known, List<String> warnings) {
    String where = "TALEA_TOKENS_FILE " + fileName;
    TomlParseResult toml = Toml.parse(text);
    if (toml.hasErrors()) {
      TomlParseError first = toml.errors().get(0);
      // Its message quotes the text, which may be a secret.
      throw new StartException(where + " is not valid TOML, " + first.position());
    }
    for (String key : toml.keySet()) {
      if (!key.equals("tokens")) {
        throw new StartException(where + " has the unknown key '" + key + "'");
      }
    }
    TomlTable tokens = toml.get(List.of("tokens")) instanceof TomlTable table ? table : null;
    if (tokens == null || tokens.isEmpty()) {
      throw new StartException(
          where + " has no entries; write [tokens.NAME] with token, books and access");
    }
    for (String name : tokens.keySet()) {
      String entry = where + ", entry '" + name + "':";
      if (!(tokens.get(List.of(name)) instanceof TomlTable table)) {
        throw new StartException(entry + " is not a table [tokens." + name + "]");
      }
      known.add(entry(entry, name, table, known));
      String weakness = TokenText.weakness(entry + " its token", string(entry, table, "token"));
      if (weakness != null) {
        warnings.add(weakness);
      }
    }
  }

  private static Known entry(String entry, String name, TomlTable table, List<Known> known) {
    for (String key : table.keySet()) {
      if (!KEYS.contains(key)) {
        throw new StartException(entry + " unknown key '" + key + "'");
      }
    }
    String token = string(entry, table, "token");
    TokenText.checkSendable(entry + " token", token);
    Set<String> books = books(entry, table);
    String access = string(entry, table, "access");
    if (!access.equals("ro") && !access.equals("rw")) {
      throw new StartException(entry + " access is '" + access + "', but must be ro or rw");
    }
    byte[] digest = digest(token);
    for (Known other : known) {
      if (MessageDigest.isEqual(other.digest, digest)) {
        throw new StartException(entry + " its token is also that of " + other.grant.name());
      }
    }
    return new Known(digest, new Grant("'" + name + "'", books, access.equals("rw")));
  }

  private static String string(String entry, TomlTable table, String key) {
    Object value = table.get(List.of(key));
    if (value == null) {
      throw new StartException(entry + " " + key + " is missing");
    }
    if (!(value instanceof String text)) {
      throw new StartException(entry + " " + key + " is not a string");
    }
    if (text.isBlank()) {
      throw new StartException(entry + " " + key + " is empty");
    }
    return text;
  }

  private static Set<String> books(String entry, TomlTable table) {
    Object value = table.get(List.of("books"));
    if (value == null) {
      throw new StartException(entry + " books is missing");
    }
    if (!(value instanceof TomlArray array)) {
      throw new StartException(entry + " books is not an array of names");
    }
    Set<String> books = new HashSet<>();
    for (Object book : array.toList()) {
      if (!(book instanceof String text) || text.isBlank()) {
        throw new StartException(entry + " books holds something that is not the name of a book");
      }
      books.add(text);
    }
    if (books.isEmpty()) {
      throw new StartException(entry + " books is empty");
    }
    if (books.contains(Grant.ALL_BOOKS) && array.size() > 1) {
      throw new StartException(entry + " books has \"*\" beside names; \"*\" stands alone");
    }
    return books;
  }

  private static byte[] digest(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
