// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.net.Headers;
import dev.talea.net.HttpResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * One file that never changes while the process lives, in the two forms in which it is sent, each
 * with its entity tag. Decides which form a caller gets, and whether it has it already.
 *
 * <p>Immutable; the bytes are shared by all answers.
 */
final class StaticFile {
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
          + " font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
          + " frame-ancestors 'none'";

  /** Enough that two versions of a file do not share a tag by accident. */
  private static final int TAG_BYTES = 12;

  private final Form plain;
  private final @Nullable Form gzip;

  private record Form(Headers headers, String tag, Body body) {}

  /** The bytes, in a wrapper so that the record around them is compared by identity. */
  private static final class Body {
    final byte[] bytes;

    Body(byte[] bytes) {
      this.bytes = bytes;
    }
  }

  private StaticFile(Form plain, @Nullable Form gzip) {
    this.plain = plain;
    this.gzip = gzip;
  }

  static StaticFile of(byte[] bytes, String type) {
    String hash = hash(bytes);
    byte[] packed = gzip(bytes);
    Form plain = form(bytes, type, "\"" + hash + "\"");
    // What does not shrink is already packed.
    if (packed.length > bytes.length * 9L / 10) {
      return new StaticFile(plain, null);
    }
    Form small = form(packed, type, "\"" + hash + "-gzip\"");
    return new StaticFile(
        plain,
        new Form(small.headers().with("Content-Encoding", "gzip"), small.tag(), small.body()));
  }

  private static Form form(byte[] bytes, String type, String tag) {
    return new Form(
        Headers.of(
            "Content-Type",
            type,
            "Content-Security-Policy",
            POLICY,
            "X-Content-Type-Options",
            "nosniff",
            "Referrer-Policy",
            "no-referrer",
            "Cache-Control",
            "no-cache",
            "Vary",
            "Accept-Encoding",
            "ETag",
            tag),
        tag,
        new Body(bytes));
  }

  HttpResponse answer(Call call) {
    Headers asked = call.request().head().headers();
    Form form = gzip != null && takesGzip(asked.all("Accept-Encoding")) ? gzip : plain;
    Headers headers = form.headers().with(Answers.REQUEST_ID, call.requestId());
    if (isKnown(asked.all("If-None-Match"), form.tag())) {
      return HttpResponse.of(304, headers, new byte[0]);
    }
    return HttpResponse.ofShared(200, headers, form.body().bytes);
  }

  /** Whether one of the tags that the caller has is this one; a weak one will do. */
  private static boolean isKnown(List<String> fields, String tag) {
    for (String field : fields) {
      for (String each : field.split(",", -1)) {
        String known = each.strip();
        if (known.equals("*")
            || known.equals(tag)
            || (known.startsWith("W/") && known.substring(2).equals(tag))) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean takesGzip(List<String> fields) {
    for (String field : fields) {
      for (String each : field.toLowerCase(Locale.ROOT).split(",", -1)) {
        int parameters = each.indexOf(';');
        String coding = (parameters < 0 ? each : each.substring(0, parameters)).strip();
        if (coding.equals("gzip")) {
          return parameters < 0 || !each.substring(parameters).matches(";\\s*q=0(\\.0{0,3})?\\s*");
        }
      }
    }
    return false;
  }

  private static String hash(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(digest, 0, TAG_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream(bytes.length / 2);
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot happen: writing to memory failed", e);
    }
    return packed.toByteArray();
  }
}
