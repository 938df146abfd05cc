// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static java.util.Objects.requireNonNull;

import dev.talea.client.TaleaClient;
import dev.talea.client.TaleaProjections;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.json.StringAmounts;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * A command that talks to a server: finds out which and how, connects, runs, lets go.
 *
 * <p>An option after the command wins over the same option before it, that over the environment.
 */
abstract class ClientCommand implements Callable<Integer> {
  static final String DEFAULT_URL = "http://127.0.0.1:8080";
  private static final int DEFAULT_TIMEOUT_SECS = 30;

  @Mixin private final ClientOptions options = new ClientOptions();

  @Spec private @Nullable CommandSpec spec;

  private final Shell shell;
  private @Nullable TaleaClient connected;

  ClientCommand(Shell shell) {
    this.shell = shell;
  }

  /**
   * Does the work.
   *
   * @return the exit code
   */
  abstract int run(BlockingLedger ledger) throws Exception;

  /** Looks at the options together, before anything happens. */
  void check() {}

  /** Whether it prints CSV as well. */
  boolean hasCsv() {
    return false;
  }

  /** Tables of the server that the ledger is asked at. */
  final TaleaProjections projections() {
    return requireNonNull(connected).projections();
  }

  @Override
  public Integer call() throws Exception {
    check();
    if (option(o -> o.output) == ClientOptions.Format.csv && !hasCsv()) {
      throw new UsageException("--output csv is for 'statement'; here json or table");
    }
    try (TaleaClient client = clientBuilder().build()) {
      connected = client;
      return run(new BlockingLedger(client));
    } catch (LedgerException e) {
      if (e.error() instanceof LedgerError.Unauthorized && token().isEmpty()) {
        throw new NoTokenException(e.error(), whereATokenWouldBe(), e);
      }
      throw amountsAsStrings() ? new StringAmountsException(e.error(), e) : e;
    }
  }

  /** What to tell a person whose request was refused for want of a token. */
  String whereATokenWouldBe() {
    String looked =
        "No token was given. One is looked for in --token, TALEA_TOKEN, and TALEA_API_TOKEN of the"
            + " .env in the working directory";
    FoundSettings found = FoundSettings.in(shell);
    return found.hasToken()
        ? looked + "; that one is for " + found.url() + ", not for " + url() + "."
        : looked + ", where 'init' has put it.";
  }

  /** Whether JSON is to show amounts as strings. */
  final boolean amountsAsStrings() {
    return option(o -> o.amounts) == ClientOptions.Amounts.string;
  }

  final String token() {
    String token = option(o -> o.token);
    if (token == null) {
      // An empty variable is how scripts say "none"; an empty option is a mistake.
      token = environment("TALEA_TOKEN");
      token = token.isEmpty() ? FoundSettings.in(shell).tokenFor(url()) : token;
    } else if (token.isEmpty()) {
      throw new UsageException("--token is empty");
    }
    return token;
  }

  /** A client as the options and the environment describe it, for a command to refine. */
  TaleaClient.Builder clientBuilder() {
    TaleaClient.Builder builder;
    try {
      builder = TaleaClient.builder(url());
      String token = token();
      if (!token.isEmpty()) {
        builder.token(token);
      }
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
    return builder.timeout(timeout());
  }

  /** The server's address, if an option gives it. */
  final @Nullable String urlOption() {
    return option(o -> o.url);
  }

  /** The bearer token, if an option gives it. */
  final @Nullable String tokenOption() {
    return option(o -> o.token);
  }

  /** The server's address, for messages. */
  final String url() {
    String url = option(o -> o.url);
    if (url == null) {
      url = environment("TALEA_URL");
    }
    return url.isEmpty() ? FoundSettings.in(shell).url() : url;
  }

  private Duration timeout() {
    Integer seconds = option(o -> o.timeoutSecs);
    if (seconds == null) {
      seconds = DEFAULT_TIMEOUT_SECS;
    }
    if (seconds < 1) {
      throw new UsageException("--timeout-secs is " + seconds + ", must be at least 1");
    }
    return Duration.ofSeconds(seconds);
  }

  private ClientOptions.@Nullable Format formatOfEnvironment() {
    String word = environment("TALEA_OUTPUT");
    return switch (word) {
      case "" -> null;
      case "json" -> ClientOptions.Format.json;
      case "table" -> ClientOptions.Format.table;
      default -> throw new UsageException("TALEA_OUTPUT is '" + word + "', must be json or table");
    };
  }

  private String environment(String variable) {
    return shell.environment().getOrDefault(variable, "");
  }

  private <T> @Nullable T option(Function<ClientOptions, @Nullable T> which) {
    T own = which.apply(options);
    if (own == null && spec != null && spec.root().userObject() instanceof TaleaCommand root) {
      return which.apply(root.options());
    }
    return own;
  }

  final Shell shell() {
    return shell;
  }

  /** Prints an answer the way it was asked for. */
  final void print(byte[] json, Supplier<String> table) {
    print(json, table, () -> "");
  }

  /**
   * As above.
   *
   * @param csv with its line ends, for commands that have it
   */
  final void print(byte[] json, Supplier<String> table, Supplier<String> csv) {
    ClientOptions.Format format = option(o -> o.output);
    if (format == null) {
      format = formatOfEnvironment();
    }
    if (format == ClientOptions.Format.csv) {
      String rows = csv.get();
      // The line that is printed ends with a line feed, and what is not for people is CR LF.
      shell
          .out()
          .line(
              shell.outIsTerminal()
                  ? Terminal.safeLines(rows.replace("\r\n", "\n").stripTrailing())
                  : rows.substring(0, rows.length() - 1));
      return;
    }
    boolean asTable = format == null ? shell.outIsTerminal() : format == ClientOptions.Format.table;
    byte[] shown = !asTable && amountsAsStrings() ? StringAmounts.of(json) : json;
    String text = asTable ? table.get() : PrettyJson.of(new String(shown, StandardCharsets.UTF_8));
    shell.out().line(asTable || !shell.outIsTerminal() ? text : Terminal.safeLines(text));
  }
}
