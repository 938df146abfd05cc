// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code ./talea} in a checkout of its own: when it builds, when it does not, and what it says.
 * What it calls is replaced by scripts that say that they were called.
 */
class RootScriptTest {
  private static final String FAKE_BINARY = "#!/bin/sh\necho binary \"$@\"\n";

  @TempDir private Path checkout;
  private Path script;
  private Path binary;
  private Path bin;

  @BeforeEach
  void checkOut() throws IOException {
    script = checkout.resolve("talea");
    Files.copy(Path.of("..", "talea"), script);
    assertTrue(script.toFile().setExecutable(true));
    binary = checkout.resolve("tools/target/talea");
    Files.createDirectories(checkout.resolve("tools/src/main/java"));
    Files.writeString(checkout.resolve("pom.xml"), "<project/>");
    Files.writeString(checkout.resolve("tools/pom.xml"), "<project/>");
    Files.writeString(checkout.resolve("tools/src/main/java/A.java"), "class A {}");
    bin = Files.createDirectory(checkout.resolve("bin"));
    for (String tool :
        List.of("sh", "dirname", "readlink", "find", "head", "touch", "mkdir", "cp", "chmod")) {
      for (String place : List.of("/bin", "/usr/bin")) {
        if (Files.exists(Path.of(place, tool)) && !Files.exists(bin.resolve(tool))) {
          Files.createSymbolicLink(bin.resolve(tool), Path.of(place, tool));
        }
      }
    }
  }

  @Test
  void aMissingBinaryIsBuiltAndThenRun() throws Exception {
    tool("javac", "#!/bin/sh\n");
    maven();
    TaleaProcess result = run("tx", "a b");
    assertEquals("binary tx a b\n", result.out());
    assertTrue(result.err().contains("building tools/target/talea"), result.err());
    assertTrue(result.err().contains("mvn -q -B"), result.err());
  }

  @Test
  void aBinaryNewerThanAllSourcesIsRunAsItIs() throws Exception {
    build();
    TaleaProcess result = run("--version");
    assertEquals("binary --version\n", result.out());
    assertEquals("", result.err());
  }

  @Test
  void aNewerSourceAndADeletedOneMeanBuilding() throws Exception {
    tool("javac", "#!/bin/sh\n");
    maven();
    build();
    touch(checkout.resolve("tools/src/main/java/A.java"));
    assertTrue(run().err().contains("building"));
    assertEquals("", run().err(), "and then it is up to date");
    build();
    touch(checkout.resolve("tools/pom.xml"));
    assertTrue(run().err().contains("building"));
    build();
    Files.delete(checkout.resolve("tools/src/main/java/A.java"));
    touch(checkout.resolve("tools/src/main/java"));
    assertTrue(run().err().contains("building"));
  }

  @Test
  void benchIsBuiltAndRunFromItsRoomAndNotFromTheBinary() throws Exception {
    build();
    tool("javac", "#!/bin/sh\n");
    tool("java", "#!/bin/sh\necho java \"$@\"\n");
    tool("mvn", "#!/bin/sh\necho mvn \"$@\"\nmkdir -p bench/target/lib\n");
    TaleaProcess first = run("bench", "reads", "--rate", "5");
    assertTrue(first.err().contains("building bench/target/lib"), first.err());
    assertTrue(first.err().contains("-pl bench -am package"), first.err());
    assertTrue(first.out().endsWith("dev.talea.bench.Main reads --rate 5\n"), first.out());
    assertEquals("", run("bench").err(), "and then it is up to date");
    assertEquals("binary reads\n", run("reads").out());
  }

  @Test
  void aMissingMavenAndAMissingJdkAreASentenceEach() throws Exception {
    TaleaProcess noMaven = run();
    assertEquals(1, noMaven.exitCode());
    assertEquals(
        "talea: the binary has to be built, which takes Maven 3.8 or newer, and there is no mvn in"
            + " PATH.\n",
        noMaven.err());
    maven();
    TaleaProcess noJdk = run();
    assertEquals(1, noJdk.exitCode());
    assertEquals(
        "talea: the binary has to be built, which takes a JDK 17 or newer, and there is no javac in"
            + " PATH or JAVA_HOME.\n",
        noJdk.err());
  }

  @Test
  void aFailedBuildEndsThere() throws Exception {
    tool("javac", "#!/bin/sh\n");
    tool("mvn", "#!/bin/sh\necho 'COMPILATION ERROR'\nexit 1\n");
    TaleaProcess result = run();
    assertEquals(1, result.exitCode());
    assertEquals("", result.out());
    assertTrue(result.err().contains("COMPILATION ERROR"), result.err());
    assertTrue(result.err().contains("the build failed"), result.err());
  }

  private void maven() throws IOException {
    tool(
        "mvn",
        """
        #!/bin/sh
        echo mvn "$@"
        mkdir -p tools/target
        cp fake-binary tools/target/talea
        chmod +x tools/target/talea
        """);
    Files.writeString(checkout.resolve("fake-binary"), FAKE_BINARY);
  }

  private void tool(String name, String text) throws IOException {
    Path tool = bin.resolve(name);
    Files.writeString(tool, text);
    assertTrue(tool.toFile().setExecutable(true));
  }

  /** As if everything had been written long ago and built just now. */
  private void build() throws IOException {
    try (var files = Files.walk(checkout)) {
      for (Path file : files.filter(f -> !Files.isSymbolicLink(f)).toList()) {
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
      }
    }
    Files.createDirectories(binary.getParent());
    Files.writeString(binary, FAKE_BINARY);
    assertTrue(binary.toFile().setExecutable(true));
    Files.setLastModifiedTime(binary, FileTime.from(Instant.parse("2026-01-02T00:00:00Z")));
  }

  private static void touch(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-01-03T00:00:00Z")));
  }

  private TaleaProcess run(String... arguments) throws Exception {
    TaleaProcess process =
        TaleaProcess.start(
            script, checkout, Map.of("PATH", bin.toString(), "JAVA_HOME", ""), arguments);
    process.exitCode();
    return process;
  }
}
