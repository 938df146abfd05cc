// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import dev.talea.audit.proof.LedgerOrigin;
import dev.talea.audit.proof.MalformedException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything the daemon can be told, read once at start-up and checked whole: a bad or empty value
 * of any variable refuses the start and names the variable, whether or not it would have been used.
 * Values here, in the types that they are used in; what was written, and where, is {@link
 * SettingTexts}'.
 *
 * <p>Immutable; any thread may read.
 */
public final class Settings {

  /** Where a value comes from. */
  public enum Origin {
    ENVIRONMENT("environment"),
    ENV_FILE(".env"),
    /** For the ledger: the URL that the platform has put there. */
    DATABASE_URL("DATABASE_URL"),
    /** For the ledger: put together from {@code POSTGRES_HOST} and its relatives. */
    POSTGRES_VARIABLES("POSTGRES_*"),
    /** For the ledger: an option of the command. */
    OPTION("option"),
    /** For the log level: the word that other programs listen to. */
    RUST_LOG("RUST_LOG"),
    DEFAULT("default"),
    /** It is set, and has no effect. */
    IGNORED("ignored"),
    UNSET("not set");

    private final String words;

    Origin(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  /**
   * A line of {@code talead config}.
   *
   * @param value as it may be shown: secrets are masked, what is not set is empty
   */
  public record Line(String variable, String value, Origin origin) {}

  /**
   * What no variable changes. Fixed for those who run a daemon; a test may want to wait for less.
   *
   * @param requestDeadline a request is answered by then, with 408 if need be
   * @param heartbeat an event stream says something at least this often
   * @param stopGrace a stop lets requests in flight take this long
   * @param anchorEvery the heads of books in logs are anchored this often
   * @param betweenScrubs from the end of one round of scrubbing to the next
   */
  public record Timing(
      Duration requestDeadline,
      Duration heartbeat,
      Duration stopGrace,
      Duration anchorEvery,
      Duration betweenScrubs) {
    /** The contract's 30 s and 15 s, and a stop within 10 s, as process managers expect. */
    public static final Timing DEFAULT =
        new Timing(Duration.ofSeconds(30), Duration.ofSeconds(15), Duration.ofSeconds(10));

    /** As a server anchors and scrubs: once a minute, and a minute apart. */
    public Timing(Duration requestDeadline, Duration heartbeat, Duration stopGrace) {
      this(requestDeadline, heartbeat, stopGrace, Duration.ofMinutes(1), Duration.ofMinutes(1));
    }
  }

  /** One that writes, one that reads. */
  private static final int DATABASE_POOL_MIN = 2;

  private static final int PROJECTION_POOL_MIN = 2;

  /** Connections for those who read the tables where nothing runs. */
  private static final int PROJECTION_READERS = 2;

  private static final URI ASSISTANT_BASE = URI.create("https://api.anthropic.com");

  private final Variables variables;
  private final SettingTexts texts;
  private final Timing timing;

  private final LedgerChoice ledger;

  /** Null for a server, and for a worker that has the ledger's database. */
  private final @Nullable WorkerSource source;

  /** Whether they are of a worker, and not of a server. */
  private final boolean worker;

  private final HostPort bind;
  private final HostPort workerBind;
  private final @Nullable HostPort metricsBind;
  private final LedgerOrigin ledgerOrigin;
  private final Map<Setting, Long> numbers = new EnumMap<>(Setting.class);
  private final Map<Setting, Duration> durations = new EnumMap<>(Setting.class);
  private final List<String> warnings = new ArrayList<>();
  private final long scrubMib;
  private final ProjectionChoice projections;
  private final ZoneId projectionZone;
  private final @Nullable AssistantChoice assistant;

  private Settings(Variables variables, Timing timing, LedgerChoice ledger) {
    this(variables, timing, ledger, ProjectionChoice.of(variables, ledger.url()), null, false);
  }

  private Settings(
      Variables variables,
      Timing timing,
      LedgerChoice ledger,
      ProjectionChoice projections,
      @Nullable WorkerSource source,
      boolean worker) {
    this.variables = variables;
    this.timing = timing;
    this.ledger = ledger;
    this.source = source;
    this.worker = worker;
    this.projections = projections;
    this.texts = new SettingTexts(variables, ledger, projections);
    this.bind = HostPort.parse(Setting.BIND, texts.of(Setting.BIND));
    this.workerBind = HostPort.parse(Setting.WORKER_BIND, texts.of(Setting.WORKER_BIND));
    String metrics = texts.orNull(Setting.METRICS_BIND);
    this.metricsBind = metrics == null ? null : HostPort.parse(Setting.METRICS_BIND, metrics);
    this.ledgerOrigin = ledgerOrigin(texts.orNull(Setting.ORIGIN));
    String token = texts.orNull(Setting.API_TOKEN);
    if (token != null) {
      TokenText.checkSendable(Setting.API_TOKEN.variable(), token);
    }
    for (Setting setting : Setting.values()) {
      String value = texts.orNull(setting);
      if (setting.isNumber() && value != null) {
        numbers.put(setting, setting.number(value));
      } else if (setting.isBytes()) {
        numbers.put(setting, setting.bytes(texts.of(setting)));
      } else if (setting.isDuration()) {
        durations.put(setting, setting.duration(texts.of(setting)));
      } else if (!setting.words().isEmpty() && value != null) {
        texts.settle(setting, setting.word(value));
      }
    }
    this.scrubMib = scrubMib(texts.of(Setting.SCRUB));
    this.assistant = assistant(texts, warnings);
    fitQueueToBatches();
    this.projectionZone = zone(texts.of(Setting.PROJECTION_ZONE));
    checkProjectionPool();
    if (!projections.isInPlatformsDatabase()) {
      warnings.addAll(ledger.warnings());
    }
    String weakness =
        token == null ? null : TokenText.weakness(Setting.API_TOKEN.variable(), token);
    if (weakness != null) {
      warnings.add(weakness);
    }
    if (worker) {
      warnAboutNetwork(Setting.WORKER_BIND, workerBind);
    } else {
      warnAboutNetwork(Setting.BIND, bind);
    }
    if (ledger.url().isDatabase() && number(Setting.DB_POOL) < DATABASE_POOL_MIN) {
      throw new StartException(
          Setting.DB_POOL.variable()
              + " is '"
              + number(Setting.DB_POOL)
              + "', but a database takes at least "
              + DATABASE_POOL_MIN
              + ": a connection to write and one to read");
    }
  }

  private static long scrubMib(String text) {
    if (text.equalsIgnoreCase("off")) {
      return 0;
    }
    if (!text.matches("[1-9][0-9]{0,5}")) {
      throw new StartException(
          Setting.SCRUB.variable()
              + " is '"
              + text
              + "', but must be off or a whole number of MiB a second from 1 to 999999");
    }
    return Long.parseLong(text);
  }

  private static ZoneId zone(String text) {
    try {
      return ZoneId.of(text);
    } catch (DateTimeException e) {
      throw new StartException(
          Setting.PROJECTION_ZONE.variable()
              + " is '"
              + text
              + "', but must be a time zone such as UTC or Europe/Prague",
          e);
    }
  }

  private void checkProjectionPool() {
    long most = number(Setting.PROJECTION_POOL_SIZE) + number(Setting.PROJECTION_MAX_OVERFLOW);
    if (most < PROJECTION_POOL_MIN) {
      throw new StartException(
          Setting.PROJECTION_POOL_SIZE.variable()
              + " and "
              + Setting.PROJECTION_MAX_OVERFLOW.variable()
              + " make "
              + most
              + " connection together, but projections take at least "
              + PROJECTION_POOL_MIN
              + ": one to apply events and one to look after the leases");
    }
  }

  /** Which projections run here, and where their tables lie. */
  public ProjectionChoice projections() {
    return projections;
  }

  /** The zone of the days of daily balances. */
  public ZoneId projectionZone() {
    return projectionZone;
  }

  /** Bytes of logs a second that are read again and checked, 0 for none. */
  public long scrubBytesPerSecond() {
    return scrubMib << 20;
  }

  /**
   * What {@code TALEA_ORIGIN} says.
   *
   * @param text null for nothing
   * @throws StartException if it can be no origin
   */
  public static LedgerOrigin ledgerOrigin(@Nullable String text) {
    try {
      return text == null ? LedgerOrigin.NONE : LedgerOrigin.of(text);
    } catch (MalformedException e) {
      throw new StartException(Setting.ORIGIN.variable() + ": " + e.getMessage());
    }
  }

  /**
   * A queue takes at least one batch of the largest size: its default follows, and a smaller value
   * that was set is used and mentioned.
   */
  private void fitQueueToBatches() {
    long batch = number(Setting.HTTP_BATCH_MAX);
    long depth = number(Setting.WRITE_QUEUE_DEPTH);
    if (depth >= batch) {
      return;
    }
    if (texts.origin(Setting.WRITE_QUEUE_DEPTH) == Origin.DEFAULT) {
      numbers.put(Setting.WRITE_QUEUE_DEPTH, batch);
      texts.settle(Setting.WRITE_QUEUE_DEPTH, Long.toString(batch));
    } else {
      warnings.add(
          Setting.WRITE_QUEUE_DEPTH.variable()
              + " is "
              + depth
              + ", less than one batch of "
              + Setting.HTTP_BATCH_MAX.variable()
              + " = "
              + batch
              + ": a full batch is taken only when nothing waits");
    }
  }

  private void warnAboutNetwork(Setting setting, HostPort address) {
    if (!address.isLoopback()) {
      warnings.add(
          setting.variable()
              + " is "
              + address
              + ", which other machines may reach, and the interface is plain HTTP: tokens and"
              + " postings cross the network as they are unless a proxy with TLS stands before it");
    }
  }

  private static LedgerChoice chosen(Variables variables) {
    LedgerChoice choice = LedgerChoice.of(variables);
    if (choice == null) {
      throw new StartException(nothingToServe(variables));
    }
    return choice;
  }

  private static String nothingToServe(Variables variables) {
    String ours = Setting.DB_URL.variable();
    if (variables.isSet(Variables.DATABASE_URL)) {
      return ours
          + " is not set, and DATABASE_URL is no URL of PostgreSQL; run 'talead init', or set "
          + ours;
    }
    for (PostgresPart part : PostgresPart.values()) {
      for (String name : part.variables()) {
        if (variables.isSet(name)) {
          return ours
              + " is not set, and "
              + name
              + " is not enough without POSTGRES_HOST; set one of the two";
        }
      }
    }
    return ours
        + " is not set; run 'talead init', or set it to log://DIR, sqlite://FILE or"
        + " postgres://USER:PASSWORD@HOST/DATABASE";
  }

  /**
   * Reads the settings.
   *
   * @param environment the real environment; wins variable by variable
   * @param envFile what {@link EnvText} read from a file
   * @throws StartException naming the variable that is wrong
   */
  public static Settings of(Map<String, String> environment, Map<String, String> envFile) {
    Variables variables = new Variables(environment, envFile);
    return new Settings(variables, Timing.DEFAULT, chosen(variables));
  }

  /** As {@link #load}, to be looked at only: a ledger that is not named is no reason to refuse. */
  public static Settings preview(Map<String, String> environment, Path file) {
    Variables variables = new Variables(environment, variablesIn(file));
    LedgerChoice choice = LedgerChoice.of(variables);
    LedgerChoice none = new LedgerChoice(DbUrl.EMBEDDED_DEFAULT, Origin.UNSET, List.of());
    return new Settings(variables, Timing.DEFAULT, choice == null ? none : choice);
  }

  /**
   * Reads the settings of a process: its environment and, if it is there, an environment file.
   *
   * @param file usually {@code .env}
   */
  public static Settings load(Map<String, String> environment, Path file) {
    Settings settings = of(environment, variablesIn(file));
    if (settings.texts.anyFrom(Origin.ENV_FILE)
        && settings.variables.isInFile(Setting.API_TOKEN.variable())) {
      settings.warnings.addAll(ConfigFiles.readableByOthers(file));
    }
    return settings;
  }

  /**
   * The variables that an environment file sets; none if there is no file.
   *
   * @throws StartException if it is malformed
   */
  public static Map<String, String> variablesIn(Path file) {
    String text = ConfigFiles.readIfPresent(file);
    return text == null ? Map.of() : EnvText.parse(file.toString(), text);
  }

  /**
   * What the daemon is to tell, before anything else is read: {@code TALEA_LOG_LEVEL}, else a plain
   * word in {@code RUST_LOG}, else {@code info}.
   *
   * @throws StartException if the former is no level
   */
  public static String logLevel(Map<String, String> environment, Map<String, String> envFile) {
    Variables variables = new Variables(environment, envFile);
    return Setting.LOG_LEVEL.word(SettingTexts.logLevel(variables));
  }

  /** The same settings with other times. */
  public Settings with(Timing other) {
    return new Settings(variables, other, ledger, projections, source, worker);
  }

  /**
   * The settings of a worker: as {@link #load}, but for a ledger that a server has.
   *
   * @throws StartException naming the variable that is wrong, or missing
   */
  public static Settings loadWorker(Map<String, String> environment, Path file) {
    return ofWorker(environment, variablesIn(file));
  }

  /** As {@link #of}, for a worker. */
  public static Settings ofWorker(Map<String, String> environment, Map<String, String> envFile) {
    Variables variables = new Variables(environment, envFile);
    WorkerSource source = WorkerSource.of(variables);
    LedgerChoice ledger =
        source == null
            ? WorkerSource.ledger(variables)
            : new LedgerChoice(DbUrl.EMBEDDED_DEFAULT, Origin.UNSET, List.of());
    Settings settings =
        new Settings(
            variables,
            Timing.DEFAULT,
            ledger,
            ProjectionChoice.ofWorker(variables, source == null ? ledger.url() : null),
            source,
            true);
    if (settings.number(Setting.PROJECTION_RUNNERS) == 0) {
      throw new StartException(
          Setting.PROJECTION_RUNNERS.variable()
              + " is 0, which is for servers that leave projections to a worker; unset it here");
    }
    return settings;
  }

  /** Where a worker follows the ledger over HTTP; null if it has the ledger's database. */
  public @Nullable WorkerSource source() {
    return source;
  }

  /** Where the ledger lives. */
  public DbUrl dbUrl() {
    return ledger.url();
  }

  /** Where HTTP is served. */
  public HostPort bind() {
    return bind;
  }

  /** Where a worker answers. */
  public HostPort workerBind() {
    return workerBind;
  }

  /** Where metrics are served; null for nowhere. */
  public @Nullable HostPort metricsBind() {
    return metricsBind;
  }

  /** What the names of this ledger's logs begin with; that may be nothing. */
  public LedgerOrigin ledgerOrigin() {
    return ledgerOrigin;
  }

  /** The token for everything; null if there is none. */
  public @Nullable String apiToken() {
    return texts.orNull(Setting.API_TOKEN);
  }

  /** Path of the file of tokens; null if there is none. */
  public @Nullable String tokensFile() {
    return texts.orNull(Setting.TOKENS_FILE);
  }

  /** A setting that is a number and has no default. */
  public long numberOr(Setting setting, long otherwise) {
    return numbers.getOrDefault(setting, otherwise);
  }

  /**
   * Connections to PostgreSQL that projections have here at most; 0 if their tables are in none.
   */
  public int projectionConnections() {
    DbUrl target = projections.target();
    if (projections.isNone() || target == null || !target.scheme().equals(DbUrl.POSTGRES)) {
      return 0;
    }
    return number(Setting.PROJECTION_RUNNERS) == 0
        ? PROJECTION_READERS
        : (int) (number(Setting.PROJECTION_POOL_SIZE) + number(Setting.PROJECTION_MAX_OVERFLOW));
  }

  /** Whether these are connections to the server that the ledger's are to. */
  public boolean projectionsAreOnLedgersServer() {
    DbUrl target = projections.target();
    return target != null && target.isOnServerOf(ledger.url());
  }

  /** Whether they are of a worker, which has no ledger of its own. */
  public boolean isWorker() {
    return worker;
  }

  /** A setting that is a number. */
  public long number(Setting setting) {
    Long value = numbers.get(setting);
    if (value == null) {
      throw new IllegalArgumentException(setting + " is not a number");
    }
    return value;
  }

  /** A setting that is a length of time. */
  public Duration duration(Setting setting) {
    Duration value = durations.get(setting);
    if (value == null) {
      throw new IllegalArgumentException(setting + " is no length of time");
    }
    return value;
  }

  /** Whether a setting has this value, one of the words that it takes. */
  public boolean is(Setting setting, String word) {
    return word.equals(texts.orNull(setting));
  }

  /**
   * Where reconciliation lies: what is set, or a folder beside the ledger; null for a ledger in
   * PostgreSQL where nothing is set, because nothing lies beside that.
   */
  public @Nullable Path reconcileDir() {
    String text = texts.orNull(Setting.RECONCILE_DIR);
    try {
      if (text != null) {
        return Path.of(text);
      }
      return dbUrl().scheme().equals(DbUrl.POSTGRES)
          ? null
          : Path.of(dbUrl().location()).toAbsolutePath().normalize().resolveSibling("reconcile");
    } catch (InvalidPathException e) {
      throw new StartException(
          Setting.RECONCILE_DIR.variable() + " names no place for a folder: " + e.getReason(), e);
    }
  }

  /** The file of sources of reconciliation; null if there is none. */
  public @Nullable String reconcileSources() {
    return texts.orNull(Setting.RECONCILE_SOURCES);
  }

  /**
   * Where a language model is asked for drafts of recipes.
   *
   * @param base of its interface
   * @param key null for an interface that takes none
   */
  public record AssistantChoice(URI base, @Nullable String key, String model) {
    /** Without the key. */
    @Override
    public String toString() {
      return "assistant " + model + " at " + base;
    }
  }

  /** Null where none may be asked, which is so unless a model is named, and a key or an address. */
  public @Nullable AssistantChoice assistant() {
    return assistant;
  }

  private static @Nullable AssistantChoice assistant(SettingTexts texts, List<String> warnings) {
    String url = texts.orNull(Setting.ASSISTANT_URL);
    String key = texts.orNull(Setting.ASSISTANT_KEY);
    String model = texts.orNull(Setting.ASSISTANT_MODEL);
    if (key != null) {
      TokenText.checkSendable(Setting.ASSISTANT_KEY.variable(), key);
    }
    URI base = url == null ? ASSISTANT_BASE : assistantBase(url);
    if (url != null && model == null) {
      warnings.add(
          Setting.ASSISTANT_URL.variable()
              + " is set, and "
              + Setting.ASSISTANT_MODEL.variable()
              + " is not, so that no model is asked");
    }
    return model == null || (url == null && key == null)
        ? null
        : new AssistantChoice(base, key, model);
  }

  /** A key and the names of columns go there, so that it is TLS but for this machine itself. */
  private static URI assistantBase(String text) {
    try {
      URI base = new URI(text);
      String host = base.getHost();
      boolean here =
          host != null
              && (host.equals("localhost") || host.equals("127.0.0.1") || host.equals("[::1]"));
      boolean safe = "https".equals(base.getScheme()) || ("http".equals(base.getScheme()) && here);
      if (host != null
          && safe
          && base.getUserInfo() == null
          && base.getQuery() == null
          && base.getFragment() == null) {
        return base;
      }
    } catch (URISyntaxException e) {
      // said below
    }
    throw new StartException(
        Setting.ASSISTANT_URL.variable()
            + " must be https://HOST[:PORT][/PATH] without a user or a query, or http:// for an"
            + " address of this machine");
  }

  /** A folder of jars with projections of others, which need not be there. */
  public Path plugins() {
    return Path.of(texts.of(Setting.PLUGINS));
  }

  /** Times that no variable changes. */
  public Timing timing() {
    return timing;
  }

  /** Variables that begin with {@code TALEA_} and mean nothing to us: typing errors, usually. */
  public List<String> unknownVariables() {
    return texts.unknown();
  }

  /** The same in sentences for people, with the name that may have been meant. */
  public List<String> unknownInWords() {
    return texts.unknownInWords();
  }

  /** What is set and has no effect, in sentences for people. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** What is in force and where it comes from, in the order of the documentation. */
  public List<Line> describe() {
    return texts.describe();
  }

  /** Names the variables, masks the secrets. */
  @Override
  public String toString() {
    return describe().toString();
  }
}
