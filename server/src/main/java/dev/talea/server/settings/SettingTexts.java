// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import dev.talea.server.settings.Settings.Line;
import dev.talea.server.settings.Settings.Origin;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What each setting is set to, as text, and where that comes from: the environment, the file, a
 * variable of the platform, the default. Shows it to people, and tells them what means nothing.
 * Apart from {@link Settings}, which makes values of the texts and checks that they fit each other.
 *
 * <p>Belongs to one {@link Settings}, and changes no more once that is made.
 */
final class SettingTexts {
  /** Variables of the client, which share the environment with ours. */
  private static final Set<String> OF_THE_CLIENT =
      Set.of("TALEA_URL", "TALEA_TOKEN", "TALEA_TIMEOUT_SECS", "TALEA_OUTPUT");

  private static final String MASK = "********";

  private final Variables variables;
  private final LedgerChoice ledger;
  private final ProjectionChoice projections;
  private final Map<Setting, String> texts = new EnumMap<>(Setting.class);
  private final Map<Setting, Origin> origins = new EnumMap<>(Setting.class);
  private final List<String> unknown;

  SettingTexts(Variables variables, LedgerChoice ledger, ProjectionChoice projections) {
    this.variables = variables;
    this.ledger = ledger;
    this.projections = projections;
    for (Setting setting : Setting.values()) {
      collect(setting);
    }
    this.unknown = unknownOf(variables);
  }

  private void collect(Setting setting) {
    if (setting == Setting.DB_URL) {
      if (ledger.origin() != Origin.UNSET) {
        texts.put(setting, ledger.url().toString());
      }
      origins.put(setting, ledger.origin());
      return;
    }
    if (setting == Setting.PROJECTION_DB_URL) {
      DbUrl target = projections.target();
      if (target != null) {
        texts.put(setting, target.toString());
      }
      origins.put(setting, projections.origin());
      return;
    }
    String text = variables.get(setting.variable());
    Origin origin = variables.origin(setting.variable());
    if (text == null && setting == Setting.LOG_LEVEL) {
      text = logLevel(variables);
      origin = text.equals("info") ? Origin.DEFAULT : Origin.RUST_LOG;
    }
    if (text == null) {
      text = setting.defaultText(ledger.url());
      origin = text == null ? Origin.UNSET : Origin.DEFAULT;
    }
    if (text != null) {
      texts.put(setting, text);
    }
    origins.put(setting, origin);
  }

  /**
   * The level in force: {@code TALEA_LOG_LEVEL} as it stands, else a plain word in {@code
   * RUST_LOG}, else {@code info}.
   */
  static String logLevel(Variables variables) {
    String ours = variables.get(Setting.LOG_LEVEL.variable());
    String theirs = variables.isSet(Variables.RUST_LOG) ? variables.raw(Variables.RUST_LOG) : "";
    if (ours != null) {
      return ours;
    }
    // Filters for single modules mean nothing here.
    String word = theirs.strip().toLowerCase(Locale.ROOT);
    return Setting.LOG_LEVEL.words().contains(word) ? word : "info";
  }

  private static List<String> unknownOf(Variables variables) {
    Set<String> names = variables.ownNames();
    names.removeAll(OF_THE_CLIENT);
    for (Setting setting : Setting.values()) {
      names.remove(setting.variable());
    }
    return List.copyOf(names);
  }

  /** Its text, or null if it is not set and has no default. */
  @Nullable String orNull(Setting setting) {
    return texts.get(setting);
  }

  /** Its text, where there is always one. */
  String of(Setting setting) {
    String text = texts.get(setting);
    if (text == null) {
      throw new IllegalStateException(setting + " has neither a value nor a default");
    }
    return text;
  }

  Origin origin(Setting setting) {
    return origins.getOrDefault(setting, Origin.UNSET);
  }

  boolean anyFrom(Origin origin) {
    return origins.containsValue(origin);
  }

  /**
   * From now on it is this text: the same in the spelling that counts, or a default that follows.
   */
  void settle(Setting setting, String text) {
    texts.put(setting, text);
  }

  /** Variables that begin as ours do and mean nothing to us. */
  List<String> unknown() {
    return unknown;
  }

  /** The same in sentences for people, with the name that may have been meant. */
  List<String> unknownInWords() {
    List<String> known = new ArrayList<>(OF_THE_CLIENT);
    for (Setting setting : Setting.values()) {
      known.add(setting.variable());
    }
    List<String> sentences = new ArrayList<>();
    for (String name : unknown) {
      String meant = Nearest.to(name, known);
      sentences.add(
          name
              + " is set, but means nothing to this version of talea; a typing error?"
              + (meant == null ? "" : " There is " + meant + "."));
    }
    return sentences;
  }

  /** What is in force and where it comes from, in the order of the documentation. */
  List<Line> describe() {
    List<Line> lines = new ArrayList<>();
    for (Setting setting : Setting.values()) {
      String shown = texts.getOrDefault(setting, "");
      if (setting.isSecret() && !shown.isEmpty()) {
        shown = MASK;
      }
      lines.add(new Line(setting.variable(), shown, origins.getOrDefault(setting, Origin.UNSET)));
      if (setting == Setting.DB_URL) {
        describeParts(lines);
      }
    }
    return lines;
  }

  /** Only those that are set: they matter only to users who know them from other programs. */
  private void describeParts(List<Line> lines) {
    boolean count =
        ledger.url().scheme().equals(DbUrl.POSTGRES) || projections.isInPlatformsDatabase();
    for (PostgresPart part : PostgresPart.values()) {
      for (String name : part.variables()) {
        if (variables.isSet(name)) {
          String shown = count ? variables.get(name) : "";
          lines.add(
              new Line(
                  name,
                  part.isSecret() ? MASK : "" + shown,
                  count ? variables.origin(name) : Origin.IGNORED));
        }
      }
    }
  }
}
