// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Side;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The definitions of assets and accounts as they stand in answers and in events alike: written and
 * read here, so that the two spell them the same way.
 *
 * <p>Stateless; any thread.
 */
final class DefinitionJson {
  private DefinitionJson() {}

  /** The fields of an asset. */
  static void write(JsonGenerator out, Asset asset) throws IOException {
    Json.text(out, "id", asset.id());
    if (asset.assetClass() instanceof AssetClass.Crypto crypto) {
      out.writeObjectFieldStart("class");
      out.writeObjectFieldStart("crypto");
      Json.text(out, "network", crypto.network());
      Json.text(out, "native_id", crypto.nativeId());
      out.writeEndObject();
      out.writeEndObject();
    } else {
      out.writeStringField("class", "fiat");
    }
    out.writeNumberField("precision", asset.precision());
    Json.text(out, "name", asset.name());
  }

  /** The fields of an account: what it is for life, and its settings. */
  static void write(JsonGenerator out, Account account) throws IOException {
    out.writeObjectFieldStart("def");
    accountId(out, "id", account.id());
    Json.text(out, "asset", account.asset());
    out.writeStringField("kind", account.kind().word());
    out.writeEndObject();
    out.writeObjectFieldStart("cfg");
    Json.text(
        out, "normal_side", account.normalSide() == null ? null : account.normalSide().word());
    Json.integer(out, "min_balance", account.minBalance());
    out.writeEndObject();
  }

  static void accountId(JsonGenerator out, String field, AccountId id) throws IOException {
    out.writeObjectFieldStart(field);
    Json.text(out, "book", id.book());
    Json.text(out, "path", id.path());
    out.writeEndObject();
  }

  static AssetClass assetClass(JsonIn in) throws IOException {
    if (in.isText()) {
      if (in.text().equals("fiat")) {
        return AssetClass.FIAT;
      }
      throw in.fail("is neither \"fiat\" nor an object");
    }
    AssetClass assetClass = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      if (field.equals("crypto")) {
        assetClass = crypto(in);
      } else {
        in.skip();
      }
    }
    return in.required(assetClass, "crypto");
  }

  private static AssetClass crypto(JsonIn in) throws IOException {
    String network = null;
    String nativeId = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "network" -> network = in.text();
        case "native_id" -> nativeId = in.textOrNull();
        default -> in.skip();
      }
    }
    return new AssetClass.Crypto(in.required(network, "network"), nativeId);
  }

  /** What an account is for life. */
  record Definition(AccountId id, String asset, AccountKind kind) {
    Account account(Config cfg) {
      return new Account(id, asset, kind, cfg.normalSide(), cfg.minBalance());
    }

    static Definition read(JsonIn in) throws IOException {
      AccountId id = null;
      String asset = null;
      AccountKind kind = null;
      in.object();
      for (String field = in.field(); field != null; field = in.field()) {
        switch (field) {
          case "id" -> id = accountId(in);
          case "asset" -> asset = in.text();
          case "kind" -> kind = in.word(AccountKind.values(), AccountKind::word);
          default -> in.skip();
        }
      }
      return new Definition(
          in.required(id, "id"), in.required(asset, "asset"), in.required(kind, "kind"));
    }
  }

  /** The settings of an account. */
  record Config(@Nullable Side normalSide, @Nullable Int128 minBalance) {
    static Config read(JsonIn in) throws IOException {
      Side normalSide = null;
      Int128 minBalance = null;
      in.object();
      for (String field = in.field(); field != null; field = in.field()) {
        switch (field) {
          case "normal_side" -> normalSide = in.isNull() ? null : DraftReader.side(in);
          case "min_balance" -> minBalance = in.isNull() ? null : in.int128(true);
          default -> in.skip();
        }
      }
      return new Config(normalSide, minBalance);
    }
  }

  static AccountId accountId(JsonIn in) throws IOException {
    String book = null;
    String path = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "book" -> book = in.text();
        case "path" -> path = in.text();
        default -> in.skip();
      }
    }
    return new AccountId(in.required(book, "book"), in.required(path, "path"));
  }

  /** An account as answers name it, in one text. */
  static AccountId accountKey(JsonIn in) throws IOException {
    try {
      return AccountId.parse(in.text());
    } catch (IllegalArgumentException e) {
      throw in.fail("is not an account key");
    }
  }
}
