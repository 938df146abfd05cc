// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Plants bugs, one at a time, in copies of the modules that they are in, and has each module's own
 * tests look for them: first those that are likely to find it, then all, until one fails. A bug
 * that none finds is a hole in the tests. One thread.
 */
final class PlantedBugs {
  private final Path root;
  private final Path work;

  PlantedBugs(Path root, Path work) {
    this.root = root;
    this.work = work;
  }

  /**
   * What was found.
   *
   * @param caughtBy empty if the bug was not noticed
   */
  record Found(Patch patch, String caughtBy, long millis) {}

  Found look(Patch patch) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Path place = work.resolve(patch.name().replace(".patch", ""));
    Module module = Module.at(root, patch.module());
    Path classes = compile(module, patch, place);
    Set<String> tests = new LinkedHashSet<>();
    for (String test : patch.tests()) {
      tests.add(module.className(test));
    }
    tests.addAll(module.tests());
    Path log = work.resolve(patch.name().replace(".patch", ".log"));
    ChildRun.Result result =
        ChildRun.run(module, classes, Map.of(), Map.of(), new ArrayList<>(tests), log);
    return new Found(patch, result.failedTest(), (System.nanoTime() - start) / 1_000_000);
  }

  private static Path compile(Module module, Patch patch, Path place) throws IOException {
    Path sources = place.resolve("java");
    Path classes = Files.createDirectories(place.resolve("classes"));
    copy(module.sources(), sources);
    if (Files.isDirectory(module.resources())) {
      copy(module.resources(), classes);
    }
    Path file =
        place
            .resolve("java")
            .resolve(module.sources().relativize(module.root().resolve(patch.file())));
    Files.writeString(file, patch.applyTo(Files.readString(file)));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<Path> all;
    try (Stream<Path> files = Files.walk(sources)) {
      all =
          files
              .filter(each -> each.toString().endsWith(".java"))
              .filter(each -> !each.endsWith("module-info.java"))
              .toList();
    }
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      List<String> options =
          List.of(
              "--release",
              "17",
              "-nowarn",
              "-parameters",
              "-proc:none",
              "-d",
              classes.toString(),
              "-cp",
              module.dependencies());
      if (!compiler
          .getTask(null, manager, null, options, null, manager.getJavaFileObjectsFromPaths(all))
          .call()) {
        throw new IOException(patch.name() + " does not compile");
      }
    }
    return classes;
  }

  private static void copy(Path from, Path to) throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.walk(from)) {
      all = files.toList();
    }
    for (Path each : all) {
      Path target = to.resolve(from.relativize(each).toString());
      if (Files.isDirectory(each)) {
        Files.createDirectories(target);
      } else {
        Files.copy(each, target, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }
}
