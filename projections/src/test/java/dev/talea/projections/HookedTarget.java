// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A target in which a test stands in the way: before each statement and each commit of transactions
 * that write, a hook is called, which may wait, or throw as a connection does that is cut off.
 */
public final class HookedTarget implements ProjectionTarget {
  private final ProjectionTarget real;
  private final Hook hook;

  /** How many statements and commits have been asked for. */
  final AtomicLong calls = new AtomicLong();

  public interface Hook {
    /** Called before the how manieth, from 1, with the name of the method of JDBC. */
    void before(long call, String method) throws SQLException;
  }

  public HookedTarget(ProjectionTarget real, Hook hook) {
    this.real = real;
    this.hook = hook;
  }

  /** What a driver throws whose connection is gone. */
  public static SQLException cutOff() {
    return new SQLTransientConnectionException("cut off by the test", "08006");
  }

  @Override
  public Dialect dialect() {
    return real.dialect();
  }

  @Override
  public Connection write() throws SQLException {
    return hooked(Connection.class, real.write());
  }

  private <T> T hooked(Class<T> type, T of) {
    Object proxy =
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              String name = method.getName();
              if (name.startsWith("execute") || name.equals("commit")) {
                hook.before(calls.incrementAndGet(), name);
              }
              try {
                Object answer = method.invoke(of, arguments);
                if (answer instanceof PreparedStatement statement) {
                  return hooked(PreparedStatement.class, statement);
                }
                return answer instanceof Statement statement
                    ? hooked(Statement.class, statement)
                    : answer;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
    return type.cast(proxy);
  }

  @Override
  public Connection read() throws SQLException {
    return real.read();
  }

  @Override
  public boolean mayPass(SQLException failure) {
    return "08006".equals(failure.getSQLState()) || real.mayPass(failure);
  }

  @Override
  public String toString() {
    return real.toString();
  }

  @Override
  public void close() {
    real.close();
  }
}
