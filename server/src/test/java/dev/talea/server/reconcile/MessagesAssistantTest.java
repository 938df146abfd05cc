// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.reconcile.run.Assistant;
import dev.talea.reconcile.run.JsonTree;
import dev.talea.server.FakeModel;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A language model that is slow, long, broken or elsewhere: a reason each time, and no more. */
@Tag("slow")
class MessagesAssistantTest {
  private static final String KEY = "sk-secret-0123456789";
  private static final Map<String, @Nullable Object> COLUMNS =
      Map.of("left", List.of(Map.of("name", "reference", "type", "text")), "right", List.of());

  private FakeModel model;

  @BeforeEach
  void start() throws IOException {
    model = new FakeModel();
  }

  @AfterEach
  void stop() {
    model.close();
  }

  private MessagesAssistant assistant(Duration time) {
    return new MessagesAssistant(model.base(), KEY, "some-model", time);
  }

  private String refusal(FakeModel.Way way, Duration time) {
    model.does(way);
    Assistant.NoDraftException refused =
        assertThrows(Assistant.NoDraftException.class, () -> assistant(time).draft(COLUMNS));
    String message = "" + refused.getMessage();
    assertFalse(message.contains(KEY), message);
    return message;
  }

  private String refusal(FakeModel.Way way) {
    return refusal(way, Duration.ofSeconds(30));
  }

  @Test
  void itIsAskedInTheWordsOfTheInterfaceAndItsDraftIsFoundInItsText() throws Exception {
    model.does(FakeModel.saying("Here it is:\n```json\n{\"rules\":[]}\n```\nGood luck."));
    assertEquals("{rules=[]}", assistant(Duration.ofSeconds(30)).draft(COLUMNS).toString());
    assertEquals(KEY, model.heads().get(0).getFirst("x-api-key"));
    assertEquals("2023-06-01", model.heads().get(0).getFirst("anthropic-version"));
    Map<String, @Nullable Object> asked =
        JsonTree.object("body", model.bodies().get(0).getBytes(StandardCharsets.UTF_8));
    assertEquals("some-model", asked.get("model"));
    assertEquals(4_096L, asked.get("max_tokens"));
    assertTrue(model.bodies().get(0).contains("reference"), model.bodies()::toString);
    assertTrue(("" + asked.get("system")).contains("\"$schema\""), "" + asked.get("system"));
  }

  @Test
  void withoutAKeyNoneIsSent() throws Exception {
    model.does(FakeModel.saying("{\"rules\":[]}"));
    URI base = URI.create(model.base() + "/");
    var unused =
        new MessagesAssistant(base, null, "some-model", Duration.ofSeconds(30)).draft(COLUMNS);
    assertFalse(model.heads().get(0).containsKey("x-api-key"));
  }

  @Test
  void slowOnesAreNotWaitedFor() {
    assertEquals(
        "it did not answer within 1 s.", refusal(model.hanging(false), Duration.ofSeconds(1)));
    assertEquals(
        "it did not answer within 1 s.", refusal(model.hanging(true), Duration.ofSeconds(1)));
  }

  @Test
  void longAnswersAreNotRead() {
    byte[] huge = new byte[8 << 20];
    Arrays.fill(huge, (byte) ' ');
    assertEquals("its answer is longer than 262144 bytes.", refusal(FakeModel.with(200, huge)));
  }

  @Test
  void whatIsNoDraftIsNone() {
    for (String body :
        List.of(
            "",
            "not JSON " + KEY,
            "[]",
            "{}",
            "{\"content\":7}",
            "{\"content\":[7,{\"text\":{}}]}")) {
      assertEquals(
          "its answer holds no JSON of a draft.",
          refusal(FakeModel.with(200, body.getBytes(StandardCharsets.UTF_8))),
          body);
    }
    for (String text : List.of("I cannot do that.", "}{", "{\"rules\": [}")) {
      assertEquals("its answer holds no JSON of a draft.", refusal(FakeModel.saying(text)), text);
    }
  }

  @Test
  void errorsAreToldByTheirStatusAlone() {
    byte[] body = ("{\"error\":\"" + KEY + "\"}").getBytes(StandardCharsets.UTF_8);
    for (int status : new int[] {400, 401, 429, 500, 529}) {
      assertEquals(
          "it answered with status " + status + ".", refusal(FakeModel.with(status, body)));
    }
  }

  @Test
  void aRedirectLeadsNowhere() throws Exception {
    try (FakeModel elsewhere = new FakeModel()) {
      for (int status : new int[] {301, 302, 307, 308}) {
        String refused =
            refusal(
                exchange -> {
                  exchange.getResponseHeaders().set("Location", elsewhere.base() + "/v1/messages");
                  exchange.sendResponseHeaders(status, -1);
                });
        assertEquals("it answered with status " + status + ".", refused);
      }
      assertEquals(List.of(), elsewhere.bodies());
    }
  }

  @Test
  void aConnectionThatIsCutOrRefusedIsSaid() {
    assertEquals(
        "it could not be reached, or broke off.",
        refusal(
            exchange -> {
              exchange.sendResponseHeaders(200, 1_000);
              exchange.getResponseBody().write('{');
              throw new IOException("cut");
            }));
    model.close();
    assertEquals("it could not be reached, or broke off.", refusal(FakeModel.saying("{}")));
  }
}
