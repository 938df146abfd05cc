// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * Ends the process of a server whose heap has run out, with an exit code of its own. An allocation
 * that fails may fail anywhere, in the middle of anything; what goes on afterwards limps: a writer
 * that has stopped, an event loop that has lost a connection. The log recovers what was
 * acknowledged, so starting again is the better half.
 *
 * <p>There is no one place through which all errors go, so this listens at two: threads that die of
 * one, and whatever is logged, because those who catch everything (event loops, writers) log it.
 * The JVM's own switch for this cannot choose the code, and would also end those who embed a
 * ledger.
 *
 * <p>Any thread; nothing in here relies on getting memory.
 */
final class HeapGuard extends TurboFilter implements Thread.UncaughtExceptionHandler {
  private static final int CAUSES_MAX = 16;

  private final Thread.@Nullable UncaughtExceptionHandler others;
  private final FileOutputStream err = new FileOutputStream(FileDescriptor.err);
  private final byte[] words =
      ("talea: the heap ran out (exit code "
              + Main.HEAP_RAN_OUT
              + "). What was acknowledged is on disk; start it again, and give it more memory:"
              + " TALEA_JAVA_OPTS=-Xmx1g\n")
          .getBytes(StandardCharsets.UTF_8);

  private HeapGuard(Thread.@Nullable UncaughtExceptionHandler others) {
    this.others = others;
  }

  /** For the rest of the process's life; once. */
  static void install() {
    HeapGuard guard = new HeapGuard(Thread.getDefaultUncaughtExceptionHandler());
    Thread.setDefaultUncaughtExceptionHandler(guard);
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      guard.setContext(context);
      guard.start();
      context.addTurboFilter(guard);
    }
  }

  /** Whether it is the heap that ran out; other memory is short for a while, and refused. */
  static boolean isHeap(@Nullable Throwable failure) {
    Throwable each = failure;
    for (int i = 0; i < CAUSES_MAX && each != null; i++) {
      if (each instanceof OutOfMemoryError) {
        String message = each.getMessage();
        if (message == null
            || message.startsWith("Java heap space")
            || message.startsWith("GC overhead limit")) {
          return true;
        }
      }
      each = each.getCause();
    }
    return false;
  }

  @Override
  public void uncaughtException(Thread thread, Throwable failure) {
    endIfHeap(failure);
    if (others != null) {
      others.uncaughtException(thread, failure);
    } else {
      LoggerFactory.getLogger(HeapGuard.class)
          .error("The thread {} ended unexpectedly", thread.getName(), failure);
    }
  }

  @Override
  public FilterReply decide(
      @Nullable Marker marker,
      Logger logger,
      Level level,
      @Nullable String format,
      Object @Nullable [] params,
      @Nullable Throwable failure) {
    endIfHeap(failure);
    if (params != null
        && params.length > 0
        && params[params.length - 1] instanceof Throwable logged) {
      endIfHeap(logged);
    }
    return FilterReply.NEUTRAL;
  }

  private void endIfHeap(@Nullable Throwable failure) {
    if (!isHeap(failure)) {
      return;
    }
    try {
      err.write(words);
    } catch (IOException e) {
      // The exit code says it, too.
    } finally {
      // Not exit(): what would run then needs memory.
      Runtime.getRuntime().halt(Main.HEAP_RAN_OUT);
    }
  }
}
