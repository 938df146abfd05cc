// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.reconcile.run.JsonTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From two sources to a recipe, over HTTP, with the real engine; nothing of it is kept. */
@Tag("slow")
class RecipeHelpTest {
  private static final String ADMIN = "Authorization: Bearer admin-token";
  private static final String B_RO = "Authorization: Bearer b-ro";
  private static final String B_RW = "Authorization: Bearer b-rw";
  private static final String C_RW = "Authorization: Bearer c-rw";

  private static final String AT = "/v1/reconcile/";

  private static final String BANK =
      """
      Booked;Text;Amount
      02.01.2026;INV-1001;10,00
      03.01.2026;INV-1002;25,00
      04.01.2026;INV-1003;1,00
      """;

  private static final String LEFT =
      "\"left\":{\"ledger\":{\"book\":\"b\",\"accounts\":[\"cash\"]}}";

  private static final String RECIPE =
      "{\"name\":\"cash\","
          + LEFT
          + ",\"right\":{\"file\":{\"profile\":\"lines\"}},"
          + "\"rules\":[{\"name\":\"amount\",\"tolerance\":{\"absolute\":0}}]}";

  private static final String PREVIEW =
      "{\"recipe\":" + RECIPE + ",\"right\":{\"upload\":\"1\"}%s}";

  private static final String PROPOSE =
      "{\"name\":\"cash\","
          + LEFT
          + ",\"right\":{\"file\":{\"profile\":\"lines\"},\"upload\":\"1\"}}";

  @TempDir private Path directory;
  private TestDaemon daemon;
  private @Nullable FakeModel model;

  @BeforeEach
  void start() throws IOException {
    Path tokens = directory.resolve("tokens.toml");
    StringBuilder toml = new StringBuilder();
    for (String name : new String[] {"b-ro", "b-rw", "c-rw"}) {
      toml.append("[tokens.").append(name).append("]\ntoken = \"").append(name);
      toml.append("\"\nbooks = [\"").append(name, 0, 1).append("\"]\naccess = \"");
      toml.append(name.substring(2)).append("\"\n");
    }
    Files.writeString(tokens, toml);
    daemon = daemon();
    daemon.withBook("b", ADMIN);
    for (String minor : new String[] {"1000", "2500", "9900"}) {
      assertStatus(
          200, daemon.post("/v1/transactions", TestDaemon.draft("b", "k" + minor, minor), ADMIN));
    }
    assertStatus(200, post("uploads?name=My%20Bank.csv", BANK, B_RW));
  }

  private TestDaemon daemon(String... more) {
    List<String> variables =
        new ArrayList<>(
            List.of(
                "TALEA_TOKENS_FILE",
                directory.resolve("tokens.toml").toString(),
                "TALEA_API_TOKEN",
                "admin-token"));
    variables.addAll(List.of(more));
    return TestDaemon.onLog(directory.resolve("ledger"), variables.toArray(String[]::new));
  }

  @AfterEach
  void stop() {
    daemon.close();
  }

  private Answer post(String path, String body, String token) {
    return daemon.post(AT + path, body, token);
  }

  private static void assertStatus(int status, Answer answer) {
    assertEquals(status, answer.status(), answer::toString);
  }

  private static Map<String, @Nullable Object> in(
      Map<String, @Nullable Object> tree, String... names) {
    Map<String, @Nullable Object> at = tree;
    for (String name : names) {
      at = JsonTree.child(at, name);
    }
    return at;
  }

  private static Map<String, @Nullable Object> tree(Answer answer) {
    assertStatus(200, answer);
    return JsonTree.object("answer", answer.body().getBytes(StandardCharsets.UTF_8));
  }

  private static String text(@Nullable Object tree) {
    return new String(JsonTree.bytes(tree), StandardCharsets.UTF_8);
  }

  private void saveProfile() {
    Map<String, @Nullable Object> found = tree(post("profiles/detect?upload=1", "", B_RW));
    // The one thing that the file does not say.
    String profile = text(found.get("profile")).replace("XXX", "USD");
    assertStatus(200, post("profiles/lines", profile, ADMIN));
  }

