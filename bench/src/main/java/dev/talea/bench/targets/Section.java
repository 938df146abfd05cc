// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.targets;

import java.util.List;

/** Lines of the table that are measured together. Runs on the thread of the command. */
interface Section {

  /**
   * A line as it was asked for.
   *
   * @param name what is measured, a few words; unique in the table
   * @param asks the target
   */
  record Line(String name, String asks) {}

  /** A short name that {@code --only} looks for. */
  String id();

  /** All lines it answers for, in the order of the table. */
  List<Line> lines();

  /**
   * Measures, and hands over a target for each line and every result behind them.
   *
   * @throws Exception anything that keeps it from measuring; the lines not handed over by then are
   *     reported as not measured, with the reason
   */
  void measure(Run run) throws Exception;
}
