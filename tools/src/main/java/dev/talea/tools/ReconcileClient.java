// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.reconcile.run.JsonTree;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks a server for reconciliation. Answers are trees, because what is shown of them is a few
 * fields of many.
 *
 * <p>One thread.
 */
final class ReconcileClient {
  /** What one part of a file may have. */
  private static final int PART_BYTES = 1 << 20;

  private final Requests requests;

  /**
   * @param url of the server
   * @param token empty for none
   */
  ReconcileClient(String url, String token) {
    this.requests = new Requests(url, "/v1/reconcile", token);
  }

  static Map<String, @Nullable Object> tree(byte[] answer) {
    return JsonTree.object("answer", answer);
  }

  /** The items of a page. */
  @SuppressWarnings("unchecked") // what is no object is passed over
  static List<Map<String, @Nullable Object>> items(byte[] page) {
    List<Map<String, @Nullable Object>> items = new ArrayList<>();
    for (Object each : JsonTree.list(tree(page), "items")) {
      if (each instanceof Map<?, ?>) {
        items.add((Map<String, @Nullable Object>) each);
      }
    }
    return items;
  }

  byte[] get(String target) {
    return requests.get(target);
  }

  byte[] post(String target, byte @Nullable [] json) {
    return requests.send("POST", target, json);
  }

  void download(String target, Path file) {
    requests.download(target, file);
  }

  /** Sends a file, part by part; its id. */
  String upload(Path file) throws IOException {
    Path name = file.getFileName();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] part = in.readNBytes(PART_BYTES);
      byte[] next = in.readNBytes(PART_BYTES);
      Map<String, @Nullable Object> sent =
          tree(
              requests.sendFile(
                  "/uploads"
                      + Requests.query(List.of("name", "" + name, "more", "" + (next.length > 0))),
                  part));
      String id = JsonTree.text(sent, "id");
      long offset = part.length;
      while (next.length > 0) {
        part = next;
        next = in.readNBytes(PART_BYTES);
        byte[] unused =
            requests.sendFile(
                "/uploads/"
                    + id
                    + Requests.query(
                        List.of("offset", "" + offset, "more", "" + (next.length > 0))),
                part);
        offset += part.length;
      }
      return id;
    }
  }
}