  @Test
  void theFormatOfAFileIsProposedWithWhatItWasDrawnFromAndNotSaved() {
    Answer answer = post("profiles/detect?upload=1", "", B_RW);
    Map<String, @Nullable Object> found = tree(answer);
    assertEquals("my-bank", in(found, "profile").get("name"));
    assertEquals(";", in(found, "profile", "text").get("delimiter"));
    assertTrue(answer.body().contains("\"setting\":\"text.delimiter\""), answer::body);
    assertTrue(answer.body().contains("\"reference\":\"INV-1001\""), answer::body);
    assertTrue(answer.body().contains("\"amount\":\"1000\""), answer::body);
    assertTrue(answer.body().contains("put in which one the file is of"), answer::body);
    assertEquals("{\"items\":[],\"next\":null}", daemon.get(AT + "profiles", ADMIN).body());
    assertStatus(404, post("profiles/detect?upload=1", "", C_RW));
    assertStatus(403, post("profiles/detect?upload=1", "", B_RO));
    assertStatus(400, post("profiles/detect?upload=x", "", B_RW));
    assertStatus(404, post("profiles/detect?upload=7", "", B_RW));
  }

  @Test
  void aRecipeIsDraftedWithReasonsAndIsValidAsItStands() {
    saveProfile();
    assertStatus(403, post("recipes/propose", PROPOSE, B_RO));
    assertStatus(403, post("recipes/propose", PROPOSE, C_RW));
    assertStatus(400, post("recipes/propose", PROPOSE.replace("lines", "others"), B_RW));
    assertStatus(400, post("recipes/propose", PROPOSE.replace("\"name\"", "\"nmae\""), B_RW));
    assertStatus(400, post("recipes/propose", PROPOSE.replace("\"upload\"", "\"file2\""), B_RW));
    Answer off = post("recipes/propose?assistant=true", PROPOSE, B_RW);
    assertStatus(400, off);
    assertTrue(off.body().contains("ANTHROPIC_MODEL"), off::body);

    Answer answer = post("recipes/propose", PROPOSE, B_RW);
    Map<String, @Nullable Object> drafted = tree(answer);
    assertEquals("completed", drafted.get("state"), answer::body);
    assertTrue(answer.body().contains("looked at 3 rows of the left and 3"), answer::body);
    assertEquals("{rows=3, more=false}", "" + in(drafted, "sample", "right"));
    String recipe = text(drafted.get("recipe"));
    assertStatus(200, post("recipes/validate", recipe, B_RW));
    assertStatus(404, daemon.get(AT + "recipes/cash", B_RW));
    Answer tried =
        post("recipes/preview", "{\"recipe\":" + recipe + ",\"right\":{\"upload\":\"1\"}}", B_RW);
    assertEquals("completed", tree(tried).get("state"), tried::body);
  }

  @Test
  void aRecipeIsTriedOnTheFirstRowsAndNothingIsLeft() throws Exception {
    saveProfile();
    String upload = "\"upload\":\"1\"";
    String wanted = String.format(PREVIEW, "").replace(upload, "\"upload\":\"2\"");
    assertStatus(200, post("uploads?name=bank.csv", BANK + "05.01.2026;oops;n/a\n", B_RW));
    assertStatus(403, post("recipes/preview", wanted, B_RO));
    assertStatus(403, post("recipes/preview", wanted, C_RW));
    assertStatus(400, post("recipes/preview", String.format(PREVIEW, ",\"rows\":10001"), B_RW));
    assertStatus(400, post("recipes/preview", String.format(PREVIEW, ",\"rows\":0"), B_RW));
    assertStatus(400, post("recipes/preview", wanted.replace("rules", "rulse"), B_RW));
    assertStatus(404, post("recipes/preview", wanted.replace("\"2\"", "\"5\""), B_RW));

    Answer answer = post("recipes/preview", wanted, B_RW);
    Map<String, @Nullable Object> tried = tree(answer);
    assertEquals("completed", tried.get("state"), answer::body);
    assertEquals(
        "This is a sample: all 3 rows of the left side and all 4 rows of the right side.",
        tried.get("remark"));
    Map<String, @Nullable Object> left = in(tried, "outcome", "left");
    assertEquals(
        "3 2 1", left.get("read") + " " + left.get("matched") + " " + left.get("unmatched"));
    assertEquals(1L, in(tried, "outcome", "right").get("rejected"));
    for (String part :
        new String[] {"no_candidate", "\"rule\":\"amount\"", "\"reason\":", "9900", "oops"}) {
      assertTrue(answer.body().contains(part), () -> part + " in " + answer.body());
    }

    Answer cut = post("recipes/preview", String.format(PREVIEW, ",\"rows\":2"), B_RW);
    assertEquals("{rows=2, more=true}", "" + in(tree(cut), "sample", "left"));
    assertEquals("{rows=2, more=true}", "" + in(tree(cut), "sample", "right"));
    assertTrue(cut.body().contains("the first 2 rows of the left side"), cut::body);

    Answer wrong =
        post(
            "recipes/preview",
            wanted.replace(
                "\"tolerance\":{\"absolute\":0}", "\"conditions\":[{\"column\":\"referense\"}]"),
            B_RW);
    assertEquals("failed", tree(wrong).get("state"), wrong::body);
    assertTrue(wrong.body().contains("did you mean"), wrong::body);
    assertFalse(wrong.body().contains(directory.toString()), wrong::body);

    Answer fenced =
        post(
            "recipes/preview",
            wanted.replace(
                "\"tolerance\":{\"absolute\":0}",
                "\"sql\":\"SELECT l._row AS left_row, r._row AS right_row FROM left_open l,"
                    + " right_open r, read_text('/etc/passwd')\""),
            B_RW);
    assertEquals("failed", tree(fenced).get("state"), fenced::body);
    assertFalse(fenced.body().contains("root:"), fenced::body);

    assertEquals("{\"items\":[],\"next\":null}", daemon.get(AT + "runs", ADMIN).body());
    for (String folder : new String[] {"runs", "evidence"}) {
      try (Stream<Path> files = Files.list(directory.resolve("reconcile").resolve(folder))) {
        assertEquals(0, files.count(), folder);
      }
    }
  }

