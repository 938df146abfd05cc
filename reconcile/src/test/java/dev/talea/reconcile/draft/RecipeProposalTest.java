// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.draft;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.reconcile.draft.RecipeProposal.Draft;
import dev.talea.reconcile.recipe.RecipeCheck;
import dev.talea.reconcile.recipe.RecipeJson;
import dev.talea.reconcile.recipe.SourceRef;
import dev.talea.reconcile.row.RowSource;
import dev.talea.reconcile.source.DelimitedSource;
import dev.talea.reconcile.source.ProfileJson;
import dev.talea.reconcile.source.SourceLimits;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecipeProposalTest {
  private static RowSource source(String fields, String rows) {
    String profile =
        "{\"name\":\"p\",\"amount\":{\"column\":\"amount\"},\"asset\":\"EUR\",\"fields\":["
            + fields
            + "]}";
    return new DelimitedSource(
        () -> new ByteArrayInputStream(rows.getBytes(UTF_8)),
        ProfileJson.read(profile.getBytes(UTF_8)),
        SourceLimits.DEFAULTS);
  }

  private static final String LEFT_FIELDS =
      "{\"name\":\"date\",\"column\":\"date\"},{\"name\":\"invoice\",\"column\":\"invoice\"},"
          + "{\"name\":\"counterparty\",\"column\":\"party\"}";
  private static final String RIGHT_FIELDS =
      "{\"name\":\"booked\",\"column\":\"booked\",\"type\":\"date\"},"
          + "{\"name\":\"reference\",\"column\":\"ref\"},{\"name\":\"shop\",\"column\":\"shop\"}";

  private static Draft draft(RowSource left, RowSource right) throws IOException {
    Draft draft =
        RecipeProposal.of(
            "draft", new SourceRef.File("left"), left, new SourceRef.File("right"), right);
    assertEquals(List.of(), RecipeCheck.against(draft.recipe(), left.columns(), right.columns()));
    assertEquals(draft.recipe(), RecipeJson.read(RecipeJson.write(draft.recipe())));
    return draft;
  }

  private static String rules(Draft draft) {
    return new String(RecipeJson.write(draft.recipe()), UTF_8).replaceAll(".*\"rules\":", "");
  }

  @Test
  void aRecipeIsDraftedFromWhatTwoSourcesHaveInCommon() throws IOException {
    StringBuilder left = new StringBuilder("date,invoice,party,amount\n");
    StringBuilder right = new StringBuilder("booked,ref,shop,amount\n");
    for (int i = 10; i < 30; i++) {
      left.append("2026-01-")
          .append(i)
          .append(",inv-")
          .append(i)
          .append(",one shop,")
          .append(i)
          .append(".00\n");
      right
          .append("2026-02-0")
          .append(i % 3 + 1)
          .append(", INV-")
          .append(i)
          .append(",one shop,-")
          .append(i)
          .append(i == 20 ? ".05\n" : ".00\n");
    }
    left.append("2026-01-10,inv-90,one shop,5.00\n2026-01-10,inv-90,one shop,6.00\n");
    right.append("2026-01-10,INV-90,one shop,-11.00\n");
    Draft draft =
        draft(source(LEFT_FIELDS, left.toString()), source(RIGHT_FIELDS, right.toString()));
    String condition =
        "\"conditions\":[{\"left\":\"invoice\",\"is\":\"equal\",\"right\":\"reference\",\"normalise\":"
            + "[\"trim\",\"upper\"]}],\"sign\":\"opposite\"";
    String window =
        "\"window\":{\"left\":\"date\",\"right\":\"booked\",\"before\":23,\"after\":23}";
    assertEquals(
        "[{\"name\":\"same invoice\",\"cardinality\":\"1:1\","
            + condition
            + ","
            + window
            + ",\"effect\":\"match\"},{\"name\":\"several to one\",\"cardinality\":\"N:1\","
            + condition
            + ","
            + window
            + ",\"grouping\":\"whole\",\"effect\":\"match\"},"
            + "{\"name\":\"same invoice, amount a little off\",\"cardinality\":\"1:1\","
            + condition
            + ",\"tolerance\":{\"absolute\":5},"
            + window
            + ",\"effect\":\"suggest\"},"
            + "{\"name\":\"amount and day\",\"cardinality\":\"1:1\",\"sign\":\"opposite\","
            + window
            + ",\"effect\":\"suggest\"}]}",
        rules(draft));
    String reasons = String.join("\n", draft.reasons());
    assertTrue(
        reasons.contains("left invoice and right reference share 21 values, 100 %"), reasons);
    assertTrue(
        reasons.contains(
            "left counterparty and right shop share 1 values, 100 % of the shorter side, many of them often"),
        reasons);
    assertTrue(reasons.contains("0 have equal and 19 opposite amounts"), reasons);
  }

  @Test
  void aNumberThatStandsWithinFreeTextsIsAKey() throws IOException {
    for (String[] written :
        new String[][] {
          {"ORD-10%d", "thank you for ord-10%d", "([A-Z]+-[0-9]+)"},
          {"Inv10%d", "invoice INV10%d, paid", "([A-Z]+[0-9]{3,})"},
          {"10%d", "order no. 10%d", "([0-9]{4,})"}
        }) {
      StringBuilder left = new StringBuilder("date,invoice,party,amount\n");
      StringBuilder right = new StringBuilder("booked,ref,shop,amount\n");
      for (int i = 10; i < 30; i++) {
        left.append("2026-01-10,").append(String.format(written[0], i)).append(",a,5.00\n");
        // Some stand alone, which must not keep the others out.
        String text = String.format(i < 14 ? written[0] : written[1], i);
        right.append("2026-01-11,\"").append(text).append("\",b,5.00\n");
      }
      Draft draft =
          draft(source(LEFT_FIELDS, left.toString()), source(RIGHT_FIELDS, right.toString()));
      assertTrue(
          rules(draft)
              .startsWith(
                  "[{\"name\":\"same invoice\",\"cardinality\":\"1:1\",\"conditions\":[{\"left\":"
                      + "\"invoice\",\"is\":\"equal\",\"right\":\"reference\",\"normalise\":"
                      + "[\"trim\",\"upper\",{\"capture\":\""
                      + written[2]
                      + "\"}]}]"),
          rules(draft));
      assertTrue(
          String.join("\n", draft.reasons()).contains("of what " + written[2] + " finds in them"),
          draft.reasons() + "");
    }
  }

  @Test
  void withoutAKeyAmountsAndDaysAreLeft() throws IOException {
    Draft draft =
        draft(
            source(
                LEFT_FIELDS,
                "date,invoice,party,amount\n2026-01-10,a,b,1.00\n2026-01-11,c,d,2.00\n"),
            source(
                RIGHT_FIELDS,
                "booked,ref,shop,amount\n2026-01-12,x,y,1.00\n2026-01-11,v,w,2.00\n"));
    assertEquals(
        "[{\"name\":\"amount and day\",\"cardinality\":\"1:1\",\"sign\":\"equal\",\"window\":"
            + "{\"left\":\"date\",\"right\":\"booked\",\"before\":2,\"after\":2},\"effect\":"
            + "\"suggest\"}]}",
        rules(draft));
  }

  /** Section 8: zero-row sources that abort. */
  @Test
  void emptySourcesMakeADraftToo() throws IOException {
    RowSource left = source("", "amount\n");
    RowSource right = source("", "amount\n");
    assertTrue(rules(draft(left, right)).contains("\"tolerance\":{\"absolute\":0}"));
  }
}
