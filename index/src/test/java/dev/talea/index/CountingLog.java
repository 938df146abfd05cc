// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.log.LogAnchor;
import dev.talea.log.LogCursor;
import dev.talea.log.LogReader;
import dev.talea.log.LogRecord;
import dev.talea.log.TreeHead;
import org.jspecify.annotations.Nullable;

/** A log that counts how many records are read from it one by one. */
class CountingLog implements LogReader {
  private final LogReader log;
  private int records;

  CountingLog(LogReader log) {
    this.log = log;
  }

  /** Records read since the last call. */
  int takeCount() {
    int count = records;
    records = 0;
    return count;
  }

  @Override
  public LogRecord record(long position) {
    records++;
    return log.record(position);
  }

  @Override
  public String name() {
    return log.name();
  }

  @Override
  public long id() {
    return log.id();
  }

  @Override
  public byte[] secret() {
    return log.secret();
  }

  @Override
  public long durableSeq() {
    return log.durableSeq();
  }

  @Override
  public long durableTime() {
    return log.durableTime();
  }

  @Override
  public long positionOf(long seq) {
    return log.positionOf(seq);
  }

  @Override
  public long commitTimeOf(long seq) {
    return log.commitTimeOf(seq);
  }

  @Override
  public LogAnchor anchor(long seq) {
    return log.anchor(seq);
  }

  @Override
  public long lastSeqAt(long micros) {
    return log.lastSeqAt(micros);
  }

  @Override
  public LogCursor cursor(long fromSeq) {
    return log.cursor(fromSeq);
  }

  @Override
  public TreeHead treeHead() {
    return log.treeHead();
  }

  @Override
  public byte @Nullable [] subtree(long index) {
    return log.subtree(index);
  }
}
