// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The environment variables the daemon listens to, with defaults, bounds and a line of help. The
 * one list that parsing, {@code talead config}, the environment file written by {@code init} and
 * the documentation go by.
 */
public enum Setting {
  DB_URL(
      "TALEA_DB_URL",
      null,
      "where the ledger lives: log://DIR, sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE"),
  BIND("TALEA_BIND", "127.0.0.1:8080", "address of the HTTP interface, HOST:PORT"),
  API_TOKEN("TALEA_API_TOKEN", null, "a bearer token for everything"),
  TOKENS_FILE("TALEA_TOKENS_FILE", null, "a TOML file of tokens with scopes"),
  CREATE(
      "TALEA_CREATE",
      "false",
      List.of("true", "false"),
      "whether 'serve' makes a ledger where there is none, as 'init' does"),
  READY(
      "TALEA_READY",
      null,
      List.of("strict"),
      "strict: one book that takes no writes makes /readyz say no"),
  LOG_LEVEL(
      "TALEA_LOG_LEVEL",
      "info",
      List.of("trace", "debug", "info", "warn", "error"),
      "what the daemon tells: trace, debug, info, warn or error"),
  ORIGIN(
      "TALEA_ORIGIN",
      null,
      "what the heads of this ledger's logs are called by, such as ledger.example.com; needed to"
          + " sign them"),
  CLOCK_SKEW_MAX(
      "TALEA_CLOCK_SKEW_MAX",
      "24h",
      Duration.ofSeconds(1),
      Duration.ofDays(36_500),
      "how far the clock may run ahead of the time that has passed before it is not used"),
  DB_POOL(
      "TALEA_DB_POOL",
      10,
      1,
      10_000,
      "database connections to write and to read, at least 2; one that listens comes on top, and"
          + " the log store has none"),
  DB_INSTANCES(
      "TALEA_DB_INSTANCES",
      1,
      1,
      10_000,
      "processes like this one on its database; only to warn if connections cannot be enough"),
  DB_BUDGET(
      "TALEA_DB_BUDGET",
      "warn",
      List.of("warn", "fail"),
      "fail: connections that cannot be enough for all instances stop the start"),
  MAX_CONNECTIONS(
      "POSTGRES_MAX_CONNECTIONS",
      1,
      1_000_000,
      "connections that PostgreSQL accepts, for the same sum; asked of the server unless told"),
  MAX_INFLIGHT("TALEA_MAX_INFLIGHT", 256, 1, 1_000_000, "requests in flight, over all routes"),
  WRITE_QUEUE_DEPTH(
      "TALEA_WRITE_QUEUE_DEPTH", 16_384, 1, 10_000_000, "drafts waiting per book before 429"),
  WRITE_BATCH_MAX("TALEA_WRITE_BATCH_MAX", 8_192, 1, 1_000_000, "drafts in one group commit"),
  HTTP_BATCH_MAX("TALEA_HTTP_BATCH_MAX", 500, 1, 100_000, "drafts in one batch request"),
  METRICS_BIND("TALEA_METRICS_BIND", null, "address of the metrics listener, HOST:PORT"),
  LOG_SNAPSHOT_EVERY(
      "TALEA_LOG_SNAPSHOT_EVERY",
      100_000,
      1,
      1_000_000_000_000L,
      "events of a book between two checkpoints, and at most about that many replayed at start"),
  LOG_IDEM_HOT_CAP(
      "TALEA_LOG_IDEM_HOT_CAP",
      1_000_000,
      1,
      1_000_000_000,
      "idempotency keys held in memory over all books; the others are in files"),
  SCRUB(
      "TALEA_SCRUB",
      "off",
      "MiB a second of logs that are read again and checked while they are served, or off"),
  LOG_SEGMENT_MAX("TALEA_LOG_SEGMENT_MAX", 134_217_728, 65_536, 1 << 30, "bytes of a log segment"),
  PROJECTIONS(
      "TALEA_PROJECTIONS", "none", "projections that run here: names with commas, all, or none"),
  PROJECTION_DB_URL(
      "TALEA_PROJECTION_DB_URL",
      null,
      "where tables of projections lie: sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE"),
  PERSISTENCE_MODULE(
      "PERSISTENCE_MODULE",
      null,
      List.of("eventsourcing.sqlite", "eventsourcing.postgres"),
      "what the tables of projections lie in, as a check: eventsourcing.sqlite or"
          + " eventsourcing.postgres"),
  CREATE_TABLE(
      "CREATE_TABLE",
      "true",
      List.of("true", "false"),
      "false: tables of projections have to be there, and none are made"),
  PROJECTION_POOL_SIZE(
      "POSTGRES_PROJECTION_POOL_SIZE",
      2,
      1,
      1_000,
      "connections to PostgreSQL that all projections together keep"),
  PROJECTION_MAX_OVERFLOW(
      "POSTGRES_PROJECTION_MAX_OVERFLOW",
      3,
      0,
      1_000,
      "connections on top of those while there is much to do"),
  PROJECTION_RUNNERS(
      "MAX_PROJECTION_RUNNERS",
      8,
      0,
      1_000,
      "projections that run here at most; 0: none, whatever TALEA_PROJECTIONS says"),
  PROJECTION_LEASE(
      "TALEA_PROJECTION_LEASE",
      "10s",
      Duration.ofSeconds(1),
      Duration.ofDays(1),
      "without a sign of life for so long, a projection is taken over by another process"),
  PROJECTION_ZONE(
      "TALEA_PROJECTION_ZONE", "UTC", "time zone of the days of daily-balances; a change rebuilds"),
  WEBHOOK_PRIVATE(
      "TALEA_WEBHOOK_PRIVATE",
      null,
      List.of("allow"),
      "allow: webhooks may be sent to addresses of this machine and of private networks"),
  WORKER_BIND("TALEA_WORKER_BIND", "127.0.0.1:8081", "address that 'worker' listens on, HOST:PORT"),
  PLUGINS("TALEA_PLUGINS", "plugins", "a folder of jars with projections of others"),
  RECONCILE_DIR(
      "TALEA_RECONCILE_DIR",
      null,
      "a folder of this process alone for reconciliation: its records, uploads and evidence"),
  RECONCILE_SOURCES(
      "TALEA_RECONCILE_SOURCES",
      null,
      "a TOML file of databases, watched folders and schedules that recipes name"),
  RECONCILE_RUNS("TALEA_RECONCILE_RUNS", 1, 1, 64, "reconciliations worked on at a time"),
  RECONCILE_MEMORY(
      "TALEA_RECONCILE_MEMORY", "1g", 128L << 20, "memory of the process of one reconciliation"),
  RECONCILE_THREADS(
      "TALEA_RECONCILE_THREADS", 1, 1024, "threads of one reconciliation; the processors if unset"),
  RECONCILE_TIME(
      "TALEA_RECONCILE_TIME",
      "1h",
      Duration.ofSeconds(1),
      Duration.ofDays(7),
      "how long one reconciliation may take"),
  RECONCILE_DISK(
      "TALEA_RECONCILE_DISK", "20g", 1L << 20, "disk of one reconciliation, for what is worked on"),
  RECONCILE_UPLOAD_MAX(
      "TALEA_RECONCILE_UPLOAD_MAX", "2g", 1L << 10, "the largest file that is taken"),
  RECONCILE_ENGINE(
      "TALEA_RECONCILE_ENGINE",
      "duckdb",
      List.of("duckdb", "spark"),
      "what reconciliations are matched by; spark is a part that has to be added"),
  ASSISTANT_URL(
      "TALEA_ASSISTANT_URL",
      null,
      "where a language model is asked for drafts of recipes; https://api.anthropic.com unless"
          + " told"),
  ASSISTANT_KEY(
      "ANTHROPIC_API_KEY", null, "the key for that; with a model it lets drafts be asked for"),
  ASSISTANT_MODEL(
      "ANTHROPIC_MODEL", null, "the model that is asked; without one none is asked anything");

