// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every command of the client takes, before or after its name. */
final class ClientOptions {
  /** How answers are shown. */
  enum Format {
    json,
    table,
    csv
  }

  /** How amounts in JSON are spelled. */
  enum Amounts {
    integer,
    string
  }

  @Option(
      names = "--amounts",
      paramLabel = "FORM",
      description =
          "With JSON, whether amounts are integers (unless told) or strings, for readers whose"
              + " numbers are shorter: ${COMPLETION-CANDIDATES}.")
  @Nullable Amounts amounts;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description =
          "The server; else $TALEA_URL, else what TALEA_BIND in ./.env says, else"
              + " http://127.0.0.1:8080.")
  @Nullable String url;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description =
          "The bearer token; else $TALEA_TOKEN, else TALEA_API_TOKEN in ./.env for the server that"
              + " it belongs to, else none.")
  @Nullable String token;

  @Option(
      names = "--timeout-secs",
      paramLabel = "N",
      description = "Seconds that one try of a request may take; 30 unless told.")
  @Nullable Integer timeoutSecs;

  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      description =
          "json, or table for people, or csv where a command has it; else $TALEA_OUTPUT, else"
              + " table on a terminal and json elsewhere.")
  @Nullable Format output;
}
