// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trials on samples, in real processes that hang, crash and are killed; none leaves anything. */
@Tag("slow")
class PreviewsTest {
  @TempDir Path folder;

  private static String upload(Toy toy, String... lines) {
    toy.reconciliation
        .documents()
        .saveProfile("lines", "{}".getBytes(StandardCharsets.UTF_8), "test");
    byte[] file = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
    return JsonTree.text(toy.reconciliation.uploads().begin("bank.csv", file, true, "test"), "id");
  }

  private static Map<String, @Nullable Object> wanted(
      String mode, String upload, @Nullable Object rows) {
    return JsonTree.of(
        "recipe",
        JsonTree.object("recipe", ToyForms.recipe("toy", mode)),
        "right",
        JsonTree.of("upload", upload),
        "rows",
        rows);
  }

  private static Map<String, @Nullable Object> preview(
      Toy toy, Map<String, @Nullable Object> wanted) {
    return toy.reconciliation.previews().preview(wanted, books -> {}, sender -> true);
  }

  private void assertNothingIsLeft(Toy toy) throws Exception {
    assertEquals(
        List.of(),
        JsonTree.list(toy.reconciliation.runs().list(0, 10, null, null, books -> true), "items"));
    for (String name : List.of("runs", "evidence", "open")) {
      try (Stream<Path> files = Files.list(folder.resolve(name))) {
        assertEquals(0, files.count(), name);
      }
    }
  }

  @Test
  void theFirstRowsAreMatchedAndNothingIsKept() throws Exception {
    try (Toy toy = new Toy(folder)) {
      String upload = upload(toy, "100,one", "200,two", "oops", "999,stranger");
      Map<String, @Nullable Object> all = preview(toy, wanted("plain", upload, null));
      assertEquals("completed", all.get("state"));
      assertEquals(
          "This is a sample: all 3 rows of the left side and all 4 rows of the right side.",
          all.get("remark"));
      Map<String, @Nullable Object> rows = JsonTree.child(all, "rows");
      assertEquals(2, JsonTree.list(rows, "matched").size());
      assertEquals(
          "[{_row=3, amount=300, asset=EUR, reference=ref 3, side=left},"
              + " {_row=3, amount=999, asset=EUR, reference=stranger, side=right}]",
          JsonTree.list(rows, "unmatched").toString());

      Map<String, @Nullable Object> two = preview(toy, wanted("plain", upload, 2L));
      assertEquals("{left={rows=2, more=true}, right={rows=2, more=true}}", "" + two.get("sample"));
      Map<String, @Nullable Object> three = preview(toy, wanted("plain", upload, 3L));
      assertEquals(
          "{left={rows=3, more=false}, right={rows=3, more=true}}", "" + three.get("sample"));
      assertNothingIsLeft(toy);
    }
  }

  @Test
  void onlySoManyRowsOfEachStateAreShown() throws Exception {
    try (Toy toy = new Toy(folder)) {
      String[] lines = new String[500];
      for (int i = 0; i < lines.length; i++) {
        lines[i] = (1_000_000 + i) + ",stranger " + "x".repeat(300);
      }
      Map<String, @Nullable Object> answer =
          preview(toy, wanted("plain", upload(toy, lines), null));
      List<@Nullable Object> rows = JsonTree.list(JsonTree.child(answer, "rows"), "unmatched");
      assertEquals(13, rows.size()); // three of the left, and ten of the right
      assertTrue(rows.get(12).toString().contains("xxx..."), rows::toString);
      assertNothingIsLeft(toy);
    }
  }

  @Test
  void aSecondOneIsToldToComeBackAndTheEndOfTheServerEndsTheFirst() throws Exception {
    try (Toy toy = new Toy(folder)) {
      String upload = upload(toy, "100,one");
      CompletableFuture<Map<String, @Nullable Object>> first =
          CompletableFuture.supplyAsync(() -> preview(toy, wanted("deaf", upload, null)));
      toy.await(() -> ProcessHandle.current().children().findAny().isPresent());
      LedgerException second =
          assertThrows(LedgerException.class, () -> preview(toy, wanted("plain", upload, null)));
      assertEquals(new Overloaded(Overloaded.Limit.ADMISSION), second.error());
      toy.reconciliation.close();
      toy.await(first::isDone);
      Exception ended = assertThrows(Exception.class, first::join);
      assertTrue(
          ended.getCause() instanceof LedgerException of && of.error() instanceof Unavailable,
          () -> "" + ended);
      toy.await(() -> ProcessHandle.current().children().findAny().isEmpty());
    }
  }

  @Test
  void aTrialThatTakesTooLongOrCrashesSaysSo() throws Exception {
    try (Toy toy = new Toy(folder)) {
      String upload = upload(toy, "100,one");
      for (String mode : List.of("deaf", "looks")) {
        ToyForms.ledgerLooks = mode.equals("looks");
        try {
          Map<String, @Nullable Object> late =
              toy.reconciliation
                  .previews()
                  .preview(
                      wanted(mode, upload, null),
                      books -> {},
                      sender -> true,
                      Duration.ofSeconds(2));
          assertEquals("failed", late.get("state"));
          assertTrue(("" + late.get("reason")).contains("longer than 2 s"), () -> "" + late);
        } finally {
          ToyForms.ledgerLooks = false;
        }
      }
      Map<String, @Nullable Object> crashed = preview(toy, wanted("crash", upload, null));
      assertEquals("failed", crashed.get("state"));
      assertTrue(("" + crashed.get("reason")).contains("status 134"), () -> "" + crashed);
      assertFalse(crashed.toString().contains(folder.toString()), crashed::toString);
      assertEquals("completed", preview(toy, wanted("plain", upload, null)).get("state"));
      assertNothingIsLeft(toy);
    }
  }

  @Test
  void theBooksOfTheRecipeAndTheSenderOfTheFileAreAskedFor() {
    try (Toy toy = new Toy(folder)) {
      String upload = upload(toy, "100,one");
      LedgerException refused =
          assertThrows(
              LedgerException.class,
              () ->
                  toy.reconciliation
                      .previews()
                      .preview(
                          wanted("plain", upload, null),
                          books -> {
                            throw new LedgerException(new NotFound("" + books));
                          },
                          sender -> true));
      assertEquals(new NotFound("[shop]"), refused.error());
      LedgerException other =
          assertThrows(
              LedgerException.class,
              () ->
                  toy.reconciliation
                      .previews()
                      .preview(wanted("plain", upload, null), books -> {}, "other"::equals));
      assertEquals(new NotFound("upload " + upload), other.error());
    }
  }
}