  /**
   * A group commit in a database is one transaction, and holds the book's counter for as long as it
   * lasts: other instances wait. Beyond this size it gets longer and hardly cheaper per draft.
   */
  static final int DATABASE_WRITE_BATCH_MAX = 512;

  /** One that commits 500 drafts a second gets through it in 8 s; a request has 30. */
  static final int DATABASE_WRITE_QUEUE_DEPTH = 4_096;

  /** Nine digits of days fit a Duration. */
  private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");

  private static final Pattern BYTES = Pattern.compile("([0-9]{1,6})([kmgt])");

  private final String variable;
  private final @Nullable String defaultText;
  private final long min;
  private final long max;
  private final String help;

  /** With commas; an enum holds nothing that could change. */
  private final String words;

  private final @Nullable Duration shortest;
  private final @Nullable Duration longest;

  Setting(String variable, @Nullable String defaultText, String help) {
    this.variable = variable;
    this.defaultText = defaultText;
    this.min = 0;
    this.max = 0;
    this.help = help;
    this.words = "";
    this.shortest = null;
    this.longest = null;
  }

  Setting(String variable, @Nullable String defaultText, List<String> words, String help) {
    this.variable = variable;
    this.defaultText = defaultText;
    this.min = 0;
    this.max = 0;
    this.help = help;
    this.words = String.join(",", words);
    this.shortest = null;
    this.longest = null;
  }

