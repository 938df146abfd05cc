// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.projections;

import dev.talea.ledger.LedgerException;
import dev.talea.ledger.projection.ProjectionState;
import dev.talea.ledger.projection.ProjectionStatus;
import dev.talea.projections.EngineSettings;
import dev.talea.projections.EventSource;
import dev.talea.projections.Plugins;
import dev.talea.projections.Projection;
import dev.talea.projections.ProjectionEngine;
import dev.talea.projections.ProjectionException;
import dev.talea.projections.ProjectionTarget;
import dev.talea.projections.TargetException;
import dev.talea.projections.builtin.DailyBalancesProjection;
import dev.talea.projections.builtin.PostingsProjection;
import dev.talea.projections.builtin.PrefixTotalsProjection;
import dev.talea.projections.read.ReadModels;
import dev.talea.projections.target.PostgresTarget;
import dev.talea.projections.target.SqliteTarget;
import dev.talea.projections.webhook.SocketSender;
import dev.talea.projections.webhook.WebhookEngine;
import dev.talea.projections.webhook.Webhooks;
import dev.talea.server.settings.ConfigFiles;
import dev.talea.server.settings.DbUrl;
import dev.talea.server.settings.ProjectionChoice;
import dev.talea.server.settings.Setting;
import dev.talea.server.settings.Settings;
import dev.talea.server.settings.StartException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The projections of a server from its settings to their last look: chosen, their target opened,
 * started, watched, stopped. Apart from the daemon, because a target that is out of reach is tried
 * again here for as long as it takes, and the ledger is served meanwhile.
 *
 * <p>Any thread may ask; asking waits for the target. A thread of its own tries and watches.
 */
public final class ProjectionService {
  private static final Logger LOG = LoggerFactory.getLogger(ProjectionService.class);

  /** What the target knows is looked at so often, for metrics and health. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** A start waits so long for a target; then it goes on without. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** One connection keeps the leases, one is for readers. */
  private static final int NOT_FOR_WORKERS = 2;

  private static final int SQLITE_WORKERS = 2;

  /** Stands for all deliveries among the names of projections, and counts as one. */
  public static final String WEBHOOKS = "webhooks";

  /** A receiver has so long for an answer. */
  private static final Duration DELIVERY_MAX = Duration.ofSeconds(20);

  /** Of the driver. */
  private static final String APPLICATION_NAME = "ApplicationName";

  private final Settings settings;
  private final List<Projection> projections;
  private final ProjectionTarget target;
  private final Surroundings around;
  private final boolean runs;
  private final boolean delivers;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread watch = new Thread(this::watch, "talea-projection-watch");
  private volatile @Nullable ProjectionEngine engine;
  private volatile @Nullable Webhooks webhooks;
  private volatile @Nullable WebhookEngine deliveries;
  private final ReadModels tables;
  private volatile boolean started;

  /** The thread that starts; then the one that watches. */
  private boolean budgetSaid;

  /** As they were at the last look; empty while the target is out of reach. */
  private volatile List<ProjectionStatus> seen = List.of();

  /** Why they could not be looked at; null if they could. */
  private volatile @Nullable String outage;

  /** Completes with what has to be mended before any of them runs again. */
  private final CompletableFuture<String> fault = new CompletableFuture<>();

  /**
   * What the machine gives.
   *
   * @param random so many bytes that no other can guess
   * @param owner names this process, and no other
   */
  public record Surroundings(
      LongSupplier nanoTime,
      DoubleSupplier chance,
      Supplier<Instant> now,
      IntFunction<byte[]> random,
      String owner) {}

  private ProjectionService(
      Settings settings,
      List<Projection> projections,
      boolean delivers,
      ProjectionTarget target,
      Surroundings around) {
    this.settings = settings;
    this.projections = projections;
    this.target = target;
    this.around = around;
    this.tables = new ReadModels(target);
    this.runs = settings.number(Setting.PROJECTION_RUNNERS) > 0;
    this.delivers = runs && delivers;
    watch.setDaemon(true);
  }

