// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

/** The process of a run of {@link ToyForms}. */
final class ToyChild {
  private ToyChild() {}

  public static void main(String[] arguments) {
    RunChild.main(new ToyForms(), arguments);
  }
}
