// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.util.List;

/**
 * What a {@link Router} says about a method and a path.
 *
 * @param <T> what routes lead to
 */
public sealed interface RouteMatch<T> {
  /**
   * A route.
   *
   * @param template as registered; fit for a metrics label, since no caller can invent one
   */
  record Found<T>(T target, String template, PathParams params) implements RouteMatch<T> {}

  /** No template matches the path: 404. */
  record NotFound<T>() implements RouteMatch<T> {}

  /**
   * The path is known, the method is not: 405.
   *
   * @param allowed the methods there are, sorted; their list is the {@code Allow} header
   */
  record WrongMethod<T>(String template, List<String> allowed) implements RouteMatch<T> {
    /** The value of the {@code Allow} header. */
    public String allow() {
      return String.join(", ", allowed);
    }
  }

  /** The path fits a template and a segment of it cannot be decoded: 400. */
  record Malformed<T>(String template, String reason) implements RouteMatch<T> {}
}
