// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import dev.talea.bench.load.Books.Spread;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options of all load scenarios. Filled in by picocli; {@link #problem} says what is wrong. */
final class LoadOptions {
  static final String LOG = "log";
  static final String SQLITE = "sqlite";

  private static final int CONNECTIONS_MAX = 20_000;
  private static final int BATCH_MAX = 100_000;
  private static final int OVERLOAD_PLACES = 2;
  private static final int PLACES_MAX = 1_000_000;
  private static final Pattern HTTP = Pattern.compile("http://[^/?#@\\s]+");

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "A server that is running. Without it, one is started and stopped afterwards.")
  @Nullable String url;

  @Option(names = "--token", paramLabel = "TOKEN", description = "For the server at --url.")
  @Nullable String token;

  @Option(
      names = "--server-pid",
      paramLabel = "PID",
      description = "Process of the server at --url, if it is on this machine: its processor time.")
  long serverPid;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description =
          "Where the server that is started keeps its files, in a folder that is removed"
              + " afterwards. Choose a real disk. Default: ${DEFAULT-VALUE}.")
  Path dir = Path.of(System.getProperty("java.io.tmpdir"));

  @Option(
      names = "--store",
      paramLabel = "STORE",
      description =
          "Where the server that is started keeps its ledger: log, sqlite, or the URL of a database,"
              + " whose ledger should be empty. Default: ${DEFAULT-VALUE}.")
  String store = LOG;

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      description = "Heap of the server that is started. Default: ${DEFAULT-VALUE}.")
  String heap = "1g";

  @Option(
      names = "--server-opts",
      paramLabel = "FLAGS",
      description = "More flags for its virtual machine, separated by blanks.")
  String serverOpts = "";

  @Option(
      names = "--places",
      paramLabel = "N",
      description =
          "Requests that the server that is started takes in at once, TALEA_MAX_INFLIGHT. Default: 2"
              + " for overload, so that the peak is not what the processors allow, which the"
              + " generator needs for four times as much; otherwise the server's own.")
  int places;

  @Option(
      names = "--no-recording",
      description =
          "Does not have the server that is started note its waits for disk and locks; then the"
              + " report does not tell what slow requests waited for.")
  boolean noRecording;

  @Option(
      names = "--flame",
      paramLabel = "FILE",
      description =
          "Draws where the server spends the time of processors while it is measured: a flame"
              + " graph, each thread apart, in a page of HTML.")
  @Nullable Path flame;

  @Option(
      names = "--connections",
      paramLabel = "N",
      split = ",",
      description =
          "Connections, each with one request in flight; several, separated by commas, are measured"
              + " one after the other.")
  List<Integer> connections = new ArrayList<>();

  @Option(
      names = "--rate",
      paramLabel = "N",
      description =
          "Requests a second, sent by the clock (open loop); latency counts from the time at which"
              + " a request was due. Without it each connection sends when it has its answer.")
  double rate;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Transactions in a request. Default: ${DEFAULT-VALUE}.")
  int batch = 1;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Of each measurement, such as 10s or 10m. Default: 10s.")
  Duration duration = Duration.ofSeconds(10);

  @Option(
      names = "--warmup",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Before each measurement. Default: 5s.")
  Duration warmup = Duration.ofSeconds(5);

  @Option(
      names = "--books",
      paramLabel = "N",
      description = "Books; by default 100 for post-many-books and 1 otherwise.")
  int books;

  @Option(
      names = "--spread",
      paramLabel = "HOW",
      description =
          "How transactions are spread over books: ${COMPLETION-CANDIDATES}. Default:"
              + " ${DEFAULT-VALUE}.")
  Spread spread = Spread.UNIFORM;

  @Option(
      names = "--accounts",
      paramLabel = "N",
      description = "Accounts in each book. Default: ${DEFAULT-VALUE}.")
  int accounts = 100;

  @Option(
      names = "--preload",
      paramLabel = "N",
      description = "Transactions posted before reads are measured. Default: ${DEFAULT-VALUE}.")
  long preload = 100_000;

  @Option(
      names = "--mix",
      paramLabel = "KIND=WEIGHT",
      split = ",",
      description =
          "What is read: balance, as-of, history, trial-balance, transaction. Default: each as"
              + " often.")
  Map<String, Integer> mix = Map.of();

  @Option(
      names = "--writes",
      paramLabel = "PERCENT",
      description = "Share of writes in the scenario mixed. Default: ${DEFAULT-VALUE}.")
  int writes = 50;

  @Option(
      names = "--bare",
      description =
          "Also sends the same requests to a bare Netty server, which answers a constant: what the"
              + " machine and the generator allow.")
  boolean bare;

  @Option(
      names = "--verify-events",
      paramLabel = "N",
      description =
          "Events read one by one after a measurement, at most; if there are more, totals and seqs"
              + " are compared only. Default: ${DEFAULT-VALUE}.")
  long verifyEvents = 500_000;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Which accounts and amounts come up. Default: ${DEFAULT-VALUE}.")
  long seed = 1;

  @Option(names = "--json", paramLabel = "FILE", description = "Writes the report as JSON.")
  @Nullable Path json;

  @Option(names = "--html", paramLabel = "FILE", description = "Writes the report as a page.")
  @Nullable Path html;

  int books(Scenario scenario) {
    return books > 0 ? books : scenario == Scenario.POST_MANY_BOOKS ? 100 : 1;
  }

  List<Integer> connections(Scenario scenario) {
    if (!connections.isEmpty()) {
      return connections;
    }
    if (scenario == Scenario.OVERLOAD && places(scenario) > 0) {
      return List.of(places(scenario)); // the peak is what as many do as are let in
    }
    return rate > 0 ? List.of(64) : scenario.usualConnections();
  }

  /** 0 leaves it to the server. */
  int places(Scenario scenario) {
    boolean isOverload = scenario == Scenario.OVERLOAD && url == null;
    return places == 0 && isOverload ? OVERLOAD_PLACES : places;
  }

  Map<Reads.Kind, Integer> mix() {
    Map<Reads.Kind, Integer> weights = new EnumMap<>(Reads.Kind.class);
    for (Reads.Kind kind : Reads.Kind.values()) {
      weights.put(kind, mix.isEmpty() ? 1 : mix.getOrDefault(kind.toString(), 0));
    }
    return weights;
  }

  /** What a person has to change before this can be measured; null if nothing. */
  @Nullable String problem(Scenario scenario) {
    if (url == null && (token != null || serverPid != 0)) {
      return "--token and --server-pid are about a server that is running, so they need --url";
    }
    if (url != null && !HTTP.matcher(url).matches()) {
      return "--url is " + url + ", which is not a URL such as http://127.0.0.1:8080";
    }
    if (url == null && !Files.isDirectory(dir)) {
      return "--dir is " + dir + ", which is not a folder";
    }
    if (url != null && places != 0) {
      return "--places is about a server that is started; the one at --url has its own";
    }
    if (flame != null && url != null && serverPid == 0) {
      return "--flame looks into a process, so it needs --server-pid for the server at --url";
    }
    if (flame != null && (scenario == Scenario.OVERLOAD || connections.size() > 1)) {
      return "--flame draws one measurement; give one number of --connections, and not overload";
    }
    if (rate < 0 || (rate > 0 && connections.size() > 1)) {
      return "--rate must be above 0, and takes one number of --connections, since its load does"
          + " not depend on them";
    }
    if (rate > 0 && scenario == Scenario.OVERLOAD) {
      return "overload finds its rate itself; leave out --rate";
    }
    if (duration.isZero()) {
      return "--duration must be above 0";
    }
    for (int each : connections) {
      if (each < 1 || each > CONNECTIONS_MAX) {
        return "--connections is " + each + ", must be 1 to " + CONNECTIONS_MAX;
      }
    }
    String outOfRange = range("--batch", batch, 1, BATCH_MAX);
    outOfRange = outOfRange != null ? outOfRange : range("--places", places, 0, PLACES_MAX);
    outOfRange = outOfRange != null ? outOfRange : range("--books", books, 0, Books.BOOKS_MAX);
    outOfRange =
        outOfRange != null ? outOfRange : range("--accounts", accounts, 2, Books.ACCOUNTS_MAX);
    outOfRange = outOfRange != null ? outOfRange : range("--writes", writes, 0, 100);
    outOfRange =
        outOfRange != null ? outOfRange : range("--preload", preload, 1, 1_000_000_000_000L);
    if (outOfRange != null) {
      return outOfRange;
    }
    return problemOfMix();
  }

  private @Nullable String problemOfMix() {
    List<String> kinds = new ArrayList<>();
    for (Reads.Kind kind : Reads.Kind.values()) {
      kinds.add(kind.toString());
    }
    for (Map.Entry<String, Integer> each : mix.entrySet()) {
      if (!kinds.contains(each.getKey()) || each.getValue() < 0) {
        return "--mix has " + each + "; it takes weights from 0 of " + String.join(", ", kinds);
      }
    }
    if (mix().values().stream().allMatch(weight -> weight == 0)) {
      return "--mix leaves nothing to read";
    }
    return null;
  }

  private static @Nullable String range(String option, long value, long min, long max) {
    return value < min || value > max
        ? option + " is " + value + ", must be " + min + " to " + max
        : null;
  }

  /** Times as people write them. */
  static final class DurationConverter implements ITypeConverter<Duration> {
    private static final Pattern TIME = Pattern.compile("(\\d{1,6})(ms|s|m|h)");

    @Override
    public Duration convert(String text) {
      Matcher matcher = TIME.matcher(text.toLowerCase(Locale.ROOT));
      if (!matcher.matches()) {
        throw new TypeConversionException(
            "'" + text + "' is not a time such as 500ms, 10s, 10m or 1h");
      }
      long number = Long.parseLong(matcher.group(1));
      return switch (matcher.group(2)) {
        case "ms" -> Duration.ofMillis(number);
        case "s" -> Duration.ofSeconds(number);
        case "m" -> Duration.ofMinutes(number);
        default -> Duration.ofHours(number);
      };
    }
  }

  /** The kind of store of the server that is started: never its URL, which may bear a password. */
  String backend() {
    return store.contains(":") ? store.substring(0, store.indexOf(':')) : store;
  }

  /** What results of the server are called. */
  String serverName() {
    if (url != null || store.equals(LOG)) {
      return "talea";
    }
    return "talea on " + (store.equals(SQLITE) ? "SQLite" : "PostgreSQL");
  }
}
