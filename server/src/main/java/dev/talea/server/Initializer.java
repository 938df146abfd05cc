// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import dev.talea.ledger.Store;
import dev.talea.ledger.service.LedgerService;
import dev.talea.server.seed.Seed;
import dev.talea.server.seed.Seeding;
import dev.talea.server.settings.ConfigFiles;
import dev.talea.server.settings.DbUrl;
import dev.talea.server.settings.EnvFile;
import dev.talea.server.settings.EnvText;
import dev.talea.server.settings.HostPort;
import dev.talea.server.settings.LedgerChoice;
import dev.talea.server.settings.Setting;
import dev.talea.server.settings.StartException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code talead init}: opens or creates the ledger, applies the seed, writes the environment file,
 * in that order, so that a file that says "start here" is only there once there is something to
 * start. Doing it again is safe: nothing that exists is changed unless that is asked for.
 *
 * <p>Stateless; the calling thread waits for the disk.
 */
public final class Initializer {
  /** The seed that is used without being asked for, if it is there. */
  public static final Path DEFAULT_SEED = Path.of("talea.seed.toml");

  /** Where the settings go by default. */
  public static final Path DEFAULT_ENV_FILE = Path.of(".env");

  /**
   * What to do.
   *
   * @param ledger where the ledger lives
   * @param seed null for {@link #DEFAULT_SEED} if it is there; a named one has to be there
   * @param envFile where the settings go
   * @param force replaces an environment file that exists, its token included
   * @param bind the address that goes into a new environment file; null for the default
   * @param projections whether a new environment file has all projections run
   */
  public record Request(
      LedgerChoice ledger,
      @Nullable Path seed,
      Path envFile,
      boolean force,
      @Nullable String bind,
      boolean projections) {
    /** Refuses an address that 'serve' would refuse. */
    public Request {
      if (bind != null) {
        HostPort.parse(Setting.BIND, bind);
      }
    }

    /** Without projections. */
    public Request(
        LedgerChoice ledger,
        @Nullable Path seed,
        Path envFile,
        boolean force,
        @Nullable String bind) {
      this(ledger, seed, envFile, force, bind, false);
    }

    /** With the default address. */
    public Request(LedgerChoice ledger, @Nullable Path seed, Path envFile, boolean force) {
      this(ledger, seed, envFile, force, null);
    }

    /**
     * Whether the URL goes into the environment file. What a platform provides under its own names
     * stays there: it may change any day, the password above all.
     */
    private boolean writesUrl() {
      return switch (ledger.origin()) {
        case DATABASE_URL, POSTGRES_VARIABLES -> false;
        default -> true;
      };
    }
  }

  /**
   * What was done, in sentences for people.
   *
   * @param warnings what the operator should not overlook
   * @param envFileWritten whether the environment file is a new one
   */
  public record Report(List<String> messages, List<String> warnings, boolean envFileWritten) {
    public Report {
      messages = List.copyOf(messages);
      warnings = List.copyOf(warnings);
    }
  }

  private Initializer() {}

  /**
   * Does it.
   *
   * @throws StartException with what a person has to mend; doing it again afterwards goes on
   */
  public static Report run(Request request) {
    List<String> messages = new ArrayList<>();
    List<String> warnings = new ArrayList<>(request.ledger().warnings());
    // Read before the ledger is touched: a misspelled seed should not leave a half-made ledger.
    Path seedFile = request.seed() != null ? request.seed() : DEFAULT_SEED;
    Seed seed = null;
    if (request.seed() != null || ConfigFiles.exists(DEFAULT_SEED)) {
      seed = Seed.parse(seedFile.toString(), ConfigFiles.read("The seed", seedFile));
    }
    DbUrl url = request.ledger().url();
    try (Store store = Stores.open(url)) {
      messages.add("The ledger " + url + " is ready (" + store.backend() + " store).");
      if (seed != null) {
        messages.add(
            applied(seedFile, new Seeding(new LedgerService(store, Runnable::run)).apply(seed)));
      }
    }
    boolean written = writeEnvFile(request, messages, warnings);
    return new Report(messages, warnings, written);
  }

  private static String applied(Path file, Seeding.Outcome outcome) {
    return "The seed "
        + file
        + " is applied: "
        + count(outcome.assets(), outcome.assetsNew(), "asset")
        + ", "
        + count(outcome.accounts(), outcome.accountsNew(), "account")
        + ".";
  }

  private static String count(int all, int fresh, String what) {
    return all + " " + what + (all == 1 ? "" : "s") + " (" + fresh + " new)";
  }

  private static boolean writeEnvFile(
      Request request, List<String> messages, List<String> warnings) {
    Path file = request.envFile();
    String existing = ConfigFiles.readIfPresent(file);
    if (existing != null && !request.force()) {
      messages.add(file + " is there already and was kept as it is; --force replaces it.");
      compareUrl(request, existing, warnings);
      return false;
    }
    ConfigFiles.writePrivately(
        file,
        EnvFile.text(
            request.ledger().url(),
            request.writesUrl(),
            EnvFile.token(SystemSurroundings.randomBytes(EnvFile.TOKEN_BYTES)),
            request.bind(),
            request.projections()));
    messages.add("Wrote " + file + ", readable by you alone, with a fresh TALEA_API_TOKEN.");
    if (existing != null) {
      warnings.add(file + " was replaced: the token that stood in it is good for nothing now.");
    }
    return true;
  }

  private static void compareUrl(Request request, String existing, List<String> warnings) {
    Map<String, String> kept;
    try {
      kept = EnvText.parse(request.envFile().toString(), existing);
    } catch (StartException e) {
      warnings.add("The file that was kept cannot be used: " + e.getMessage());
      return;
    }
    String url = kept.get(Setting.DB_URL.variable());
    DbUrl asked = request.ledger().url();
    boolean same = request.writesUrl() ? asked.text().equals(url) : url == null;
    if (!same) {
      // The text is not repeated as it stands: a URL of a database may hold a password.
      warnings.add(
          request.envFile()
              + (url == null
                  ? " names no TALEA_DB_URL"
                  : " names another TALEA_DB_URL than " + asked)
              + ": 'talead serve' will NOT serve the ledger that was just prepared."
              + " Change the file, or run init again with --force.");
    }
  }
}
