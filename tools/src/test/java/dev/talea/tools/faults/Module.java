// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools.faults;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A module of the checkout, compiled by Maven: its folders, its tests and its class path.
 * Immutable; apart from trials and planted bugs, which both run tests of modules.
 */
record Module(Path root, String name) {

  /** Written by {@code dependency:build-classpath}, see {@code tools/faults}. */
  private static final String CLASS_PATH = "target/test.classpath";

  static Module at(Path root, String name) {
    return new Module(root, name);
  }

  Path folder() {
    return root.resolve(name);
  }

  Path sources() {
    return folder().resolve("src/main/java");
  }

  Path resources() {
    return folder().resolve("src/main/resources");
  }

  /** Full name of the test class with this simple name. */
  String className(String simpleName) throws IOException {
    return tests().stream()
        .filter(test -> test.endsWith("." + simpleName))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no test " + simpleName + " in " + name));
  }

  /** Full names of all test classes. */
  List<String> tests() throws IOException {
    Path sources = folder().resolve("src/test/java");
    try (Stream<Path> files = Files.walk(sources)) {
      return files
          .map(file -> sources.relativize(file).toString())
          .filter(file -> file.endsWith("Test.java"))
          .map(file -> file.substring(0, file.length() - 5).replace(File.separatorChar, '.'))
          .sorted()
          .toList();
    }
  }

  /** What the module is compiled against, without itself. */
  String dependencies() throws IOException {
    return Files.readString(folder().resolve(CLASS_PATH)).trim();
  }

  /**
   * What its tests run on.
   *
   * @param classes those of the module
   */
  String classPath(Path classes) throws IOException {
    return Stream.of(
            folder().resolve("target/test-classes").toString(), classes.toString(), dependencies())
        .collect(Collectors.joining(File.pathSeparator));
  }

  Path classes() {
    return folder().resolve("target/classes");
  }
}
