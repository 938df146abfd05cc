// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The variables that are ours, from the real environment and from an environment file; the real one
 * wins, variable by variable. The rest of an environment is none of our business, may hold secrets,
 * and is not kept.
 *
 * <p>Immutable.
 */
final class Variables {
  /** What platforms put the URL of a database into. */
  static final String DATABASE_URL = "DATABASE_URL";

  /** What other programs read their log level from; a plain word in it counts here too. */
  static final String RUST_LOG = "RUST_LOG";

  private static final String PREFIX = "TALEA_";

  /** Settings that do not begin as the others do: people know them by these names. */
  private static final Set<String> OTHERS =
      Arrays.stream(Setting.values())
          .map(Setting::variable)
          .filter(name -> !name.startsWith(PREFIX))
          .collect(Collectors.toUnmodifiableSet());

  private final Map<String, String> environment;
  private final Map<String, String> file;

  Variables(Map<String, String> environment, Map<String, String> file) {
    this.environment = ours(environment);
    this.file = ours(file);
  }

  private static Map<String, String> ours(Map<String, String> variables) {
    Map<String, String> ours = new HashMap<>(variables);
    ours.keySet().removeIf(name -> !isOurs(name));
    return Map.copyOf(ours);
  }

  private static boolean isOurs(String name) {
    if (name.startsWith(PREFIX) || name.equals(DATABASE_URL) || name.equals(RUST_LOG)) {
      return true;
    }
    for (PostgresPart part : PostgresPart.values()) {
      if (part.variables().contains(name)) {
        return true;
      }
    }
    return OTHERS.contains(name);
  }

  /**
   * Its value, or null if it is not set.
   *
   * @throws StartException if it is blank: an empty token must not be an open door, and no other
   *     empty value has a meaning either
   */
  @Nullable String get(String name) {
    String value = environment.containsKey(name) ? environment.get(name) : file.get(name);
    if (value != null && value.isBlank()) {
      throw new StartException(name + " is set, but empty; unset it or give it a value");
    }
    return value;
  }

  /** Its value as it is, empty if nothing is set. */
  String raw(String name) {
    String value = environment.containsKey(name) ? environment.get(name) : file.get(name);
    return value == null ? "" : value;
  }

  /** Whether it is set, if only to an empty value. */
  boolean isSet(String name) {
    return environment.containsKey(name) || file.containsKey(name);
  }

  /** Whether the file sets it and counts. */
  boolean isInFile(String name) {
    return !environment.containsKey(name) && file.containsKey(name);
  }

  /** Which of the two it comes from. */
  Settings.Origin origin(String name) {
    if (environment.containsKey(name)) {
      return Settings.Origin.ENVIRONMENT;
    }
    return file.containsKey(name) ? Settings.Origin.ENV_FILE : Settings.Origin.UNSET;
  }

  /** Names that begin as ours do, in order. */
  Set<String> ownNames() {
    Set<String> names = new TreeSet<>(environment.keySet());
    names.addAll(file.keySet());
    names.removeIf(name -> !name.startsWith(PREFIX));
    return names;
  }
}
