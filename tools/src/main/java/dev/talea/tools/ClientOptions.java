package dev.talea.tools;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every command of the client takes, before or after its name. */
final class ClientOptions {
  /** How answers are shown. */
  enum Format {
    json,
    table
  }

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "The server; else $TALEA_URL, else http://127.0.0.1:8080.")
  @Nullable String url;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description = "The bearer token; else $TALEA_TOKEN, else none.")
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
          "json, or table for people; else $TALEA_OUTPUT, else table on a terminal and json"
              + " elsewhere.")
  @Nullable Format output;
}
