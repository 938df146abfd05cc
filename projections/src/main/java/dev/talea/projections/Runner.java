// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import dev.talea.projections.ProjectionCatalog.Build;
import dev.talea.projections.ProjectionCatalog.Position;
import dev.talea.projections.ProjectionCatalog.Purpose;
import dev.talea.projections.ProjectionCatalog.Registered;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One projection in this process: its lease, its builds and their lanes, and the moment in which
 * one build takes the place of another.
 *
 * <p>The engine's keeper calls everything but what {@link Lane} calls, on the workers. Apart from
 * {@link ProjectionEngine}, which runs many of them with the threads of all.
 */
final class Runner {
  private static final Logger LOG = LoggerFactory.getLogger(Runner.class);

  /** Stands between what is fixed for a version and what may be set otherwise. */
  private static final String PARAMETERS = " with ";

  private final Host host;
  private final Projection projection;
  private final String fingerprint;

  /** Held to apply events by lanes; held alone while builds are exchanged or compared. */
  private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock();

  private volatile boolean owned;

  /** Events to be passed over, by book. */
  private volatile Map<String, Set<Long>> skips = Map.of();

  /** The build that is read, while this process runs the projection. */
  private volatile @Nullable BuildRun current;

  /** A build that is on its way. */
  private volatile @Nullable BuildRun next;

  /** What a runner needs of the engine. */
  interface Host {
    EngineSettings settings();

    EventSource source();

    ProjectionTarget target();

    ProjectionCatalog catalog();

    void submit(Lane lane);

    /** When a pause is over that follows a failure, the how manieth in a row. */
    long afterPause(int failures);

    /** The rows that readers see go further now. */
    void advanced(String projection, String book, long seq);
  }

  Runner(Host host, Projection projection) {
    this.host = host;
    this.projection = projection;
    TableNames.check(projection);
    this.fingerprint = fingerprint(projection, host.target().dialect());
  }

