// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.engine.OpenReason;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Why a row stayed open.
 *
 * @param rule that came nearest, or -1
 * @param nearest row across, or 0
 * @param difference of the amounts, right minus left; null if there is none or it does not fit
 * @param days from left to right, or null
 */
record Open(
    int row,
    OpenReason reason,
    int rule,
    int nearest,
    @Nullable Int128 difference,
    @Nullable Integer days) {

  void write(DataOutputStream out) throws IOException {
    out.writeInt(row);
    out.writeByte(reason.rank());
    out.writeInt(rule);
    out.writeInt(nearest);
    RowCodec.write(out, difference);
    RowCodec.write(out, days);
  }

  static Open read(DataInputStream in) throws IOException {
    return new Open(
        in.readInt(),
        OpenReason.of(in.readByte()),
        in.readInt(),
        in.readInt(),
        (Int128) RowCodec.read(in),
        (Integer) RowCodec.read(in));
  }
}
