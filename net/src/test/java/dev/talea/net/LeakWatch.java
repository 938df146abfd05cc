// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * Fails a test class in which a network buffer was never released. The detector reports a lost
 * buffer when a later one is allocated after a garbage collection, so the end of the class makes
 * both happen.
 */
final class LeakWatch implements BeforeAllCallback, AfterAllCallback {
  private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();
  private static final int ROUNDS = 3;

  @Override
  public void beforeAll(ExtensionContext context) {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    Logger logger = (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
    logger.setLevel(Level.ERROR);
    if (logger.getAppender("leaks") == null) {
      AppenderBase<ILoggingEvent> appender =
          new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
              LEAKS.add(event.getFormattedMessage());
            }
          };
      appender.setName("leaks");
      appender.setContext(logger.getLoggerContext());
      appender.start();
      logger.addAppender(appender);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    for (int round = 0; round < ROUNDS; round++) {
      System.gc();
      ByteBufAllocator.DEFAULT.heapBuffer(16).release();
      ByteBufAllocator.DEFAULT.directBuffer(16).release();
    }
    Assertions.assertEquals(java.util.List.of(), java.util.List.copyOf(LEAKS), "leaked buffers");
  }
}
