// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a method and a path lead to, among templates such as {@code
 * /v1/books/{book}/accounts/{path}/balance}.
 *
 * <p>Immutable once built; any thread may ask. The path is split at its literal slashes first and
 * decoded segment by segment afterwards, so an encoded slash stays inside its segment. A literal
 * segment wins over a parameter, a parameter matches any segment but the empty one, and {@code
 * HEAD} goes where {@code GET} goes unless it has a route of its own.
 *
 * @param <T> what routes lead to
 */
public final class Router<T> {
  private final Node<T> root;

  /** Where paths without parameters lead when spelled plainly, which saves taking them apart. */
  private final Map<String, Node<T>> plainPaths;

  private Router(Node<T> root, Map<String, Node<T>> plainPaths) {
    this.root = root;
    this.plainPaths = plainPaths;
  }

  public static <T> Builder<T> builder() {
    return new Builder<>();
  }

  /**
   * @param rawPath as in {@link RequestHead#rawPath}
   */
  public RouteMatch<T> match(String method, String rawPath) {
    if (!rawPath.startsWith("/")) {
      return new RouteMatch.NotFound<>();
    }
    Node<T> plain = plainPaths.get(rawPath);
    List<String> segments = plain == null ? split(rawPath) : List.of();
    Node<T> node = plain == null ? find(root, segments, 0) : plain;
    if (node == null) {
      return new RouteMatch.NotFound<>();
    }
    Route<T> route = node.routes.get(method);
    if (route == null && method.equals("HEAD")) {
      route = node.routes.get("GET");
    }
    if (route == null) {
      return new RouteMatch.WrongMethod<>(node.template(), node.allowed());
    }
    if (route.parameterAt.length == 0) {
      return route.withoutParams;
    }
    List<String> values = new ArrayList<>(route.parameterAt.length);
    for (int index : route.parameterAt) {
      try {
        values.add(PercentDecoder.decode(segments.get(index), false));
      } catch (MalformedTargetException e) {
        return new RouteMatch.Malformed<>(
            route.template, "path segment " + (index + 1) + ": " + e.getMessage());
      }
    }
    return new RouteMatch.Found<>(
        route.target, route.template, new PathParams(route.parameterNames, values));
  }

  /** The segments after the leading slash; a trailing slash gives an empty last one. */
  private static List<String> split(String rawPath) {
    List<String> segments = new ArrayList<>(8);
    int start = 1;
    for (int slash = rawPath.indexOf('/', start); slash >= 0; slash = rawPath.indexOf('/', start)) {
      segments.add(rawPath.substring(start, slash));
      start = slash + 1;
    }
    segments.add(rawPath.substring(start));
    return segments;
  }

  private static <T> @Nullable Node<T> find(Node<T> node, List<String> segments, int depth) {
    if (depth == segments.size()) {
      return node.routes.isEmpty() ? null : node;
    }
    String segment = segments.get(depth);
    Node<T> literal = node.literals.get(segment);
    if (literal == null && segment.indexOf('%') >= 0) {
      literal = node.literals.get(decodedOrRaw(segment));
    }
    if (literal != null) {
      Node<T> found = find(literal, segments, depth + 1);
      if (found != null) {
        return found;
      }
    }
    Node<T> parameter = node.parameter;
    // An empty segment is a name like any other, but a path does not end with one: that is a path
    // with a slash too many.
    boolean slashAtEnd = segment.isEmpty() && depth == segments.size() - 1;
    return parameter == null || slashAtEnd ? null : find(parameter, segments, depth + 1);
  }

  /** Templates have no percent signs, so a broken segment simply equals no literal. */
  private static String decodedOrRaw(String segment) {
    try {
      return PercentDecoder.decode(segment, false);
    } catch (MalformedTargetException e) {
      return segment;
    }
  }

  private static final class Node<T> {
    final Map<String, Node<T>> literals = new HashMap<>();
    final Map<String, Route<T>> routes = new TreeMap<>();
    @Nullable Node<T> parameter;

    String template() {
      return routes.values().iterator().next().template;
    }

    List<String> allowed() {
      TreeSet<String> methods = new TreeSet<>(routes.keySet());
      if (methods.contains("GET")) {
        methods.add("HEAD");
      }
      return List.copyOf(methods);
    }
  }

  private static final class Route<T> {
    final T target;
    final String template;
    final List<String> parameterNames;
    final int[] parameterAt;

    /** What is found if there are no parameters. */
    final RouteMatch<T> withoutParams;

    Route(T target, String template, List<String> parameterNames, List<Integer> parameterAt) {
      this.target = target;
      this.template = template;
      this.parameterNames = List.copyOf(parameterNames);
      this.parameterAt = parameterAt.stream().mapToInt(Integer::intValue).toArray();
      this.withoutParams = new RouteMatch.Found<>(target, template, PathParams.NONE);
    }
  }

  /**
   * Collects routes; for one thread.
   *
   * @param <T> what routes lead to
   */
  public static final class Builder<T> {
    private final Node<T> root = new Node<>();
    private final Map<String, Node<T>> plainPaths = new HashMap<>();

    private Builder() {}

    /**
     * @param template starts with a slash; a segment in braces is a parameter
     * @throws IllegalArgumentException if the template is malformed or the route exists
     */
    public Builder<T> route(String method, String template, T target) {
      if (!template.startsWith("/") || template.indexOf('%') >= 0) {
        throw new IllegalArgumentException(
            "A template starts with '/' and has no '%', unlike " + template);
      }
      List<String> names = new ArrayList<>();
      List<Integer> positions = new ArrayList<>();
      List<String> segments = split(template);
      Node<T> node = root;
      for (int i = 0; i < segments.size(); i++) {
        String segment = segments.get(i);
        if (segment.startsWith("{") && segment.endsWith("}")) {
          names.add(segment.substring(1, segment.length() - 1));
          positions.add(i);
          Node<T> next = node.parameter;
          if (next == null) {
            next = new Node<>();
            node.parameter = next;
          }
          node = next;
        } else {
          node = node.literals.computeIfAbsent(segment, unused -> new Node<>());
        }
      }
      Route<T> route = new Route<>(target, template, names, positions);
      if (node.routes.putIfAbsent(method, route) != null) {
        throw new IllegalArgumentException("Route " + method + " " + template + " is there twice");
      }
      if (names.isEmpty()) {
        plainPaths.put(template, node);
      }
      return this;
    }

    public Router<T> build() {
      return new Router<>(root, Map.copyOf(plainPaths));
    }
  }
}
