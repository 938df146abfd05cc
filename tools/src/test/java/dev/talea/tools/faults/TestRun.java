// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools.faults;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.lang.reflect.Method;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * The program of a child JVM: runs test classes, or single methods ({@code Class#method}), one
 * after the other, and ends at the first of them that fails. Its lines that begin with {@code
 * [faults]} are read by {@link ChildRun}.
 */
public final class TestRun {
  private TestRun() {}

  /** Exit code 0: all passed; 1: a test failed, which is named. */
  public static void main(String[] arguments) {
    Launcher launcher = LauncherFactory.create();
    for (String argument : arguments) {
      LauncherDiscoveryRequest request =
          LauncherDiscoveryRequestBuilder.request()
              .selectors(argument.contains("#") ? method(argument) : selectClass(argument))
              .filters(
                  ClassNameFilter.includeClassNamePatterns(".*"), TagFilter.excludeTags("binary"))
              .build();
      Outcome outcome = new Outcome();
      launcher.execute(request, outcome);
      System.out.println(
          "[faults] " + argument + " passed " + outcome.passed + " failed " + outcome.failed);
      if (outcome.failed.get() > 0) {
        end(1);
      }
    }
    end(0);
  }

  /** By its name alone, as fuzz tests have parameters. */
  private static DiscoverySelector method(String argument) {
    String name = argument.substring(argument.indexOf('#') + 1);
    try {
      Class<?> type = Class.forName(argument.substring(0, argument.indexOf('#')));
      for (Method method : type.getDeclaredMethods()) {
        if (method.getName().equals(name)) {
          return selectMethod(type, method);
        }
      }
    } catch (ClassNotFoundException e) {
      // Told by the launcher, as a method that is not there.
    }
    return selectMethod(argument);
  }

  /** Threads of a test must not keep this JVM, but what stops its database server has to run. */
  private static void end(int code) {
    System.out.flush();
    Thread late =
        new Thread(
            () -> {
              try {
                TimeUnit.SECONDS.sleep(60);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              Runtime.getRuntime().halt(code);
            });
    late.setDaemon(true);
    late.start();
    System.exit(code);
  }

  private static final class Outcome implements TestExecutionListener {
    private final AtomicInteger passed = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
      System.out.println("[faults] SKIPPED " + test.getDisplayName() + ": " + reason);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      switch (result.getStatus()) {
        case SUCCESSFUL -> passed.addAndGet(test.isTest() ? 1 : 0);
        case ABORTED ->
            System.out.println(
                "[faults] SKIPPED "
                    + test.getDisplayName()
                    + ": "
                    + result.getThrowable().map(Throwable::getMessage).orElse(""));
        case FAILED -> {
          failed.incrementAndGet();
          System.out.println("[faults] FAILED " + test.getUniqueId());
          result.getThrowable().ifPresent(cause -> cause.printStackTrace(System.out));
        }
      }
    }
  }
}