  Setting(String variable, String defaultText, Duration shortest, Duration longest, String help) {
    this.variable = variable;
    this.defaultText = defaultText;
    this.min = 0;
    this.max = 0;
    this.help = help;
    this.words = "";
    this.shortest = shortest;
    this.longest = longest;
  }

  /** A number of bytes, such as {@code 1g}. */
  Setting(String variable, String defaultText, long bytesMin, String help) {
    this.variable = variable;
    this.defaultText = defaultText;
    this.min = bytesMin;
    this.max = 0;
    this.help = help;
    this.words = "";
    this.shortest = null;
    this.longest = null;
  }

  Setting(String variable, long defaultValue, long min, long max, String help) {
    this.variable = variable;
    this.defaultText = Long.toString(defaultValue);
    this.min = min;
    this.max = max;
    this.help = help;
    this.words = "";
    this.shortest = null;
    this.longest = null;
  }

  /** A number without a default. */
  Setting(String variable, long min, long max, String help) {
    this.variable = variable;
    this.defaultText = null;
    this.min = min;
    this.max = max;
    this.help = help;
    this.words = "";
    this.shortest = null;
    this.longest = null;
  }

  /** Its name in the environment. */
  public String variable() {
    return variable;
  }

  /** Its default, for a ledger that lives there; null for none. */
  @Nullable String defaultText(DbUrl ledger) {
    if (ledger.isDatabase() && this == WRITE_BATCH_MAX) {
      return Integer.toString(DATABASE_WRITE_BATCH_MAX);
    }
    return ledger.isDatabase() && this == WRITE_QUEUE_DEPTH
        ? Integer.toString(DATABASE_WRITE_QUEUE_DEPTH)
        : defaultText;
  }

  /** One line for people. */
  public String help() {
    return help;
  }