  /**
   * Chooses what runs, and where to. Nothing is connected to yet.
   *
   * @return null if the settings name no projection
   * @throws StartException if the settings name one that is not there, or too many
   */
  public static @Nullable ProjectionService of(Settings settings, Surroundings around) {
    ProjectionChoice choice = settings.projections();
    DbUrl url = choice.target();
    if (choice.isNone() || url == null) {
      return null;
    }
    List<Projection> chosen = chosen(settings, choice);
    boolean delivers = choice.all() || choice.names().contains(WEBHOOKS);
    long most = settings.number(Setting.PROJECTION_RUNNERS);
    int wanted = chosen.size() + (delivers ? 1 : 0);
    if (most > 0 && wanted > most) {
      throw new StartException(
          "%s is %d, but %s names %d projections: %s. Raise it, or name fewer"
              .formatted(
                  Setting.PROJECTION_RUNNERS.variable(),
                  most,
                  Setting.PROJECTIONS.variable(),
                  wanted,
                  names(chosen, delivers)));
    }
    return new ProjectionService(
        settings, chosen, delivers, target(settings, url, choice.schema()), around);
  }

  private static String names(List<Projection> projections, boolean webhooksToo) {
    List<String> names = new ArrayList<>(projections.stream().map(Projection::name).toList());
    if (webhooksToo) {
      names.add(WEBHOOKS);
    }
    return String.join(", ", names);
  }

