// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.server.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The files of {@code deploy/}, as far as they can be looked at without Docker: they say what
 * Docker can read, and name what the build makes and the program knows.
 */
class DeployTest {
  private static final Path ROOT =
      Files.exists(Path.of("deploy")) ? Path.of("") : Path.of("..").toAbsolutePath().normalize();

  private static String read(String file) throws IOException {
    return Files.readString(ROOT.resolve(file));
  }

  private static Map<?, ?> yaml(String file) throws IOException {
    return map(new Yaml(new SafeConstructor(new LoaderOptions())).load(read(file)));
  }

  private static Map<?, ?> map(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw new AssertionError("no map: " + value);
  }

  /** What a service's environment comes to, with what the person has set. */
  private static Map<String, String> environment(Map<?, ?> service) {
    Map<String, String> variables = new HashMap<>();
    map(service.get("environment"))
        .forEach(
            (name, value) -> {
              assertTrue(value instanceof String, () -> name + " is no text: " + value);
              String text = (String) value;
              variables.put(
                  "" + name, text.startsWith("${TALEA_API_TOKEN:?") ? "0".repeat(64) : text);
            });
    return variables;
  }

  @Test
  void theComposeFileRunsWhatThereIs() throws IOException {
    Map<?, ?> services = map(yaml("deploy/compose.yaml").get("services"));
    assertEquals(
        new TreeSet<>(List.of("api", "postgres", "worker")), new TreeSet<>(services.keySet()));
    Map<?, ?> api = map(services.get("api"));
    Map<?, ?> worker = map(services.get("worker"));
    assertEquals(List.of("serve", "--create"), api.get("command"));
    assertEquals(List.of("worker"), worker.get("command"));
    Map<?, ?> build = map(api.get("build"));
    Path context = ROOT.resolve("deploy").resolve("" + build.get("context")).normalize();
    assertTrue(Files.exists(context.resolve("" + build.get("dockerfile"))), "" + build);
    assertEquals(api.get("image"), worker.get("image"), "one image for both");

    Settings server = Settings.of(environment(api), Map.of());
    Settings ofWorker = Settings.ofWorker(environment(worker), Map.of());
    for (Settings settings : List.of(server, ofWorker)) {
      assertEquals(List.of(), settings.unknownVariables());
      assertTrue(settings.projections().all());
    }
    assertEquals("" + server.dbUrl(), "" + ofWorker.dbUrl());
    assertEquals(server.projections().schema(), ofWorker.projections().schema());
    String database = read("deploy/compose.yaml");
    for (Map<?, ?> each : List.of(api, worker)) {
      for (Object needed : map(each.get("depends_on")).keySet()) {
        assertNotNull(map(services.get(needed)).get("healthcheck"), needed + " is waited for");
      }
    }
    assertTrue(database.contains("@postgres:5432/"), "the name of the service is that of the host");
    yaml("compose.yaml");
  }

  @Test
  void evidenceLiesInAVolumeThatTheServerMayWriteTo() throws IOException {
    Map<?, ?> compose = yaml("deploy/compose.yaml");
    Map<?, ?> api = map(map(compose.get("services")).get("api"));
    String folder = "" + Settings.of(environment(api), Map.of()).reconcileDir();
    assertEquals(List.of("reconcile-data:" + folder), api.get("volumes"));
    assertTrue(map(compose.get("volumes")).containsKey("reconcile-data"));
    String file = read("deploy/Dockerfile");
    assertTrue(file.contains("install -d -o talea -m 0700 /var/lib/talea " + folder), file);
    assertTrue(file.contains("mv tools/target/duckdb_jdbc-*.jar tools/target/dependency/"), file);
    assertTrue(read("tools/pom.xml").contains("duckdb_jdbc"), "the build puts it there");
  }

  @Test
  void alertsAreAboutMetricsThatThereAre() throws IOException {
    String metrics = read("docs/reference-http.md");
    String help = read("docs/how-to-reconcile.md");
    Object groups = yaml("deploy/alerts.yaml").get("groups");
    Set<String> watched = new TreeSet<>();
    for (Object group : (List<?>) Objects.requireNonNull(groups)) {
      for (Object each : (List<?>) Objects.requireNonNull(map(group).get("rules"))) {
        Map<?, ?> rule = map(each);
        String name = "" + rule.get("alert");
        assertTrue(help.contains("| `" + name + "` |"), name + " is explained");
        assertNotNull(map(rule.get("labels")).get("severity"), name);
        for (String text : List.of("summary", "description")) {
          assertTrue(("" + map(rule.get("annotations")).get(text)).endsWith("."), name);
        }
        Matcher metric = Pattern.compile("talea_[a-z_]+").matcher("" + rule.get("expr"));
        assertTrue(metric.find(), name);
        do {
          assertTrue(metrics.contains("| `" + metric.group() + "` |"), metric.group());
          watched.add(metric.group());
        } while (metric.find());
      }
    }
    assertEquals(4, watched.size(), "" + watched);
  }

  @Test
  void theImageIsMadeOfWhatTheBuildMakes() throws Exception {
    String file = read("deploy/Dockerfile").replace("\\\n", " ");
    Matcher rooms = Pattern.compile("for room in ([a-z -]+);").matcher(file);
    assertTrue(rooms.find(), file);
    TreeSet<String> modules = new TreeSet<>();
    Matcher module = Pattern.compile("<module>([a-z-]+)</module>").matcher(read("pom.xml"));
    while (module.find()) {
      modules.add(module.group(1));
      String artifact = read(module.group(1) + "/pom.xml");
      assertTrue(artifact.contains("<artifactId>talea-" + module.group(1) + "</artifactId>"));
    }
    modules.removeAll(
        List.of("bench", "reconcile-spark")); // the one measures, the other is optional
    assertEquals(modules, new TreeSet<>(List.of(rooms.group(1).split(" "))));

    int libraries = file.indexOf("COPY --from=build /src/tools/target/dependency/ /opt/talea/lib/");
    int program = file.indexOf("COPY --from=build /app/ /opt/talea/app/");
    assertTrue(libraries > 0 && program > libraries, "what changes seldom comes first");
    Matcher entry = Pattern.compile("ENTRYPOINT (\\[.*])").matcher(file);
    assertTrue(entry.find(), file);
    Object words = new Yaml(new SafeConstructor(new LoaderOptions())).load(entry.group(1));
    assertTrue(words instanceof List, "" + words);
    List<?> list = (List<?>) words;
    assertEquals(Main.class.getName(), list.get(list.size() - 1));
    assertTrue(list.contains("/opt/talea/app/*:/opt/talea/lib/*"), "" + list);
    Matcher exports =
        Pattern.compile("<Add-Exports>(.*)</Add-Exports>").matcher(read("tools/pom.xml"));
    assertTrue(exports.find());
    assertTrue(list.contains(exports.group(1) + "=ALL-UNNAMED"), "" + list);
    Matcher variables = Pattern.compile("(TALEA_[A-Z_]+)=(\\S+)").matcher(file);
    Map<String, String> environment = new HashMap<>(Map.of("TALEA_DB_URL", "log://x"));
    while (variables.find()) {
      environment.put(variables.group(1), variables.group(2));
    }
    Settings settings = Settings.of(environment, Map.of());
    assertEquals(List.of(), settings.unknownVariables());
    assertTrue(
        file.contains("EXPOSE " + settings.bind().port() + " " + settings.workerBind().port()));
  }
}