  private static String fingerprint(Projection projection, Dialect dialect) {
    String words =
        projection.selects().fingerprint()
            + projection.tables()
            + projection.schema(dialect)
            + projection.views(dialect);
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(words.getBytes(StandardCharsets.UTF_8));
      String parameters = projection.parameters();
      return HexFormat.of().formatHex(hash, 0, 8)
          + (parameters.isEmpty() ? "" : PARAMETERS + parameters);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A build with its lanes. */
  static final class BuildRun {
    private final Build build;
    private final TableNames names;
    private final ConcurrentMap<String, Lane> lanes = new ConcurrentHashMap<>();

    /** Where its lanes stop; null for nowhere. */
    private volatile @Nullable Map<String, Long> upTo;

    /** Its lanes stand until another build has come as far. */
    private volatile boolean held;

    BuildRun(Build build, TableNames names) {
      this.build = build;
      this.names = names;
    }

    Build build() {
      return build;
    }

    TableNames names() {
      return names;
    }

    long upTo(String book) {
      Map<String, Long> limits = upTo;
      return limits == null ? Long.MAX_VALUE : limits.getOrDefault(book, 0L);
    }

    Map<String, Lane> lanes() {
      return lanes;
    }
  }

  String name() {
    return projection.name();
  }

  Projection projection() {
    return projection;
  }

  EngineSettings settings() {
    return host.settings();
  }

  EventSource source() {
    return host.source();
  }

  ProjectionTarget target() {
    return host.target();
  }

  ProjectionCatalog catalog() {
    return host.catalog();
  }

  boolean owned() {
    return owned;
  }

  @Nullable BuildRun current() {
    return current;
  }

  void submit(Lane lane) {
    host.submit(lane);
  }

  long afterPause(int failures) {
    return host.afterPause(failures);
  }

  void advanced(BuildRun build, String book, long seq) {
    if (build == current) {
      host.advanced(name(), book, seq);
    }
  }

  /** Takes a step of a lane, unless its build stands or is gone. */
  boolean whileOpen(BuildRun build, BooleanSupplier step) {
    if (!gate.readLock().tryLock()) {
      return false; // all are woken when the gate opens
    }
    try {
      return owned && !build.held && (build == current || build == next) && step.getAsBoolean();
    } finally {
      gate.readLock().unlock();
    }
  }

  /** Whether a person has decided to pass over an event. */
  boolean isSkipped(String book, long seq) {
    return skips.getOrDefault(book, Set.of()).contains(seq);
  }

  /** The lease is not this process's any more: nothing is applied until it is again. */
  void lost() {
    if (owned) {
      LOG.warn("Projection {} is run by another process now, or was not kept alive", name());
      owned = false;
    }
  }

  /**
   * Makes the rows and tables of a projection that is new, or of a new version.
   *
   * @throws ProjectionException if it cannot be run beside what is there
   */
  void register(Connection connection) throws SQLException {
    ProjectionCatalog catalog = catalog();
    catalog.lock(connection, name());
    Registered known = catalog.registered(connection, name());
    if (known == null) {
      catalog.register(connection, name(), projection.version(), settings().owner());
      Build first = new Build(1, projection.version(), fingerprint, Purpose.READ, null);
      add(connection, first);
      show(connection, first);
      return;
    }
    List<Build> builds = catalog.builds(connection, name());
    int newest = 0;
    int highest = 0;
    for (Build build : builds) {
      newest = Math.max(newest, build.generation());
      highest = Math.max(highest, build.version());
    }
    if (projection.version() < highest) {
      throw new ProjectionException(
          "Projection '%s' has version %d here, and %d in %s: a version never goes down. Run the"
                  .formatted(name(), projection.version(), highest, target())
              + " newer program, or drop the projection.");
    }
    for (Build build : builds) {
      if (build.version() == projection.version()
          && !fixed(build.fingerprint()).equals(fixed(fingerprint))) {
        throw new ProjectionException(
            "Projection '%s' has changed what it selects, or its tables, and is version %d still:"
                    .formatted(name(), projection.version())
                + " give it the next version, or drop the projection.");
      }
    }
    if (builds.stream().noneMatch(this::isOfThisProgram)) {
      add(connection, new Build(newest + 1, projection.version(), fingerprint, Purpose.READ, null));
    }
  }

  /**
   * Looks whether there is everything that {@link #register} would make.
   *
   * @throws ProjectionException if not
   */
  void requireTables(Connection connection) throws SQLException {
    boolean there;
    try {
      there =
          catalog().registered(connection, name()) != null
              && catalog().builds(connection, name()).stream().anyMatch(this::isOfThisProgram);
    } catch (SQLException e) {
      if (target().mayPass(e)) {
        throw e;
      }
      there = false; // not even the tables of the engine
    }
    if (!there) {
      throw new ProjectionException(
          "The tables of projection '%s' version %d are not in %s, and none are to be made."
              .formatted(name(), projection.version(), target()));
    }
  }

  private static String fixed(String fingerprint) {
    int end = fingerprint.indexOf(PARAMETERS);
    return end < 0 ? fingerprint : fingerprint.substring(0, end);
  }

  private boolean isOfThisProgram(Build build) {
    return build.version() == projection.version()
        && build.fingerprint().equals(fingerprint)
        && build.purpose() == Purpose.READ;
  }

  /** Asks for another build of the same version; the process that runs the projection makes it. */
  static void request(
      Connection connection, ProjectionCatalog catalog, String name, Purpose purpose)
      throws SQLException {
    catalog.lock(connection, name);
    List<Build> builds = catalog.builds(connection, name);
    Registered known = catalog.registered(connection, name);
    if (known == null || builds.isEmpty()) {
      throw new ProjectionException("There is no projection '" + name + "' in the target.");
    }
    int newest = 0;
    Build read = builds.get(0);
    for (Build build : builds) {
      newest = Math.max(newest, build.generation());
      if (build.generation() == known.generation()) {
        read = build;
      } else if (build.result() == null) {
        if (build.purpose() == purpose) {
          return; // it is on its way
        }
        throw new ProjectionException(
            "Projection '%s' is being %s; wait for that."
                .formatted(name, build.purpose() == Purpose.READ ? "rebuilt" : "verified"));
      }
    }
    for (Build build : builds) {
      if (build.result() != null) {
        catalog.removeBuild(connection, name, build.generation());
      }
    }
    catalog.addBuild(
        connection, name, new Build(newest + 1, read.version(), read.fingerprint(), purpose, null));
  }

  private TableNames names(Build build) {
    return new TableNames(projection, build.generation());
  }

  private void add(Connection connection, Build build) throws SQLException {
    catalog().addBuild(connection, name(), build);
    makeTables(connection, build);
  }

  private void makeTables(Connection connection, Build build) throws SQLException {
    TableNames names = names(build);
    for (String sql : projection.schema(target().dialect())) {
      catalog().run(connection, names.in(sql));
    }
  }

  private void dropTables(Connection connection, Build build) throws SQLException {
    TableNames names = names(build);
    for (String table : projection.tables()) {
      catalog().run(connection, "DROP TABLE IF EXISTS " + names.of(table));
    }
  }

  /** Has readers see a build. */
  private void show(Connection connection, Build build) throws SQLException {
    TableNames names = names(build);
    Map<String, String> more = projection.views(target().dialect());
    for (String view : more.keySet()) {
      catalog().run(connection, "DROP VIEW IF EXISTS " + view);
    }
    for (String table : projection.tables()) {
      catalog().run(connection, "DROP VIEW IF EXISTS " + table);
      catalog().run(connection, "CREATE VIEW " + table + " AS SELECT * FROM " + names.of(table));
    }
    for (Map.Entry<String, String> view : more.entrySet()) {
      catalog()
          .run(connection, "CREATE VIEW " + view.getKey() + " AS " + names.in(view.getValue()));
    }
    catalog().makeCurrent(connection, name(), build, settings().owner());
  }

  /** Takes the projection if it is free, or keeps it. */
  void keep() throws SQLException {
    boolean now;
    try (Connection connection = target().write()) {
      now = catalog().lease(connection, name(), settings().owner(), settings().lease());
      connection.commit();
    }
    if (now && !owned) {
      load();
      owned = true;
      LOG.info("Projection {} is run here", name());
      wake();
    } else if (!now) {
      lost();
    }
  }

  /** Lets others have it. */
  void release() throws SQLException {
    owned = false;
    gate.writeLock().lock(); // what is under way ends
    try (Connection connection = target().write()) {
      catalog().release(connection, name(), settings().owner());
      connection.commit();
    } finally {
      gate.writeLock().unlock();
    }
  }

  private void load() throws SQLException {
    gate.writeLock().lock();
    try (Connection connection = target().read()) {
      current = null;
      next = null;
      look(connection);
    } finally {
      gate.writeLock().unlock();
    }
  }

  /** Takes up what others have asked for: builds, and books that may go on. */
  void look() throws SQLException {
    try (Connection connection = target().read()) {
      look(connection);
    }
  }

  private void look(Connection connection) throws SQLException {
    Registered known = catalog().registered(connection, name());
    if (known == null) {
      throw new SQLException("the row of projection '" + name() + "' is gone", "25000");
    }
    skips = catalog().skips(connection, name());
    for (Build build : catalog().builds(connection, name())) {
      if (!build.fingerprint().equals(fingerprint) || build.version() != projection.version()) {
        // Of an older program: read as it is until the new one takes its place. Or of a newer one,
        // which is to run it.
        continue;
      }
      if (build.generation() == known.generation()) {
        if (build.purpose() == Purpose.READ) {
          current = refreshed(connection, current, build);
        }
      } else if (build.result() == null) {
        boolean is = next == null || next.build.generation() != build.generation();
        if (is) {
          makeIfMissing(build);
        }
        next = refreshed(connection, next, build);
        if (is && owned) {
          source().books().forEach(this::news);
        }
      }
    }
  }

  private void makeIfMissing(Build build) throws SQLException {
    try (Connection connection = target().write()) {
      catalog().lock(connection, name());
      if (catalog().positions(connection, name(), build.generation()).isEmpty()) {
        dropTables(connection, build);
        makeTables(connection, build);
      }
      connection.commit();
    }
  }

  private BuildRun refreshed(Connection connection, @Nullable BuildRun known, Build build)
      throws SQLException {
    BuildRun run =
        known != null && known.build.generation() == build.generation()
            ? known
            : new BuildRun(build, names(build));
    boolean stands =
        run.lanes.values().stream()
            .anyMatch(lane -> lane.position().state() == ProjectionState.FAILED);
    if (run == known && !stands) {
      return run; // its lanes know better than the tables, and none waits for a person
    }
    for (Map.Entry<String, Position> stored :
        catalog().positions(connection, name(), build.generation()).entrySet()) {
      run.lanes
          .computeIfAbsent(stored.getKey(), book -> new Lane(this, run, book, stored.getValue()))
          .replaced(stored.getValue());
    }
    return run;
  }

  /** A book has, or may have, new events. */
  void news(String book) {
    if (owned && projection.selects().wantsBook(book)) {
      for (BuildRun build : builds()) {
        build
            .lanes
            .computeIfAbsent(book, name -> new Lane(this, build, name, Position.START))
            .wake();
      }
    }
  }

  private List<BuildRun> builds() {
    BuildRun read = current;
    BuildRun coming = next;
    if (read == null) {
      return coming == null ? List.of() : List.of(coming);
    }
    return coming == null ? List.of(read) : List.of(read, coming);
  }

  private void wake() {
    builds().forEach(build -> build.lanes.values().forEach(Lane::wake));
  }

  void wakeThoseDue(long nanos) {
    builds().forEach(build -> build.lanes.values().forEach(lane -> lane.wakeIfDue(nanos)));
  }

  /**
   * Goes on with a build that is on its way: when it has come as far as what is known of the books,
   * the one that is read stands, the other goes to the same seqs, and takes its place or is
   * compared with it.
   */
  void advanceBuilds() throws SQLException {
    BuildRun coming = next;
    if (coming == null || !owned) {
      return;
    }
    BuildRun read = current;
    boolean check = coming.build.purpose() == Purpose.CHECK;
    if (!near(coming, read)) {
      return;
    }
    if (read != null) {
      read.held = true;
    }
    boolean done = false;
    gate.writeLock().lock();
    try {
      if (read != null && check) {
        Map<String, Long> limits = new ConcurrentHashMap<>();
        read.lanes.forEach((book, lane) -> limits.put(book, lane.position().seq()));
        coming.upTo = limits;
      }
      if (owned && hasReached(coming, read)) {
        if (check) {
          compare(coming, read);
        } else {
          exchange(coming);
        }
        done = true;
      }
    } finally {
      gate.writeLock().unlock();
    }
    if (done && read != null) {
      read.held = false;
    }
    wake();
  }

  /** Whether what is left for it is little, so that the one that is read need not stand long. */
  private boolean near(BuildRun coming, @Nullable BuildRun read) {
    // Lanes first: listing the books may ask another machine.
    return coming.lanes.keySet().stream().allMatch(book -> isNear(coming, read, book))
        && source().books().stream()
            .filter(projection.selects()::wantsBook)
            .allMatch(book -> isNear(coming, read, book));
  }

  private boolean isNear(BuildRun coming, @Nullable BuildRun read, String book) {
    Lane readLane = read == null ? null : read.lanes.get(book);
    long due = readLane == null ? source().lastSeq(book) : readLane.position().seq();
    Lane lane = coming.lanes.get(book);
    Position is = lane == null ? Position.START : lane.position();
    return is.state() != ProjectionState.FAILED && due - is.seq() <= settings().batchEvents();
  }

  private static boolean hasReached(BuildRun coming, @Nullable BuildRun read) {
    if (read == null) {
      return true;
    }
    for (Map.Entry<String, Lane> lane : read.lanes.entrySet()) {
      Lane its = coming.lanes.get(lane.getKey());
      long is = its == null ? 0 : its.position().seq();
      if (is < lane.getValue().position().seq()) {
        return false;
      }
    }
    return true;
  }

  private void exchange(BuildRun coming) throws SQLException {
    try (Connection connection = target().write()) {
      catalog().lock(connection, name());
      Registered known = catalog().registered(connection, name());
      show(connection, coming.build);
      for (Build build : catalog().builds(connection, name())) {
        if (known != null && build.generation() == known.generation()) {
          dropTables(connection, build);
          catalog().removeBuild(connection, name(), build.generation());
        }
      }
      connection.commit();
    }
    current = coming;
    next = null;
    LOG.info(
        "Projection {} has been rebuilt: version {} is read now", name(), coming.build.version());
  }

  private void compare(BuildRun coming, @Nullable BuildRun read) throws SQLException {
    String result = "there is nothing to compare with";
    try (Connection connection = target().write()) {
      if (read != null) {
        String difference =
            RowComparison.of(
                connection, catalog(), target().dialect(), projection, read.names, coming.names);
        result = difference == null ? "right" : difference;
      }
      catalog().setResult(connection, name(), coming.build.generation(), result);
      dropTables(connection, coming.build);
      connection.commit();
    }
    next = null;
    LOG.info("Projection {} has been verified: {}", name(), result);
  }

  /** Removes everything of the projection; nothing of it runs here any more. */
  void drop() throws SQLException {
    owned = false;
    gate.writeLock().lock(); // what is under way ends
    try (Connection connection = target().write()) {
      current = null;
      next = null;
      catalog().lock(connection, name());
      List<Build> builds = catalog().builds(connection, name());
      // Positions before rows, as lanes go: one of another process waits here, and finds none.
      catalog().remove(connection, name());
      for (String view : projection.views(target().dialect()).keySet()) {
        catalog().run(connection, "DROP VIEW IF EXISTS " + view);
      }
      for (String table : projection.tables()) {
        catalog().run(connection, "DROP VIEW IF EXISTS " + table);
      }
      for (Build build : builds) {
        dropTables(connection, build);
      }
      connection.commit();
    } finally {
      gate.writeLock().unlock();
    }
    LOG.info("Projection {} has been dropped", name());
  }
}
