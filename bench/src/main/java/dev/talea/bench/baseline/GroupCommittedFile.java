// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.baseline;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Group commit and nothing else: callers leave bytes, one thread takes all that is there, writes
 * them in one piece into a {@link RawFile}, and answers all callers once they are on disk. What a
 * ledger adds to this is the ledger's cost.
 *
 * <p>Any thread may call; the thread of this object owns the file.
 */
public final class GroupCommittedFile implements AutoCloseable {
  private static final int GROUP_BYTES_MAX = 1 << 20;

  /** What one caller waits for, and who left bytes before it. */
  private static final class Waiting {
    final byte[] bytes;
    final CompletableFuture<Void> answer;
    final @Nullable Waiting next;

    Waiting(byte[] bytes, CompletableFuture<Void> answer, @Nullable Waiting next) {
      this.bytes = bytes;
      this.answer = answer;
      this.next = next;
    }
  }

  private final RawFile file;
  private final AtomicReference<@Nullable Waiting> newest = new AtomicReference<>();
  private final ByteBuffer group = ByteBuffer.allocateDirect(GROUP_BYTES_MAX);
  private final Thread writer = new Thread(this::write, "bench-bare-writer");
  private volatile boolean parked;
  private volatile boolean closed;

  /** Takes over the file, which it closes with itself. */
  public GroupCommittedFile(RawFile file) {
    this.file = file;
    writer.setDaemon(true);
    writer.start();
  }

  /** Completes once the bytes are on disk. */
  public CompletableFuture<Void> commit(byte[] bytes) {
    CompletableFuture<Void> answer = new CompletableFuture<>();
    Waiting before = newest.get();
    while (!newest.compareAndSet(before, new Waiting(bytes, answer, before))) {
      before = newest.get();
    }
    if (parked) {
      LockSupport.unpark(writer);
    }
    return answer;
  }

  private void write() {
    while (true) {
      Waiting taken = newest.getAndSet(null);
      if (taken != null) {
        commit(inOrder(taken));
      } else if (closed) {
        return;
      } else {
        parked = true;
        if (newest.get() == null && !closed) {
          LockSupport.park(this);
        }
        parked = false;
      }
    }
  }

  private static List<Waiting> inOrder(Waiting newest) {
    List<Waiting> all = new ArrayList<>();
    for (Waiting one = newest; one != null; one = one.next) {
      all.add(one);
    }
    Collections.reverse(all);
    return all;
  }

  private void commit(List<Waiting> all) {
    int answered = 0;
    try {
      for (int i = 0; i < all.size(); i++) {
        if (group.remaining() < all.get(i).bytes.length) {
          file.commit(group.flip());
          group.clear();
          answered = answer(all, answered, i);
        }
        group.put(all.get(i).bytes);
      }
      file.commit(group.flip());
      group.clear();
      answer(all, answered, all.size());
    } catch (IOException e) {
      for (Waiting one : all.subList(answered, all.size())) {
        one.answer.completeExceptionally(e);
      }
    }
  }

  private static int answer(List<Waiting> all, int from, int to) {
    for (Waiting one : all.subList(from, to)) {
      one.answer.complete(null);
    }
    return to;
  }

  @Override
  public void close() throws IOException {
    closed = true;
    LockSupport.unpark(writer);
    try {
      writer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    file.close();
  }
}
