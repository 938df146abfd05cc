// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * Projections that others have written: those on the class path, and those in jars beside it, each
 * named in {@code META-INF/services/dev.talea.projections.Projection}. They run in this process,
 * with all that it may do.
 */
public final class Plugins {
  private Plugins() {}

  /**
   * Loads them.
   *
   * @param jars what is in them stays open for as long as the process lives
   * @throws ProjectionException if one cannot be loaded, which says why
   */
  public static List<Projection> load(List<Path> jars) {
    List<URL> places = new ArrayList<>();
    for (Path jar : jars) {
      try {
        places.add(jar.toUri().toURL());
      } catch (MalformedURLException e) {
        throw new ProjectionException("The plugin " + jar + " has no place: " + e.getMessage());
      }
    }
    ClassLoader own = Projection.class.getClassLoader();
    ClassLoader loader =
        places.isEmpty() ? own : new URLClassLoader("plugins", places.toArray(new URL[0]), own);
    List<Projection> found = new ArrayList<>();
    try {
      for (Projection projection : ServiceLoader.load(Projection.class, loader)) {
        found.add(projection);
      }
    } catch (ServiceConfigurationError | LinkageError e) {
      throw new ProjectionException(
          "A projection of %s cannot be loaded: %s. Mend the jar, or take it out of the folder."
              .formatted(jars, e.getMessage()));
    }
    return found;
  }
}
