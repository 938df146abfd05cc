// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import dev.talea.projections.ProjectionCatalog.Build;
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
import org.jspecify.annotations.Nullable;

/**
 * The builds of one projection in the target: which there are to be, their tables, the views by
 * which readers see one of them, and the exchange of one for another. Every change is one
 * transaction.
 *
 * <p>A build that is to be read once it has caught up comes with a second one, which is computed
 * beside it and compared with it before anyone reads it.
 *
 * <p>Apart from {@link Runner}, which has builds filled: this is what stands in the database,
 * whether a process runs the projection or not. Any thread; the transactions keep order.
 */
final class Builds {
  /** What a check comes to that has found no difference. */
  static final String RIGHT = "right";

  /** Stands between what is fixed for a version and what may be set otherwise. */
  private static final String PARAMETERS = " with ";

  private final Projection projection;
  private final ProjectionTarget target;
  private final ProjectionCatalog catalog;
  private final String owner;
  private final String fingerprint;

  Builds(Projection projection, ProjectionTarget target, ProjectionCatalog catalog, String owner) {
    this.projection = projection;
    this.target = target;
    this.catalog = catalog;
    this.owner = owner;
    TableNames.check(projection);
    this.fingerprint = fingerprint(projection, target.dialect());
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

  private String name() {
    return projection.name();
  }

  TableNames names(Build build) {
    return new TableNames(projection, build.generation());
  }

  /**
   * Makes the rows and tables of a projection that is new, or of a new version.
   *
   * @throws ProjectionException if it cannot be run beside what is there
   */
  void register(Connection connection) throws SQLException {
    catalog.lock(connection, name());
    Registered known = catalog.registered(connection, name());
    if (known == null) {
      catalog.register(connection, name(), projection.version(), owner);
      Build first = new Build(1, projection.version(), fingerprint, Purpose.READ, null);
      catalog.addBuild(connection, name(), first);
      makeTables(connection, first);
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
                  .formatted(name(), projection.version(), highest, target)
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
    if (builds.stream().noneMatch(one -> isOfThisProgram(one) && one.purpose() == Purpose.READ)) {
      for (Build build : next(newest, projection.version(), fingerprint)) {
        catalog.addBuild(connection, name(), build);
        makeTables(connection, build);
      }
    }
  }

  /** A build to be read, and the one that it is compared with first. */
  private static List<Build> next(int newest, int version, String fingerprint) {
    return List.of(
        new Build(newest + 1, version, fingerprint, Purpose.READ, null),
        new Build(newest + 2, version, fingerprint, Purpose.CHECK, null));
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
          catalog.registered(connection, name()) != null
              && catalog.builds(connection, name()).stream()
                  .anyMatch(one -> isOfThisProgram(one) && one.purpose() == Purpose.READ);
    } catch (SQLException e) {
      if (target.mayPass(e)) {
        throw e;
      }
      there = false; // not even the tables of the engine
    }
    if (!there) {
      throw ProjectionException.noTables(
          "The tables of projection '%s' version %d are not in %s, and none are to be made."
              .formatted(name(), projection.version(), target));
    }
  }

  private static String fixed(String fingerprint) {
    int end = fingerprint.indexOf(PARAMETERS);
    return end < 0 ? fingerprint : fingerprint.substring(0, end);
  }

  /** Of an older program it is read until the new one takes its place; of a newer one, not here. */
  boolean isOfThisProgram(Build build) {
    return build.version() == projection.version() && build.fingerprint().equals(fingerprint);
  }

  /**
   * A build that is to be read once it has caught up and was found right.
   *
   * @return null if there is none
   */
  static @Nullable Build coming(List<Build> builds, Registered known) {
    Build last = null;
    for (Build build : builds) {
      if (build.purpose() == Purpose.READ && build.generation() != known.generation()) {
        last = build;
      }
    }
    return last;
  }

  /** What the check of a build that is to be read came to, or why it is not filled; or null. */
  static @Nullable String verdict(List<Build> builds, Build coming) {
    String verdict = coming.result();
    for (Build build : builds) {
      if (verdict == null
          && build.purpose() == Purpose.CHECK
          && build.generation() > coming.generation()) {
        verdict = build.result();
      }
    }
    return verdict;
  }

  /** What the last check came to; null if there was none, or it is under way. */
  static @Nullable String lastVerified(List<Build> builds) {
    String last = null;
    for (Build build : builds) {
      if (build.purpose() == Purpose.CHECK) {
        last = build.result();
      }
    }
    return last;
  }

  /** Asks for builds of the version there is; the process that runs the projection fills them. */
  void request(Connection connection, Purpose purpose) throws SQLException {
    catalog.lock(connection, name());
    List<Build> builds = catalog.builds(connection, name());
    Registered known = catalog.registered(connection, name());
    if (known == null || builds.isEmpty()) {
      throw new ProjectionException("There is no projection '" + name() + "' in the target.");
    }
    Build coming = coming(builds, known);
    if (coming != null) {
      String verdict = verdict(builds, coming);
      boolean over = verdict != null && !verdict.equals(RIGHT);
      if (purpose == Purpose.READ && !over) {
        return; // it is on its way
      }
      if (purpose == Purpose.CHECK) {
        throw new ProjectionException(
            over
                ? "Projection '%s' was not rebuilt: %s. Rebuild it again before it is verified."
                    .formatted(name(), verdict)
                : "Projection '%s' is being rebuilt; wait for that.".formatted(name()));
      }
    } else if (builds.stream()
        .anyMatch(one -> one.purpose() == Purpose.CHECK && one.result() == null)) {
      if (purpose == Purpose.CHECK) {
        return; // it is on its way
      }
      throw new ProjectionException(
          "Projection '%s' is being verified; wait for that.".formatted(name()));
    }
    int newest = 0;
    Build like = coming;
    for (Build build : builds) {
      newest = Math.max(newest, build.generation());
      if (build.generation() != known.generation()) {
        remove(connection, build);
      } else if (like == null) {
        like = build;
      }
    }
    Build model = like == null ? builds.get(0) : like;
    List<Build> asked =
        purpose == Purpose.READ
            ? next(newest, model.version(), model.fingerprint())
            : List.of(new Build(newest + 1, model.version(), model.fingerprint(), purpose, null));
    for (Build build : asked) {
      catalog.addBuild(connection, name(), build);
    }
  }

  private void remove(Connection connection, Build build) throws SQLException {
    // Positions before rows, as lanes go: one of another process waits here, and finds none.
    catalog.removeBuild(connection, name(), build.generation());
    dropTables(connection, build);
  }

  private void makeTables(Connection connection, Build build) throws SQLException {
    TableNames names = names(build);
    for (String sql : projection.schema(target.dialect())) {
      catalog.run(connection, names.in(sql));
    }
  }

  private void dropTables(Connection connection, Build build) throws SQLException {
    TableNames names = names(build);
    for (String table : projection.tables()) {
      catalog.run(connection, "DROP TABLE IF EXISTS " + names.of(table));
    }
  }

  /** Has readers see a build. */
  private void show(Connection connection, Build build) throws SQLException {
    TableNames names = names(build);
    dropViews(connection);
    for (String table : projection.tables()) {
      catalog.run(connection, "CREATE VIEW " + table + " AS SELECT * FROM " + names.of(table));
    }
    for (Map.Entry<String, String> view : projection.views(target.dialect()).entrySet()) {
      catalog.run(connection, "CREATE VIEW " + view.getKey() + " AS " + names.in(view.getValue()));
    }
    catalog.makeCurrent(connection, name(), build, owner);
  }

  private void dropViews(Connection connection) throws SQLException {
    for (String view : projection.views(target.dialect()).keySet()) {
      catalog.run(connection, "DROP VIEW IF EXISTS " + view);
    }
    for (String table : projection.tables()) {
      catalog.run(connection, "DROP VIEW IF EXISTS " + table);
    }
  }

  /**
   * Sees to it that a build has its tables, which are empty if it has not begun.
   *
   * @param reads a connection that commits each statement
   * @param create false: if they are not there, the build is over, and says why
   * @return whether they are there
   */
  boolean prepare(Connection reads, Build build, boolean create) throws SQLException {
    boolean begun = !catalog.positions(reads, name(), build.generation()).isEmpty();
    if (begun || (!create && hasTables(reads, build))) {
      return true;
    }
    try (Connection connection = target.write()) {
      catalog.lock(connection, name());
      if (create) {
        dropTables(connection, build);
        makeTables(connection, build);
      } else {
        catalog.setResult(
            connection,
            name(),
            build.generation(),
            "it takes tables of its own in " + target + ", and none are to be made");
      }
      connection.commit();
    }
    return create;
  }

  private boolean hasTables(Connection reads, Build build) throws SQLException {
    try {
      for (String table : projection.tables()) {
        catalog.first(
            reads, "SELECT 1 FROM " + names(build).of(table) + " LIMIT 1", row -> row.getInt(1));
      }
      return true;
    } catch (SQLException e) {
      if (target.mayPass(e)) {
        throw e;
      }
      return false;
    }
  }

  /**
   * Has readers see another build, and removes those before it.
   *
   * @return false if the projection is another process's now, and nothing was done
   */
  boolean exchange(Build coming) throws SQLException {
    try (Connection connection = target.write()) {
      if (!isOwned(connection)) {
        return false;
      }
      show(connection, coming);
      for (Build build : catalog.builds(connection, name())) {
        if (build.generation() < coming.generation()) {
          remove(connection, build);
        }
      }
      connection.commit();
      return true;
    }
  }

  /**
   * A check is over.
   *
   * @return false if the projection is another process's now, and nothing was done
   */
  boolean end(Build check, String result) throws SQLException {
    try (Connection connection = target.write()) {
      if (!isOwned(connection)) {
        return false;
      }
      catalog.setResult(connection, name(), check.generation(), result);
      dropTables(connection, check);
      connection.commit();
      return true;
    }
  }

  /** Asked with the row locked: one that has slept past its lease changes nothing. */
  private boolean isOwned(Connection connection) throws SQLException {
    catalog.lock(connection, name());
    Registered known = catalog.registered(connection, name());
    return known != null && owner.equals(known.owner());
  }

  /** Removes everything of the projection. */
  void drop() throws SQLException {
    try (Connection connection = target.write()) {
      catalog.lock(connection, name());
      List<Build> builds = catalog.builds(connection, name());
      // Positions before rows, as lanes go: one of another process waits here, and finds none.
      catalog.remove(connection, name());
      dropViews(connection);
      for (Build build : builds) {
        dropTables(connection, build);
      }
      connection.commit();
    }
  }
}
