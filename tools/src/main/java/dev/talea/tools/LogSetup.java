// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where log lines go: standard error, warnings only, unless a daemon asks for more. In code because
 * reading a configuration file would be a third of the time that a short command takes. Found by
 * logback as a service, which is why it is public.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {

  /**
   * From now on everything that a daemon has to tell is shown, and what libraries warn of.
   *
   * @param level of ours: trace, debug, info, warn or error
   */
  static void asDaemon(String level) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      Level wanted = Level.toLevel(level, Level.INFO);
      context.getLogger("dev.talea").setLevel(wanted);
      context
          .getLogger(Logger.ROOT_LOGGER_NAME)
          .setLevel(wanted.isGreaterOrEqual(Level.WARN) ? wanted : Level.WARN);
    }
  }

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0}: %msg%n");
    encoder.start();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    // A person at a terminal can do nothing about what a library finds remarkable.
    root.setLevel(Level.OFF);
    context.getLogger("dev.talea").setLevel(Level.WARN);
    root.addAppender(appender);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