  private static List<Projection> chosen(Settings settings, ProjectionChoice choice) {
    List<Projection> all = new ArrayList<>();
    all.add(new PostingsProjection());
    all.add(new DailyBalancesProjection(settings.projectionZone()));
    all.add(new PrefixTotalsProjection());
    try {
      all.addAll(Plugins.load(ConfigFiles.jars(settings.plugins())));
    } catch (ProjectionException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
    if (all.stream().anyMatch(one -> one.name().equals(WEBHOOKS))) {
      throw new StartException(
          "A plugin has a projection with the name '%s', which stands for deliveries"
              .formatted(WEBHOOKS));
    }
    if (choice.all()) {
      return all;
    }
    for (String name : choice.names()) {
      if (!name.equals(WEBHOOKS) && all.stream().noneMatch(one -> one.name().equals(name))) {
        throw new StartException(
            "%s names '%s', but there are %s"
                .formatted(Setting.PROJECTIONS.variable(), name, names(all, true)));
      }
    }
    return all.stream().filter(one -> choice.names().contains(one.name())).toList();
  }

  private static ProjectionTarget target(Settings settings, DbUrl url, @Nullable String schema) {
    DbUrl.Login login = url.login();
    if (login == null || schema == null) {
      Path file = Path.of(url.location());
      if (ConfigFiles.isDirectory(file)) {
        throw new StartException(
            url.what() + " names a directory; SQLite wants a file, for example " + url + "/p.db");
      }
      // What is in the ledger is in there: no other user of this machine may read it either.
      ConfigFiles.createPrivately(file);
      return new SqliteTarget(file);
    }
    boolean runs = settings.number(Setting.PROJECTION_RUNNERS) > 0;
    return new PostgresTarget(
        login.jdbcUrl(),
        named(login.properties()),
        schema,
        new PostgresTarget.Settings(
            runs ? (int) settings.number(Setting.PROJECTION_POOL_SIZE) : 0,
            settings.projectionConnections(),
            PATIENCE,
            settings.duration(Setting.PROJECTION_LEASE),
            settings.is(Setting.CREATE_TABLE, "true")));
  }

  /** So that an administrator sees what these connections are for. */
  private static Properties named(Properties login) {
    String program = login.getProperty(APPLICATION_NAME, "talea");
    login.setProperty(APPLICATION_NAME, program + " projections");
    return login;
  }

  /** Of a server that is not the ledger's; that one counts these with its own. */
  private void checkBudget() {
    DbUrl url = settings.projections().target();
    if (budgetSaid || url == null || settings.projectionsAreOnLedgersServer()) {
      return;
    }
    try {
      budgetSaid =
          url.saidBudget(
              settings.projectionConnections(),
              (int) settings.number(Setting.DB_INSTANCES),
              (int) settings.numberOr(Setting.MAX_CONNECTIONS, 0),
              runs,
              settings.is(Setting.DB_BUDGET, "fail"));
    } catch (StartException e) {
      throw new ProjectionException("" + e.getMessage());
    }
  }

  private EngineSettings engineSettings() {
    boolean sqlite = target instanceof SqliteTarget;
    EngineSettings usual = EngineSettings.of(around.owner);
    return new EngineSettings(
        usual.owner(),
        settings.duration(Setting.PROJECTION_LEASE),
        usual.batchEvents(),
        usual.batchBytes(),
        sqlite ? SQLITE_WORKERS : Math.max(1, settings.projectionConnections() - NOT_FOR_WORKERS),
        usual.look(),
        usual.backoffMin(),
        usual.backoffMax());
  }

  /**
   * Starts them, if any are to run here. A target that is out of reach is tried again, later.
   *
   * @throws StartException if one cannot be run as it is
   */
  public void start(EventSource source) {
    webhooks =
        new Webhooks(
            target,
            source,
            settings.is(Setting.CREATE_TABLE, "true"),
            settings.is(Setting.WEBHOOK_PRIVATE, "allow"),
            new Webhooks.Surroundings(around.now, around.random));
    ProjectionEngine fresh;
    try {
      fresh =
          new ProjectionEngine(
              source,
              target,
              projections,
              engineSettings(),
              around.nanoTime,
              around.chance,
              around.now);
      engine = fresh;
      if (!runs) {
        checkBudget();
        LOG.info(
            "no projections run here, as {} is 0; tables are read in {}",
            Setting.PROJECTION_RUNNERS.variable(),
            target);
        return;
      }
      if (delivers) {
        deliveries = deliveries(source, fresh);
      }
      LOG.info("projections {} in {}", names(projections, delivers), target);
      tryToStart(fresh);
    } catch (ProjectionException e) {
      throw new StartException(inWords(e), e);
    }
    watch.start();
  }

  private WebhookEngine deliveries(EventSource source, ProjectionEngine running) {
    return new WebhookEngine(
        source,
        target,
        settings.is(Setting.CREATE_TABLE, "true"),
        new SocketSender(
            DELIVERY_MAX, settings.is(Setting.WEBHOOK_PRIVATE, "allow"), around.now, null),
        WebhookEngine.Settings.of(around.owner, settings.duration(Setting.PROJECTION_LEASE)),
        new WebhookEngine.Surroundings(
            around.now, around.nanoTime, around.chance, running::isOfThisLedger));
  }

  /** What cannot be done, with the setting that forbids it. */
  public static String inWords(ProjectionException e) {
    return e.getMessage()
        + (e.isForWantOfTables() ? " " + Setting.CREATE_TABLE.variable() + " is false." : "");
  }

  private void tryToStart(ProjectionEngine fresh) {
    try {
      checkBudget();
      fresh.start(settings.is(Setting.CREATE_TABLE, "true"));
      // Nothing is sent before the projections have found the tables to be of this ledger.
      WebhookEngine sending = deliveries;
      if (sending != null) {
        sending.start();
      }
      started = true;
      outage = null;
    } catch (TargetException | LedgerException e) {
      if (outage == null) {
        LOG.warn(
            "Projections do not run yet, and are tried again every {} s. {}",
            LOOK.toSeconds(),
            e.getMessage());
      }
      outage = String.valueOf(e.getMessage());
    }
  }

  private void watch() {
    ProjectionEngine running = engine;
    try {
      while (running != null && !stopping.await(LOOK.toNanos(), TimeUnit.NANOSECONDS)) {
        ProjectionException found = running.fault();
        if (found != null) {
          throw found;
        }
        if (started) {
          look(running);
        } else {
          tryToStart(running);
          if (started) {
            LOG.info("projections run now");
          }
        }
      }
    } catch (ProjectionException e) {
      started = false;
      seen = List.of();
      outage = inWords(e);
      LOG.error(
          "Projections do not run until this is mended and they are started again: {}", outage);
      fault.complete(outage);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look(ProjectionEngine running) {
    try {
      seen = running.status();
      outage = null;
    } catch (TargetException | LedgerException e) {
      // The engine tells it, once.
      seen = List.of();
      outage = String.valueOf(e.getMessage());
    } catch (RuntimeException e) {
      seen = List.of();
      outage = e.toString();
      LOG.warn("Projections cannot be looked at", e);
    }
  }

  /** How they were a moment ago; empty while that is not known. For metrics, and waits for none. */
  public List<ProjectionStatus> seen() {
    return seen;
  }

  /** Whether projections run here, and could be looked at a moment ago. For metrics. */
  public boolean isReached() {
    return started && outage == null;
  }

  /**
   * Why projections do not run, or could not be looked at a moment ago; null if all is well. Waits
   * for nothing.
   */
  public @Nullable String outage() {
    String known = outage;
    return known != null || started ? known : "projections are being started";
  }

  /**
   * Completes with what was found out after the start and has to be mended before any of them runs
   * again.
   */
  public CompletableFuture<String> fault() {
    return fault.copy();
  }

  /** How many stood still a moment ago until a person has looked. Waits for nothing. */
  public int failed() {
    return (int) seen.stream().filter(one -> one.state() == ProjectionState.FAILED).count();
  }

  /** Whether there is one of this name here. */
  public boolean knows(String name) {
    return projections.stream().anyMatch(one -> one.name().equals(name));
  }

  /**
   * How they are.
   *
   * @throws TargetException if the target is out of reach
   */
  public List<ProjectionStatus> status() {
    return engine().status();
  }

  /** What is asked of them, and what the last verification has found. */
  public ProjectionEngine engine() {
    ProjectionEngine there = engine;
    if (there == null) {
      throw new IllegalStateException("projections are asked before they are started");
    }
    return there;
  }

  /** Receivers of events, whichever process delivers to them. */
  public Webhooks webhooks() {
    Webhooks there = webhooks;
    if (there == null) {
      throw new IllegalStateException("webhooks are asked for before they are started");
    }
    return there;
  }

  /** Has those who deliver here see at once what was changed. */
  public void webhooksChanged() {
    WebhookEngine sending = deliveries;
    if (sending != null) {
      sending.nudge();
    }
  }

  /** How deliveries are doing; null where none are made. For metrics, and waits for nothing. */
  public WebhookEngine.@Nullable Counts deliveries() {
    WebhookEngine sending = deliveries;
    return sending == null ? null : sending.counts();
  }

  /** Their tables, for those who read them; built here or elsewhere. */
  public ReadModels tables() {
    return tables;
  }

  /**
   * Waits until what readers see holds an event; fails with {@link RejectedExecutionException} if
   * too many wait.
   *
   * @param threads on which the target may be asked
   * @return the seq reached, less than {@code seq} if the time was over before
   */
  public CompletableFuture<Long> await(
      String name, String book, long seq, Duration most, Executor threads) {
    return CompletableFuture.completedFuture(name)
        .thenComposeAsync(of -> engine().await(of, book, seq, most), threads);
  }

  /** Where the tables are, for people. */
  public String where() {
    return target.toString();
  }

  /**
   * Ends what is under way and lets go of the leases; whatever takes longer is left behind, as a
   * lease runs out by itself. Idempotent.
   *
   * @return whether it ended in time
   */
  public boolean close(Duration most) {
    stopping.countDown();
    Thread closer =
        new Thread(
            () -> {
              WebhookEngine sending = deliveries;
              if (sending != null) {
                sending.close();
              }
              ProjectionEngine running = engine;
              if (running != null) {
                running.close();
              }
              target.close();
            },
            "talea-projection-closer");
    closer.setDaemon(true);
    closer.start();
    try {
      closer.join(Math.max(1, most.toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (closer.isAlive()) {
      LOG.warn("Projections did not stop in time; their leases run out by themselves");
    }
    return !closer.isAlive();
  }
}
