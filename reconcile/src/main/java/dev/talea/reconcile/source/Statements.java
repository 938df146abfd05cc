// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.source.FormatProfile.Amount;
import dev.talea.reconcile.source.FormatProfile.AssetFrom;
import dev.talea.reconcile.source.FormatProfile.Field;
import dev.talea.reconcile.source.FormatProfile.Format;
import java.util.List;

/** The columns that a bank's statement has, in whichever of the two formats it comes. */
final class Statements {
  /** Behind amount and asset. */
  static final List<Field> FIELDS =
      List.of(
          field(Column.DATE, ColumnType.DATE),
          field("value_date", ColumnType.DATE),
          field(Column.REFERENCE, ColumnType.TEXT),
          field("bank_reference", ColumnType.TEXT),
          field(Column.COUNTERPARTY, ColumnType.TEXT),
          field("counterparty_account", ColumnType.TEXT),
          field("text", ColumnType.TEXT),
          field("code", ColumnType.TEXT),
          field("account", ColumnType.TEXT),
          field("statement", ColumnType.TEXT));

  static final Amount AMOUNT = new Amount.Signed(Column.AMOUNT, false);
  static final AssetFrom ASSET = new AssetFrom.Named(Column.ASSET);

  /** What stands where a payer gave no reference. */
  static final String NOT_PROVIDED = "NOTPROVIDED";

  private Statements() {}

  /** Whether this is one of the two formats. */
  static boolean are(Format format) {
    return format == Format.CAMT_053 || format == Format.MT940;
  }

  private static Field field(String name, ColumnType type) {
    return new Field(name, name, type, false);
  }
}
