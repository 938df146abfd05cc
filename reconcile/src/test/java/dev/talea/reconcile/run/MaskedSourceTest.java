// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is said of columns whose values may not leave the machine. */
class MaskedSourceTest {
  private static final RowSink NOWHERE =
      new RowSink() {
        @Override
        public void row(long line, @Nullable Object[] values) {
          // only looked at
        }

        @Override
        public void reject(Reject reject) {
          // nor this
        }
      };

  @Test
  void aShapeIsMadeOfKindsOfCharacters() {
    assertEquals("letters mark digits", MaskedSource.shape("ORD-17"));
    assertEquals("letters space letters", MaskedSource.shape("Žofie Nováková"));
    assertEquals("", MaskedSource.shape(""));
    assertEquals(
        "letters digits letters digits letters digits more", MaskedSource.shape("a1b2c3d4"));
  }

  @Test
  void columnsAreDescribedWithoutTheirValues() throws Exception {
    MaskedSource source =
        new MaskedSource(
            new ToyForms.Lines("file", List.of("100,ORD-17", "oops", "100,ORD-18", "300,Anna")));
    source.read(NOWHERE);
    assertEquals(
        "[{name=amount, type=integer, values=3, nulls=0, distinct=2},"
            + " {name=asset, type=text, values=3, nulls=0, distinct=1, shapes=[letters]},"
            + " {name=reference, type=text, values=3, nulls=0, distinct=3,"
            + " shapes=[letters mark digits, letters]}]",
        source.columnsSeen().toString());
  }
}
