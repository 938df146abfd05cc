// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * A disk in front of another that can throw what a disk should not: errors of the runtime, in the
 * middle of a write.
 */
final class FaultyDisk {

  /** Called with a file about to be written; throws what it likes. */
  interface BeforeWrite {
    void write(DiskFile file) throws IOException;
  }

  private FaultyDisk() {}

  static Disk on(Disk disk, BeforeWrite before) {
    return proxy(
        Disk.class,
        disk,
        result -> result instanceof DiskFile file ? on(file, before) : result,
        method -> {});
  }

  private static DiskFile on(DiskFile file, BeforeWrite before) {
    return proxy(
        DiskFile.class,
        file,
        result -> result,
        method -> {
          if (method.getName().equals("write")) {
            before.write(file);
          }
        });
  }

  private interface Before {
    void call(Method method) throws IOException;
  }

  private interface After {
    Object result(Object result);
  }

  private static <T> T proxy(Class<T> type, T target, After after, Before before) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              before.call(method);
              try {
                return after.result(method.invoke(target, arguments));
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
