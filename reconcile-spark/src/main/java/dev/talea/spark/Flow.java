// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;

/**
 * What a task hands on, made piece by piece while it is taken: a task holds no more than one piece.
 * It ends when the job was cancelled, which Spark only asks for. Used by the thread of a task.
 */
abstract class Flow<T> implements Iterator<T> {
  private final ArrayDeque<T> ready = new ArrayDeque<>();
  private boolean ended;

  /** Makes some more, perhaps nothing, and says whether there may be more. */
  protected abstract boolean advance();

  protected final void give(T value) {
    ready.add(value);
  }

  @Override
  public final boolean hasNext() {
    while (ready.isEmpty() && !ended) {
      ended = !advance();
    }
    return !ready.isEmpty();
  }

  @Override
  public final T next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return ready.remove();
  }

  /** Throws if the task was told to end. */
  static void goOn() {
    TaskContext context = TaskContext.get();
    if (context != null && context.isInterrupted()) {
      throw new TaskKilledException("the run was cancelled");
    }
  }
}
