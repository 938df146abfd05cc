// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.thread;

import dev.talea.log.Log;
import dev.talea.log.LogAnchor;
import dev.talea.log.LogCursor;
import dev.talea.log.LogRecord;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.TreeHead;
import dev.talea.log.format.DurableReader;
import org.jspecify.annotations.Nullable;

/**
 * What the outside holds of an open log: its reader and its writer under one name. Has no logic of
 * its own.
 */
public final class OpenLog<R> implements Log<R> {

  private final DurableReader reader;
  private final LogWriter<R> writer;
  private final Runnable onClosed;

  OpenLog(DurableReader reader, LogWriter<R> writer, Runnable onClosed) {
    this.reader = reader;
    this.writer = writer;
    this.onClosed = onClosed;
  }

  @Override
  public boolean submit(R request, int weight, int bytes) {
    return writer.submit(request, weight, bytes);
  }

  @Override
  public int queuedWeight() {
    return writer.queuedWeight();
  }

  @Override
  public long queuedBytes() {
    return writer.queuedBytes();
  }

  @Override
  public @Nullable LogUnavailableException failure() {
    return writer.failure();
  }

  /** Starts what {@link #close} waits for. */
  public void beginClose() {
    writer.beginClose();
  }

  @Override
  public void close() {
    writer.close();
    onClosed.run();
  }

  /** For tests: whether the writer has a thread at the moment. */
  public boolean hasThread() {
    return writer.hasThread();
  }

  @Override
  public String name() {
    return reader.name();
  }

  @Override
  public long id() {
    return reader.id();
  }

  @Override
  public byte[] secret() {
    return reader.secret();
  }

  @Override
  public long durableSeq() {
    return reader.durableSeq();
  }

  @Override
  public long durableTime() {
    return reader.durableTime();
  }

  @Override
  public LogRecord record(long position) {
    return reader.record(position);
  }

  @Override
  public long positionOf(long seq) {
    return reader.positionOf(seq);
  }

  @Override
  public long commitTimeOf(long seq) {
    return reader.commitTimeOf(seq);
  }

  @Override
  public LogAnchor anchor(long seq) {
    return reader.anchor(seq);
  }

  @Override
  public long lastSeqAt(long micros) {
    return reader.lastSeqAt(micros);
  }

  @Override
  public LogCursor cursor(long fromSeq) {
    return reader.cursor(fromSeq);
  }

  @Override
  public TreeHead treeHead() {
    return reader.treeHead();
  }

  @Override
  public byte @Nullable [] subtree(long index) {
    return reader.subtree(index);
  }
}
