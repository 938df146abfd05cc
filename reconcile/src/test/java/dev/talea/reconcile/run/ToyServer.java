// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/**
 * A process that owns the folder it is given, begins a run that hangs, says the id of the process
 * that works on it, and then waits to be killed.
 */
final class ToyServer {
  private ToyServer() {}

  public static void main(String[] arguments) throws Exception {
    Toy toy = new Toy(Path.of(arguments[0]));
    toy.begin("hang");
    toy.await(() -> ProcessHandle.current().children().findAny().isPresent());
    toy.await(() -> toy.progressOf(1).contains("match"));
    System.out.println(ProcessHandle.current().children().findAny().orElseThrow().pid());
    new CountDownLatch(1).await();
  }
}
