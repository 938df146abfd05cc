// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.util.List;

/** The decoded segments that stand for the {@code {names}} of a template. Immutable. */
public final class PathParams {
  static final PathParams NONE = new PathParams(List.of(), List.of());

  private final List<String> names;
  private final List<String> values;

  PathParams(List<String> names, List<String> values) {
    this.names = names;
    this.values = values;
  }

  /**
   * The segment under the name.
   *
   * @throws IllegalArgumentException if the template has no such name
   */
  public String get(String name) {
    int index = names.indexOf(name);
    if (index < 0) {
      throw new IllegalArgumentException("The template has no {" + name + "}, only " + names);
    }
    return values.get(index);
  }

  @Override
  public String toString() {
    return names + "=" + values;
  }
}
