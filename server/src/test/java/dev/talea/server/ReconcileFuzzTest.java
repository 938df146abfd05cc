// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.reconcile.run.JsonTree;
import java.math.BigDecimal;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Documents and questions of reconciliation that are right but for one thing: each is answered, and
 * never as a fault of the server, and what was taken of them is read again after a restart. {@code
 * -Dtalea.seed=N} repeats.
 */
@Tag("slow")
class ReconcileFuzzTest {
  private static final int REQUESTS = Integer.getInteger("talea.reconcile.requests", 1500);
  private static final long SEED = Long.getLong("talea.seed", 20_261_129L);

  private static final String PROFILE =
      """
      {"name": "bank", "text": {"encoding": "UTF-8", "delimiter": ";", "skip_lines": 1},
       "numbers": {"decimal": ",", "thousands": ".", "scale": 2},
       "dates": {"patterns": ["dd.MM.yyyy"], "zone": "Europe/Prague"},
       "amount": {"column": "Amount", "marker": "DC", "in_values": ["H"], "out_values": ["S"]},
       "asset": {"column": "Currency"},
       "fields": [{"name": "date", "column": "Booked", "required": true},
                  {"name": "reference", "column": "#3", "type": "text"}],
       "key": ["date", "reference"]}
      """;

  private static final String RECIPE =
      """
      {"name": "daily", "description": "d",
       "parameters": [{"name": "from", "type": "date"}, {"name": "least", "type": "integer",
                       "preset": 100}],
       "left": {"ledger": {"book": "shop", "accounts": ["assets:bank"], "asset": "EUR",
                           "from": "$from"},
                "derived": [{"name": "number", "expression": {"column": "reference",
                   "normalise": ["upper", {"capture": "INV-?([0-9]+)"}]}}],
                "filter": {"value": {"absolute": {"column": "amount"}},
                           "greater_or_equal": {"parameter": "least"}}},
       "right": {"file": {"profile": "bank"},
                 "filter": {"or": [{"column": "reference", "is_null": true},
                                   {"not": {"column": "reference", "prefix": "OWN"}}]}},
       "anchor": "left",
       "rules": [
         {"name": "one", "conditions": [{"left": "number", "right": "reference",
           "is": "similar", "threshold": 0.9}], "window": {"before": 0, "after": 30}},
         {"name": "two", "cardinality": "1:N", "grouping": "subset", "group_max": 6,
          "conditions": [{"column": "reference"}], "tolerance": {"absolute": 5, "percent": 0.5,
          "by_asset": {"EUR": 7}}, "sign": "opposite", "effect": "suggest"},
         {"name": "three", "sql": "SELECT left_row, right_row FROM left_open l, right_open r"}]}
      """;

  private static final String RUN =
      """
      {"recipe": "daily", "version": 1, "key": "k", "parameters": {"from": "2026-01-01"},
       "left": {"at_seq": 3}, "right": {"upload": "1"}, "carry": true}
      """;

  private static final String DECISION =
      """
      {"state": "explained", "note": "n", "assignee": "a", "draft": {"book": "shop"}}
      """;

  private static final String TOGETHER =
      """
      {"exceptions": ["1-left-1", "1-right-1"], "reason": "r"}
      """;

  private static final List<String> QUESTIONS =
      List.of(
          "profiles/bank?version=",
          "recipes/daily?version=",
          "uploads?after=",
          "runs?before=",
          "runs?state=",
          "runs?recipe=",
          "runs/1/rows?state=",
          "runs/1/rows?state=matched&after=",
          "runs/1/evidence/",
          "runs/",
          "exceptions?recipe=",
          "exceptions?recipe=daily&state=",
          "exceptions?recipe=daily&after=",
          "exceptions?recipe=daily&limit=",
          "exceptions/",
          "recipes/",
          "profiles/");

  private final Random random = new Random(SEED);

  @TempDir private Path directory;

  private TestDaemon daemon() {
    return TestDaemon.onLog(
        directory.resolve("ledger"), "TALEA_RECONCILE_DIR", directory.resolve("room").toString());
  }