  /** Everything that is a value of one of the rows, or names a place where they lie. */
  private static final List<String> VALUES =
      List.of(
          "INV-1001",
          "INV-1002",
          "1000",
          "2500",
          "9900",
          "10,00",
          "25,00",
          "2026",
          "USD",
          "cash",
          "k1000",
          "My Bank",
          "my-bank",
          "lines",
          "bank.csv");

  private String drafted(String text) {
    return drafted(FakeModel.saying(text));
  }

  private String drafted(FakeModel.Way way) {
    requireNonNull(model).does(way);
    Answer answer = post("recipes/propose?assistant=true", PROPOSE, B_RW);
    assertEquals("completed", tree(answer).get("state"), answer::body);
    String recipe = text(tree(answer).get("recipe"));
    assertStatus(200, post("recipes/validate", recipe, B_RW));
    assertFalse(answer.body().contains("sk-secret"), answer::body);
    return answer.body();
  }

  @Test
  void anAssistantSeesNoValueAndWhatItSaysIsCheckedLikeTheDraftOfAnyPerson() throws Exception {
    saveProfile();
    daemon.close();
    try (FakeModel fake = new FakeModel()) {
      model = fake;
      daemon =
          daemon(
              "TALEA_ASSISTANT_URL",
              fake.base().toString(),
              "ANTHROPIC_API_KEY",
              "sk-secret-0123456789",
              "ANTHROPIC_MODEL",
              "some-model");
      String rules = "\"rules\":[{\"name\":\"by model\",\"conditions\":[{\"left\":\"%s\",";
      String good = "{\"description\":\"of a model\"," + rules + "\"right\":\"reference\"}]}]}";
      String drafted = drafted(String.format(good, "reference"));
      assertTrue(drafted.contains("\"drawn_from\":\"an assistant"), drafted);
      assertTrue(drafted.contains("by model"), drafted);
      assertTrue(
          drafted.contains("{\"ledger\":{\"book\":\"b\",\"accounts\":[\"cash\"]}}"), drafted);

      String lost = drafted(String.format(good, "referense"));
      assertTrue(lost.contains("is not valid"), lost);
      assertTrue(lost.contains("did you mean"), lost);
      String bad = drafted("{\"rules\":[{\"name\":\"x\",\"cardinality\":\"2:2\"}]}");
      assertTrue(bad.contains("is not valid"), bad);
      String other =
          drafted("{\"left\":{\"ledger\":{\"book\":\"c\",\"accounts\":[\"x\"]}},\"rules\":[]}");
      assertTrue(other.contains("rules: is empty"), other);
      assertFalse(other.contains("\"book\":\"c\""), other);
      String error = drafted(FakeModel.with(500, new byte[0]));
      assertTrue(
          error.contains("The assistant gave no draft: it answered with status 500."), error);
      for (String ours : List.of(lost, bad, other, error)) {
        assertTrue(ours.contains("\"drawn_from\":\"names, types and values\""), ours);
      }

      int before = fake.bodies().size();
      assertStatus(200, post("recipes/propose", PROPOSE, B_RW));
      assertEquals(before, fake.bodies().size(), "asked without being told to");
      for (String sent : fake.bodies()) {
        Map<String, @Nullable Object> asked =
            JsonTree.object("body", sent.getBytes(StandardCharsets.UTF_8));
        String told = text(asked.get("messages"));
        for (String value : VALUES) {
          assertFalse(told.contains(value), () -> value + " in " + told);
        }
        assertTrue(told.contains("letters mark digits"), told);
        assertEquals(List.of(), asked.keySet().stream().filter(VALUES::contains).toList());
      }
    }
  }
}
