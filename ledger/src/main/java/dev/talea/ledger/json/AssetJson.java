// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.Page;
import java.io.IOException;

/**
 * Assets, as answers spell them, written and read: with the fields of their registration.
 *
 * <p>Stateless; any thread.
 */
public final class AssetJson {
  private AssetJson() {}

  /** An asset, with the fields of its registration event. */
  public static byte[] write(Asset asset) {
    return Json.bytes(out -> write(out, asset));
  }

  /** A page of assets. */
  public static byte[] page(Page<Asset, String> page) {
    return Answer.page(page, AssetJson::write);
  }

  /** An asset. */
  public static Asset read(byte[] json) {
    return Answer.read(json, AssetJson::read);
  }

  /** A page of assets. */
  public static Page<Asset, String> readPage(byte[] json) {
    return Answer.readPage(json, AssetJson::read, JsonIn::text);
  }

  private static void write(JsonGenerator out, Asset asset) throws IOException {
    out.writeStartObject();
    DefinitionJson.write(out, asset);
    out.writeEndObject();
  }

  private static Asset read(JsonIn in) throws IOException {
    String id = null;
    AssetClass assetClass = null;
    Integer precision = null;
    String name = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "id" -> id = in.text();
        case "class" -> assetClass = DefinitionJson.assetClass(in);
        case "precision" -> precision = in.int32();
        case "name" -> name = in.text();
        default -> in.skip();
      }
    }
    return new Asset(
        in.required(id, "id"),
        in.required(assetClass, "class"),
        in.required(precision, "precision"),
        in.required(name, "name"));
  }
}
