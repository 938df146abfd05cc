// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.record;

import static dev.talea.index.record.RecordLayout.*;

import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.AssetClass.Crypto;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Codec of the record that says an asset was registered. Stateless. */
public final class AssetRecord {
  private AssetRecord() {}

  /** Length of the payload at most. */
  public static int bytesMax(Asset asset) {
    int utf16 = asset.id().length() + asset.name().length();
    if (asset.assetClass() instanceof Crypto crypto) {
      String nativeId = crypto.nativeId();
      utf16 += crypto.network().length() + (nativeId == null ? 0 : nativeId.length());
    }
    return ASSET_TEXTS + 3 * utf16;
  }

  /** Encodes from offset 0 and leaves the position behind the last byte. */
  public static void encode(ByteBuffer to, Asset asset, long at) {
    byte[] id = Bytes.utf8(asset.id());
    byte[] name = Bytes.utf8(asset.name());
    byte[] network = {};
    byte @Nullable [] nativeId = null;
    int flags = 0;
    if (asset.assetClass() instanceof Crypto crypto) {
      flags |= FLAG_CRYPTO;
      network = Bytes.utf8(crypto.network());
      String given = crypto.nativeId();
      if (given != null) {
        flags |= FLAG_NATIVE_ID;
        nativeId = Bytes.utf8(given);
      }
    }
    RecordHead.put(to, ASSET_REGISTERED, flags, at);
    to.putInt(ASSET_PRECISION_U32, asset.precision());
    to.putShort(ASSET_ID_LENGTH_U16, (short) id.length);
    to.putShort(ASSET_NAME_LENGTH_U16, (short) name.length);
    to.putShort(ASSET_NETWORK_LENGTH_U16, (short) network.length);
    to.putShort(ASSET_NATIVE_ID_LENGTH_U16, (short) (nativeId == null ? 0 : nativeId.length));
    to.position(ASSET_TEXTS);
    to.put(id).put(name).put(network);
    if (nativeId != null) {
      to.put(nativeId);
    }
  }

  public static Asset decode(LedgerRecord record) {
    ByteBuffer from = record.payload(ASSET_TEXTS, FLAG_CRYPTO | FLAG_NATIVE_ID);
    int idLength = Bytes.u16(from, ASSET_ID_LENGTH_U16);
    int nameLength = Bytes.u16(from, ASSET_NAME_LENGTH_U16);
    int networkLength = Bytes.u16(from, ASSET_NETWORK_LENGTH_U16);
    int nativeIdLength = Bytes.u16(from, ASSET_NATIVE_ID_LENGTH_U16);
    record.checkLength(ASSET_TEXTS + idLength + nameLength + networkLength + nativeIdLength);
    int nameAt = ASSET_TEXTS + idLength;
    int networkAt = nameAt + nameLength;
    AssetClass assetClass = AssetClass.FIAT;
    if (record.flag(FLAG_CRYPTO)) {
      String nativeId =
          record.flag(FLAG_NATIVE_ID)
              ? Bytes.text(from, networkAt + networkLength, nativeIdLength)
              : null;
      assetClass = new Crypto(Bytes.text(from, networkAt, networkLength), nativeId);
    }
    return new Asset(
        Bytes.text(from, ASSET_TEXTS, idLength),
        assetClass,
        from.getInt(ASSET_PRECISION_U32),
        Bytes.text(from, nameAt, nameLength));
  }
}
