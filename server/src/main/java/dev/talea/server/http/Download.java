// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.net.Headers;
import dev.talea.net.HttpResponse;
import dev.talea.net.ResponseStream;
import dev.talea.reconcile.run.EvidenceFile;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file on its way to a reader: one piece is in memory at a time, and the next is read when the
 * connection takes it. One that cannot be read to its end ends with its connection, short of the
 * length that was said, so that it is not taken for a whole one.
 *
 * <p>Belongs to the event loop of the connection; pieces are read on other threads.
 */
final class Download {
  private static final Logger LOG = LoggerFactory.getLogger(Download.class);
  private static final int PIECE_BYTES = 256 * 1024;

  private final EvidenceFile file;
  private final Executor threads;
  private long position;
  private byte[] piece = new byte[0];
  private boolean reading;

  Download(EvidenceFile file, Executor threads) {
    this.file = file;
    this.threads = threads;
  }

  void to(Call call, Headers headers) {
    if (call.request().head().method().equals("HEAD")) {
      call.respond(HttpResponse.streamHead(200, headers));
      return;
    }
    ResponseStream out =
        call.exchange()
            .startStream(200, headers.with("Content-Length", Long.toString(file.bytes())));
    out.execute(() -> out.onWritable(() -> go(out)));
  }

  private void go(ResponseStream out) {
    if (reading || out.isClosed()) {
      return;
    }
    if (piece.length > 0) {
      if (!out.write(piece)) {
        return;
      }
      position += piece.length;
      piece = new byte[0];
    }
    if (position >= file.bytes()) {
      out.close();
      return;
    }
    reading = true;
    try {
      threads.execute(() -> read(out));
    } catch (RejectedExecutionException e) {
      out.cut(); // the daemon is stopping
    }
  }

  private void read(ResponseStream out) {
    byte[] found;
    try {
      found = file.piece(position, (int) Math.min(PIECE_BYTES, file.bytes() - position));
      if (found.length == 0) {
        throw new IOException("it has become shorter");
      }
    } catch (IOException | RuntimeException e) {
      LOG.error("a file of evidence could not be read to its end", e);
      out.cut();
      return;
    }
    out.execute(
        () -> {
          reading = false;
          piece = found;
          go(out);
        });
  }
}