  /** Whether a worker listens to it. */
  public boolean isOfWorker() {
    return switch (this) {
      case BIND,
          CREATE,
          READY,
          ORIGIN,
          CLOCK_SKEW_MAX,
          WRITE_QUEUE_DEPTH,
          WRITE_BATCH_MAX,
          HTTP_BATCH_MAX,
          LOG_SNAPSHOT_EVERY,
          LOG_IDEM_HOT_CAP,
          LOG_SEGMENT_MAX,
          SCRUB,
          RECONCILE_DIR,
          RECONCILE_SOURCES,
          RECONCILE_RUNS,
          RECONCILE_MEMORY,
          RECONCILE_THREADS,
          RECONCILE_TIME,
          RECONCILE_DISK,
          RECONCILE_UPLOAD_MAX,
          RECONCILE_ENGINE,
          ASSISTANT_URL,
          ASSISTANT_KEY,
          ASSISTANT_MODEL ->
          false;
      case DB_URL,
          API_TOKEN,
          TOKENS_FILE,
          LOG_LEVEL,
          DB_POOL,
          DB_INSTANCES,
          DB_BUDGET,
          MAX_CONNECTIONS,
          MAX_INFLIGHT,
          METRICS_BIND,
          PROJECTIONS,
          PROJECTION_DB_URL,
          PERSISTENCE_MODULE,
          CREATE_TABLE,
          PROJECTION_POOL_SIZE,
          PROJECTION_MAX_OVERFLOW,
          PROJECTION_RUNNERS,
          PROJECTION_LEASE,
          PROJECTION_ZONE,
          WEBHOOK_PRIVATE,
          WORKER_BIND,
          PLUGINS ->
          true;
    };
  }

  /** Whether its value is a secret and never shown. */
  public boolean isSecret() {
    return this == API_TOKEN || this == ASSISTANT_KEY;
  }

  /** The words that it takes, in any case; none for what takes other values. */
  List<String> words() {
    return words.isEmpty() ? List.of() : List.of(words.split(",", -1));
  }

  /** Whether its value is a length of time. */
  boolean isDuration() {
    return shortest != null;
  }

  /** Reads one of the words that this setting takes. */
  String word(String text) {
    String word = text.toLowerCase(Locale.ROOT);
    List<String> known = words();
    if (!known.contains(word)) {
      throw new StartException(
          variable
              + " is '"
              + text
              + "', but must be "
              + (known.size() == 1 ? "" : "one of ")
              + String.join(", ", known)
              + (defaultText == null ? ", or not be set" : ""));
    }
    return word;
  }

  /** Reads a length of time within the bounds of this setting, such as {@code 24h}. */
  Duration duration(String text) {
    Duration value = null;
    Matcher matcher = DURATION.matcher(text);
    if (matcher.matches()) {
      long count = Long.parseLong(matcher.group(1));
      value =
          switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
          };
    }
    Duration least = shortest;
    Duration most = longest;
    if (least == null || most == null) {
      throw new IllegalStateException(variable + " is no length of time");
    }
    if (value == null || value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new StartException(
          variable
              + " is '"
              + text
              + "', but must be a length of time such as 24h, 90m or 30s, from "
              + least.toSeconds()
              + "s to "
              + most.toDays()
              + "d");
    }
    return value;
  }

  /** Whether its value is a number of bytes. */
  boolean isBytes() {
    return max == 0 && min > 0;
  }

  /** Reads a number of bytes, such as {@code 512m} or {@code 1g}. */
  long bytes(String text) {
    Matcher matcher = BYTES.matcher(text);
    long value = -1;
    if (matcher.matches()) {
      long count = Long.parseLong(matcher.group(1));
      value =
          switch (matcher.group(2)) {
            case "k" -> count << 10;
            case "m" -> count << 20;
            case "g" -> count << 30;
            default -> count << 40;
          };
    }
    if (value < min) {
      throw new StartException(
          variable
              + " is '"
              + text
              + "', but must be a number of bytes such as 512m, 1g or 1t, at least "
              + (min >> 10)
              + "k");
    }
    return value;
  }

  /** Whether its value is a whole number. */
  boolean isNumber() {
    return max > 0;
  }

  /** Reads a whole number within the bounds of this setting. */
  long number(String text) {
    // More than 18 digits are out of every bound, and might not fit a long.
    boolean digits = !text.isEmpty() && text.length() <= 18;
    for (int i = 0; i < text.length(); i++) {
      digits &= text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }
    long value = digits ? Long.parseLong(text) : -1;
    if (value < min || value > max) {
      throw new StartException(
          variable + " is '" + text + "', but must be a whole number from " + min + " to " + max);
    }
    return value;
  }
}
