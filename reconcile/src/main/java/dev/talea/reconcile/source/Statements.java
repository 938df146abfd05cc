// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.source.FormatProfile.Field;
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

  private Statements() {}

  private static Field field(String name, ColumnType type) {
    return new Field(name, name, type, false);
  }
}