  @Test
  void whatIsWrongInOneThingIsAnsweredAndNeverAFault() {
    try (TestDaemon daemon = daemon().withBook("shop")) {
      assertEquals(200, post(daemon, "profiles/bank", PROFILE).status());
      for (int i = 0; i < REQUESTS; i++) {
        switch (random.nextInt(7)) {
          case 0 -> ask(daemon, "profiles/bank", PROFILE);
          case 1 -> ask(daemon, "recipes", RECIPE);
          case 2 -> ask(daemon, "recipes/validate", RECIPE);
          case 3 -> ask(daemon, "runs", RUN);
          case 4 -> ask(daemon, "exceptions/1-left-1", DECISION);
          case 5 -> ask(daemon, "exceptions/" + (i % 2 == 0 ? "" : "un") + "match", TOGETHER);
          default -> {
            String question = QUESTIONS.get(random.nextInt(QUESTIONS.size()));
            String value = String.valueOf(hostile(0));
            String path = question + URLEncoder.encode(value, StandardCharsets.UTF_8);
            check("GET " + question + " of " + value, daemon.get("/v1/reconcile/" + path));
          }
        }
      }
      assertEquals("OK", daemon.get("/v1/reconcile/health").body());
    }
    try (TestDaemon daemon = daemon()) {
      assertEquals("OK", daemon.get("/v1/reconcile/health").body());
      for (String list : List.of("profiles", "recipes", "runs", "uploads")) {
        assertEquals(200, daemon.get("/v1/reconcile/" + list).status(), list);
      }
      assertEquals(200, daemon.get("/v1/reconcile/profiles/bank").status());
    }
  }

  private static Answer post(TestDaemon daemon, String path, String body) {
    return daemon.post("/v1/reconcile/" + path, body);
  }

  private void ask(TestDaemon daemon, String path, String right) {
    String body;
    if (random.nextInt(4) == 0) {
      byte[] bytes = right.getBytes(StandardCharsets.UTF_8);
      for (int i = random.nextInt(3); i >= 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) (random.nextInt(95) + 32);
      }
      int length = random.nextInt(8) == 0 ? random.nextInt(bytes.length) : bytes.length;
      body = new String(bytes, 0, length, StandardCharsets.UTF_8);
    } else {
      Object tree = JsonTree.object("body", right.getBytes(StandardCharsets.UTF_8));
      body = new String(JsonTree.bytes(changed(tree)), StandardCharsets.UTF_8);
    }
    check("POST " + path + " " + body, post(daemon, path, body));
  }

  private static void check(String asked, Answer answer) {
    String what =
        "-Dtalea.seed="
            + SEED
            + ": "
            + answer
            + " to "
            + asked.substring(0, Math.min(asked.length(), 2000));
    assertTrue(answer.status() < 500, what);
    if (answer.status() >= 400) {
      assertTrue(answer.body().startsWith("{\"error\":\""), what);
    }
    assertFalse(answer.body().contains("java.") || answer.body().contains("Exception:"), what);
  }

  /** The same with one thing in it that is another one, is missing, or is there as well. */
  private @Nullable Object changed(@Nullable Object value) {
    if (value instanceof Map<?, ?> map && !map.isEmpty() && random.nextInt(5) > 0) {
      Map<String, @Nullable Object> copy = new LinkedHashMap<>();
      int at = random.nextInt(map.size());
      int i = 0;
      boolean gone = random.nextInt(6) == 0;
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        if (i++ != at) {
          copy.put((String) entry.getKey(), entry.getValue());
        } else if (!gone) {
          copy.put((String) entry.getKey(), changed(entry.getValue()));
        }
      }
      if (random.nextInt(12) == 0) {
        copy.put("more" + random.nextInt(9), hostile(0));
      }
      return copy;
    }
    if (value instanceof List<?> list && !list.isEmpty() && random.nextInt(4) > 0) {
      List<@Nullable Object> copy = new ArrayList<>(list);
      int at = random.nextInt(copy.size());
      copy.set(at, changed(copy.get(at)));
      if (random.nextInt(6) == 0) {
        copy.add(copy.get(at));
      }
      return copy;
    }
    return hostile(0);
  }

  private @Nullable Object hostile(int depth) {
    return switch (random.nextInt(depth > 6 ? 14 : 17)) {
      case 0 -> null;
      case 1 -> "";
      case 2 -> "x".repeat(1 + random.nextInt(70_000));
      case 3 -> -1L - random.nextInt(100);
      case 4 -> Long.MAX_VALUE - random.nextInt(3);
      case 5 -> new BigDecimal("1e" + random.nextInt(900));
      case 6 -> new BigDecimal("0.000001");
      case 7 -> random.nextBoolean();
      case 8 -> "../" + random.nextInt(9);
      case 9 -> "'; DROP TABLE x; --";
      case 10 -> "\u0000\u2028é€\uD83D\uDE00\"\\";
      case 11 -> "1-left-" + random.nextLong();
      case 12 -> "(a+)+$".repeat(1 + random.nextInt(40));
      case 13 -> (long) random.nextInt(5);
      case 14 -> List.of();
      case 15 -> Map.of();
      default -> {
        List<@Nullable Object> list = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
          list.add(hostile(depth + 1));
        }
        yield random.nextBoolean() ? list : Map.of("column", list);
      }
    };
  }
}
