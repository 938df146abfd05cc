// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

/** Where a process that matches begins. */
public final class StandardChild {
  private StandardChild() {}

  /** Does the run whose folder is the argument. */
  public static void main(String[] arguments) {
    RunChild.main(new StandardForms(), arguments);
  }
}
