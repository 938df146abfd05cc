// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Writes the text of an environment file: what this ledger needs, then everything else as comments
 * that show the defaults. Read back by {@link EnvText}. Stateless.
 */
public final class EnvFile {
  /** 256 bits cannot be guessed, and 64 hex digits fit every header. */
  public static final int TOKEN_BYTES = 32;

  private EnvFile() {}

  /**
   * The text of a token.
   *
   * @param random {@link #TOKEN_BYTES} that cannot be predicted
   */
  public static String token(byte[] random) {
    return HexFormat.of().formatHex(random);
  }

  /**
   * @param written whether the URL goes into the file; else it comes from the platform, which may
   *     change its password any day, and the file must not know better
   * @param bind the address to listen on; null for the default
   * @param projections whether all projections are to run
   */
  public static String text(
      DbUrl url, boolean written, String token, @Nullable String bind, boolean projections) {
    StringBuilder text = new StringBuilder();
    text.append("# Settings of talead. The real environment wins, variable by variable.\n");
    text.append("# This file holds a secret: keep it to yourself and out of version control.\n\n");
    if (written) {
      assign(text, "", Setting.DB_URL, url.text());
    } else {
      text.append("# The ledger is named by DATABASE_URL or POSTGRES_* in the environment.\n");
      assign(text, "#", Setting.DB_URL, url.toString());
    }
    assign(text, "", Setting.API_TOKEN, token);
    assign(text, "", Setting.BIND, bind == null ? example(Setting.BIND, url) : bind);
    if (projections) {
      assign(text, "", Setting.PROJECTIONS, "all");
    }
    text.append("\n# Everything else, with its default or an example:\n");
    for (Setting setting : Setting.values()) {
      boolean assigned =
          setting == Setting.DB_URL
              || setting == Setting.API_TOKEN
              || setting == Setting.BIND
              || (projections && setting == Setting.PROJECTIONS);
      if (!assigned) {
        text.append("\n# ").append(setting.help()).append('\n');
        assign(text, "#", setting, example(setting, url));
      }
    }
    return text.toString();
  }

  private static String example(Setting setting, DbUrl url) {
    String value = setting.defaultText(url);
    if (value != null) {
      return value;
    }
    return switch (setting) {
      case TOKENS_FILE -> "talea.tokens.toml";
      case READY -> "strict";
      case ORIGIN -> "ledger.example.com";
      case PROJECTION_DB_URL -> "sqlite://projections.db";
      case PERSISTENCE_MODULE -> "eventsourcing.sqlite";
      case WEBHOOK_PRIVATE -> "allow";
      case RECONCILE_DIR -> "reconcile";
      case RECONCILE_SOURCES -> "talea.sources.toml";
      case RECONCILE_THREADS -> "2";
      case ASSISTANT_URL -> "https://api.anthropic.com";
      case ASSISTANT_KEY -> "sk-ant-...";
      case ASSISTANT_MODEL -> "claude-sonnet-4-5";
      default -> "127.0.0.1:9464";
    };
  }

  private static void assign(StringBuilder text, String comment, Setting setting, String value) {
    text.append(comment).append(setting.variable()).append('=').append(quoted(value)).append('\n');
  }

  private static String quoted(String value) {
    if (value.matches("[A-Za-z0-9_./:@%+,=-]+")) {
      return value;
    }
    return '"'
        + value
            .replace("\\", "\\\\")
            .replace("\"", "\\\"")
            .replace("$", "\\$")
            .replace("\n", "\\n")
            .replace("\r", "\\r")
            .replace("\t", "\\t")
        + '"';
  }
}
