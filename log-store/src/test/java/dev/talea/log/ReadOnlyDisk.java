// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;

/**
 * A disk that can be looked at and nothing else: code that creates, writes, syncs, renames, deletes
 * or locks something on it fails the test. Stateless.
 */
public final class ReadOnlyDisk {
  private static final Set<String> LOOKS =
      Set.of("exists", "list", "openForReading", "identity", "names", "realPath");
  private static final Set<String> READS = Set.of("size", "read", "map", "close");

  private ReadOnlyDisk() {}

  /** What lies on a disk, to be looked at. */
  public static Disk of(Disk disk) {
    return only(Disk.class, disk, LOOKS);
  }

  private static <T> T only(Class<T> type, Object target, Set<String> allowed) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              if (!allowed.contains(method.getName())) {
                throw new AssertionError("a look called " + method);
              }
              try {
                Object result = method.invoke(target, arguments);
                return result instanceof DiskFile file ? only(DiskFile.class, file, READS) : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
