// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import dev.talea.ledger.projection.ProjectionState;
import dev.talea.projections.ProjectionCatalog.Build;
import dev.talea.projections.ProjectionCatalog.Position;
import dev.talea.projections.ProjectionCatalog.Purpose;
import dev.talea.projections.ProjectionCatalog.Registered;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
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

  /**
   * A build stands so long at most for another to come as far. If it has not by then, there is a
   * reason that only a build finds out that is on its way, such as a book that ends before it.
   */
  private static final long HELD_MOST_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final Host host;
  private final Projection projection;
  private final Builds builds;

  /** Held to apply events by lanes; held alone while builds are exchanged, or begin to stand. */
  private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock();

  /** It is waited for: no lane may begin, or the keeper would wait for as long as there is work. */
  private volatile boolean gateWanted;

  private volatile boolean owned;

  /** Events to be passed over, by book. */
  private volatile Map<String, Set<Long>> skips = Map.of();

  /** The build that is read, while this process runs the projection. */
  private volatile @Nullable BuildRun current;

  /** A build on its way that is to be read. */
  private volatile @Nullable BuildRun next;

  /** A build on its way that the next one, or the one that is read, is compared with. */
  private volatile @Nullable BuildRun check;

  /** What the check of the next one came to; null until it is over. The keeper's. */
  private @Nullable String nextVerdict;

  /** Under way, or over and not looked at yet. The keeper's. */
  private @Nullable Comparison comparison;

  /** Since when a build stands, by the engine's clock. The keeper's. */
  private long heldSince;

  /** What a runner needs of the engine. */
  interface Host {
    EngineSettings settings();

    EventSource source();

    ProjectionTarget target();

    ProjectionCatalog catalog();

    /** Whether tables may be made. */
    boolean mayCreate();

    /** Has a worker do it. Returns false if there are none any more. */
    boolean submit(Runnable task);

    long nanoTime();

    /** When a pause is over that follows a failure, the how manieth in a row. */
    long afterPause(int failures);

    /** The rows that readers see go further now. */
    void advanced(String projection, String book, long seq);
  }

  Runner(Host host, Projection projection) {
    this.host = host;
    this.projection = projection;
    this.builds = new Builds(projection, host.target(), host.catalog(), host.settings().owner());
  }

  /** A build with its lanes. */
  static final class BuildRun {
    private final Build build;
    private final TableNames names;
    private final ConcurrentMap<String, Lane> lanes = new ConcurrentHashMap<>();

    /** For a check: what it is compared with, and its lanes go as far as. */
    private volatile @Nullable BuildRun subject;

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

    boolean isCheck() {
      return build.purpose() == Purpose.CHECK;
    }

    /** Where its lane of a book stops. */
    long upTo(String book) {
      return isCheck() ? seq(subject, book) : Long.MAX_VALUE;
    }

    private static long seq(@Nullable BuildRun of, String book) {
      Lane lane = of == null ? null : of.lanes.get(book);
      return lane == null ? 0 : lane.position().seq();
    }

    private void wake() {
      lanes.values().forEach(Lane::wake);
    }

    private void goOn() {
      if (held) {
        held = false;
        wake();
      }
    }

    /** The lane that stands still until a person has looked; null if none does. */
    private @Nullable Lane failed() {
      for (Lane lane : lanes.values()) {
        if (lane.position().state() == ProjectionState.FAILED) {
          return lane;
        }
      }
      return null;
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

  Builds builds() {
    return builds;
  }

  void submit(Runnable task) {
    host.submit(task);
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
    if (gateWanted || !gate.readLock().tryLock()) {
      return false; // all are woken when the gate opens
    }
    try {
      return owned
          && !build.held
          && (build == current || build == next || build == check)
          && step.getAsBoolean();
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
    alone(
        () -> {
          try (Connection connection = target().write()) {
            catalog().release(connection, name(), settings().owner());
            connection.commit();
          }
        });
  }

  private interface Step {
    void take() throws SQLException;
  }

  /** When what is under way has ended, and before anything else begins. */
  private void alone(Step step) throws SQLException {
    gateWanted = true;
    gate.writeLock().lock();
    try {
      step.take();
    } finally {
      gateWanted = false;
      gate.writeLock().unlock();
      wake(); // those who stood before the gate
    }
  }

  private void load() throws SQLException {
    alone(
        () -> {
          forget();
          look();
        });
  }

  private void forget() {
    current = null;
    next = null;
    check = null;
    nextVerdict = null;
    comparison = null;
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
    List<Build> all =
        catalog().builds(connection, name()).stream().filter(builds::isOfThisProgram).toList();
    Build read = null;
    Build checking = null;
    for (Build build : all) {
      if (build.generation() == known.generation()) {
        read = build;
      } else if (build.purpose() == Purpose.CHECK && build.result() == null) {
        checking = build;
      }
    }
    Build coming = Builds.coming(all, known);
    nextVerdict = coming == null ? null : Builds.verdict(all, coming);
    boolean goesOn = nextVerdict == null || nextVerdict.equals(Builds.RIGHT);
    // One that is read and not of this program stays as it is, until its next one is read.
    current = read == null ? null : refreshed(connection, current, read);
    next = coming == null || !goesOn ? null : begun(connection, next, coming);
    check = checking == null || !goesOn ? null : begun(connection, check, checking);
    BuildRun checks = check;
    if (checks != null) {
      checks.subject = next == null ? current : next;
    }
  }

  private @Nullable BuildRun begun(Connection connection, @Nullable BuildRun known, Build build)
      throws SQLException {
    if (known != null && known.build.generation() == build.generation()) {
      return refreshed(connection, known, build);
    }
    if (!builds.prepare(connection, build, host.mayCreate())) {
      return null;
    }
    BuildRun run = refreshed(connection, null, build);
    for (String book : source().books()) {
      if (projection.selects().wantsBook(book)) {
        run.lanes.computeIfAbsent(book, name -> new Lane(this, run, name, Position.START));
      }
    }
    return run;
  }

  private BuildRun refreshed(Connection connection, @Nullable BuildRun known, Build build)
      throws SQLException {
    BuildRun run =
        known != null && known.build.generation() == build.generation()
            ? known
            : new BuildRun(build, builds.names(build));
    if (run == known && run.failed() == null) {
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
      for (BuildRun build : running()) {
        build
            .lanes
            .computeIfAbsent(book, name -> new Lane(this, build, name, Position.START))
            .wake();
      }
    }
  }

  private List<BuildRun> running() {
    List<BuildRun> all = new ArrayList<>(3);
    for (BuildRun build : new BuildRun[] {current, next, check}) {
      if (build != null) {
        all.add(build);
      }
    }
    return all;
  }

  private void wake() {
    running().forEach(BuildRun::wake);
  }

  void wakeThoseDue(long nanos) {
    running().forEach(build -> build.lanes.values().forEach(lane -> lane.wakeIfDue(nanos)));
  }

  /**
   * Goes on with builds that are on their way. A check follows its subject; when it is near, the
   * subject stands until both are at the same seqs, and goes on as soon as what is compared is
   * fixed. A build that was found right takes the place of the one that is read, which stands for
   * the last few events.
   */
  void advanceBuilds() throws SQLException {
    BuildRun checking = check;
    BuildRun coming = next;
    if (!owned || (checking == null && coming == null)) {
      return;
    }
    if (comparison != null) {
      endComparison(comparison);
    } else if (checking != null) {
      checkOn(checking, checking.subject);
      checking.wake(); // its subject may have gone further
    } else if (coming != null && Builds.RIGHT.equals(nextVerdict)) {
      exchangeWhenReached(coming, current);
    }
  }

  private void checkOn(BuildRun checking, @Nullable BuildRun subject) throws SQLException {
    Lane failed = checking.failed();
    if (subject == null) {
      end(checking, "there is nothing to compare with");
    } else if (failed != null) {
      Position at = failed.position();
      end(
          checking,
          "the event at seq %d of book '%s', which was applied once, cannot be applied again: %s"
              .formatted(at.errorSeq(), failed.book(), at.error()));
    } else if (subject == current && lostBook(subject) != null) {
      end(checking, String.valueOf(lostBook(subject)));
    } else if ((subject == current || near(subject, current)) && near(checking, subject)) {
      if (stand(subject)) {
        alone(
            () -> {
              if (owned && isLevel(checking, subject)) {
                checking.held = true;
                Comparison begun = new Comparison(checking, subject);
                comparison = host.submit(begun) ? begun : null;
              }
            });
      }
    } else {
      subject.goOn();
    }
  }

  /** What a book says that ends before what was applied of it; null if none does. */
  private static @Nullable String lostBook(BuildRun build) {
    for (Lane lane : build.lanes.values()) {
      Position position = lane.position();
      // One that fails at an event stands before it.
      if (position.state() == ProjectionState.FAILED && position.errorSeq() == position.seq()) {
        return position.error();
      }
    }
    return null;
  }

  /** Has a build stand, for a while. Returns false if that is over, and it goes on for now. */
  private boolean stand(BuildRun build) {
    long now = host.nanoTime();
    if (!build.held) {
      heldSince = now;
    }
    if (now - heldSince < HELD_MOST_NANOS) {
      build.held = true;
    } else {
      build.goOn();
    }
    return build.held;
  }

  private void exchangeWhenReached(BuildRun coming, @Nullable BuildRun read) throws SQLException {
    if (!near(coming, read)) {
      if (read != null) {
        read.goOn();
      }
      return;
    }
    if (read == null || stand(read)) {
      alone(
          () -> {
            if (owned && hasReached(coming, read)) {
              exchange(coming);
            }
          });
    }
  }

  private void exchange(BuildRun coming) throws SQLException {
    if (!builds.exchange(coming.build)) {
      lost();
      return;
    }
    current = coming;
    next = null;
    nextVerdict = null;
    LOG.info(
        "Projection {} has been rebuilt: version {} is read now", name(), coming.build.version());
  }

  private void end(BuildRun checking, String result) throws SQLException {
    BuildRun subject = checking.subject;
    if (!builds.end(checking.build, result)) {
      lost();
      return;
    }
    check = null;
    if (subject != null) {
      subject.goOn();
    }
    if (subject != null && subject == next) {
      nextVerdict = result;
      if (!result.equals(Builds.RIGHT)) {
        next = null;
        LOG.error("Projection {} is not rebuilt, as it was computed twice: {}", name(), result);
        return;
      }
    }
    LOG.info("Projection {} has been verified: {}", name(), result);
  }

  private void endComparison(Comparison over) throws SQLException {
    SQLException failure = over.failure;
    String result = over.result;
    if (result == null && failure == null) {
      return; // under way
    }
    comparison = null;
    over.checking.held = false;
    if (result == null && failure != null) {
      if (target().mayPass(failure)) {
        throw failure; // and it begins again
      }
      result = "the rows cannot be compared: " + failure.getMessage();
    }
    if (check == over.checking) {
      end(over.checking, String.valueOf(result));
    }
  }

  /**
   * Rows of two builds are held against each other, at the moment in which it begins. On a worker,
   * as it may take minutes, which leases do not wait for.
   */
  private final class Comparison implements Runnable {
    private final BuildRun checking;
    private final BuildRun subject;
    private volatile @Nullable String result;
    private volatile @Nullable SQLException failure;

    Comparison(BuildRun checking, BuildRun subject) {
      this.checking = checking;
      this.subject = subject;
    }

    @Override
    public void run() {
      try (Connection snapshot = target().snapshot()) {
        catalog().registered(snapshot, name()); // the first question says which moment
        subject.goOn();
        String difference =
            RowComparison.of(
                snapshot, catalog(), target().dialect(), projection, subject.names, checking.names);
        snapshot.rollback();
        result = difference == null ? Builds.RIGHT : difference;
      } catch (SQLException e) {
        failure = e;
      } catch (RuntimeException e) {
        failure = new SQLException(e.toString(), e);
      }
    }
  }

  /** Whether what is left for it is little, so that the other need not stand long. */
  private boolean near(BuildRun coming, @Nullable BuildRun read) {
    // Lanes first: listing the books may ask another machine.
    return coming.lanes.keySet().stream().allMatch(book -> isNear(coming, read, book))
        && source().books().stream()
            .filter(projection.selects()::wantsBook)
            .allMatch(book -> isNear(coming, read, book));
  }

  private boolean isNear(BuildRun coming, @Nullable BuildRun read, String book) {
    Lane lane = coming.lanes.get(book);
    Position is = lane == null ? Position.START : lane.position();
    return is.state() != ProjectionState.FAILED
        && due(coming, read, book) - is.seq() <= settings().batchEvents();
  }

  /** How far it has to go. One that stands still may stand at a seq that the book has lost. */
  private long due(BuildRun coming, @Nullable BuildRun read, String book) {
    Lane lane = read == null ? null : read.lanes.get(book);
    if (lane == null) {
      return coming.isCheck() ? 0 : source().lastSeq(book);
    }
    Position position = lane.position();
    return position.state() == ProjectionState.FAILED && !coming.isCheck()
        ? source().lastSeq(book)
        : position.seq();
  }

  private boolean hasReached(BuildRun coming, @Nullable BuildRun read) {
    if (read == null) {
      return true;
    }
    for (String book : read.lanes.keySet()) {
      if (BuildRun.seq(coming, book) < due(coming, read, book)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLevel(BuildRun checking, BuildRun subject) {
    return subject.lanes.keySet().stream()
        .allMatch(book -> BuildRun.seq(checking, book) == BuildRun.seq(subject, book));
  }

  /** Removes everything of the projection; nothing of it runs here any more. */
  void drop() throws SQLException {
    owned = false;
    alone(
        () -> {
          forget();
          builds.drop();
        });
    LOG.info("Projection {} has been dropped", name());
  }
}
