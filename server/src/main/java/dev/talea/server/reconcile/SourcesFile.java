// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.reconcile;

import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.run.NamedSources;
import dev.talea.server.settings.ConfigFiles;
import dev.talea.server.settings.Setting;
import dev.talea.server.settings.StartException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/**
 * Reads the file of {@code TALEA_RECONCILE_SOURCES}: {@code [database.NAME]} with url, user,
 * password and books, {@code [watch.NAME]} with folder, recipe, side and suffix, {@code
 * [schedule.NAME]} with recipe, every and at. Its values may be secrets, so no error repeats one.
 *
 * <p>Stateless; for the start only.
 */
final class SourcesFile {
  private static final Map<String, Set<String>> KEYS =
      Map.of(
          "database", Set.of("url", "user", "password", "books"),
          "watch", Set.of("folder", "recipe", "side", "suffix"),
          "schedule", Set.of("recipe", "every", "at"));

  private SourcesFile() {}

  static NamedSources read(@Nullable String file) {
    return file == null
        ? NamedSources.NONE
        : parse(file, ConfigFiles.read(Setting.RECONCILE_SOURCES.variable(), Path.of(file)));
  }

  static NamedSources parse(String file, String text) {
    String where = Setting.RECONCILE_SOURCES.variable() + " " + file;
    TomlParseResult toml = Toml.parse(text);
    if (toml.hasErrors()) {
      throw new StartException(where + " is not valid TOML, " + toml.errors().get(0).position());
    }
    Map<String, NamedSources.Database> databases = new LinkedHashMap<>();
    List<NamedSources.Watch> watches = new ArrayList<>();
    List<NamedSources.Schedule> schedules = new ArrayList<>();
    for (String kind : toml.keySet()) {
      Set<String> keys = KEYS.get(kind);
      if (keys == null || !(toml.get(List.of(kind)) instanceof TomlTable entries)) {
        throw new StartException(
            where + " has the unknown key '" + kind + "'; known are " + KEYS.keySet());
      }
      for (String name : entries.keySet()) {
        String entry = where + ", [" + kind + "." + name + "]:";
        if (!name.matches("[a-z0-9-]{1,64}")) {
          throw new StartException(entry + " a name is 1 to 64 characters of a-z, 0-9 and -");
        }
        if (!(entries.get(List.of(name)) instanceof TomlTable table)) {
          throw new StartException(entry + " is not a table");
        }
        for (String key : table.keySet()) {
          if (!keys.contains(key)) {
            throw new StartException(entry + " unknown key '" + key + "'; known are " + keys);
          }
        }
        switch (kind) {
          case "database" -> databases.put(name, database(entry, table));
          case "watch" -> watches.add(watch(entry, name, table));
          default -> schedules.add(schedule(entry, name, table));
        }
      }
    }
    return new NamedSources(databases, watches, schedules);
  }

  private static NamedSources.Database database(String entry, TomlTable table) {
    String url = needed(entry, table, "url");
    if (!url.startsWith("jdbc:postgresql:") && !url.startsWith("jdbc:sqlite:")) {
      throw new StartException(
          entry + " url has to begin with jdbc:postgresql: or jdbc:sqlite:, and does not");
    }
    return new NamedSources.Database(
        url, text(entry, table, "user"), text(entry, table, "password"), books(entry, table));
  }

  private static Set<String> books(String entry, TomlTable table) {
    Object value = table.get(List.of("books"));
    if (value == null) {
      return Set.of();
    }
    Set<String> books = new TreeSet<>();
    if (value instanceof TomlArray array) {
      for (Object each : array.toList()) {
        books.add(each instanceof String book ? book : "");
      }
    }
    if (books.isEmpty() || books.contains("")) {
      throw new StartException(entry + " books must be a list of names, as [\"bank\"]");
    }
    return books;
  }

  private static NamedSources.Watch watch(String entry, String name, TomlTable table) {
    String side = needed(entry, table, "side");
    if (!side.equals("left") && !side.equals("right")) {
      throw new StartException(entry + " side must be left or right");
    }
    String suffix = text(entry, table, "suffix");
    try {
      return new NamedSources.Watch(
          name,
          Path.of(needed(entry, table, "folder")),
          suffix == null ? "" : suffix,
          needed(entry, table, "recipe"),
          side.equals("left") ? MatchSide.LEFT : MatchSide.RIGHT);
    } catch (InvalidPathException e) {
      throw new StartException(entry + " folder names no place", e);
    }
  }

  private static NamedSources.Schedule schedule(String entry, String name, TomlTable table) {
    String every = needed(entry, table, "every");
    Duration length =
        every.matches("[1-9][0-9]{0,4}[mhd]")
            ? Duration.parse(
                every.endsWith("d")
                    ? "P" + every.toUpperCase(java.util.Locale.ROOT)
                    : "PT" + every.toUpperCase(java.util.Locale.ROOT))
            : Duration.ZERO;
    long minutes = length.toMinutes();
    boolean whole = minutes > 0 && (minutes < 1440 ? 1440 % minutes == 0 : minutes % 1440 == 0);
    if (!whole) {
      throw new StartException(
          entry + " every must be a length of time that divides a day, as 15m or 6h, or days");
    }
    String at = text(entry, table, "at");
    try {
      return new NamedSources.Schedule(
          name,
          needed(entry, table, "recipe"),
          length,
          at == null ? LocalTime.MIDNIGHT : LocalTime.parse(at));
    } catch (DateTimeException e) {
      throw new StartException(entry + " at must be a time of the day in UTC, as 06:30", e);
    }
  }

  private static String needed(String entry, TomlTable table, String key) {
    String text = text(entry, table, key);
    if (text == null) {
      throw new StartException(entry + " " + key + " is missing");
    }
    return text;
  }

  private static @Nullable String text(String entry, TomlTable table, String key) {
    Object value = table.get(List.of(key));
    if (value != null && !(value instanceof String)) {
      throw new StartException(entry + " " + key + " is not a string");
    }
    return (String) value;
  }
}
