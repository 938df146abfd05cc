// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.report;

import java.util.ArrayList;
import java.util.List;

/**
 * One run of a bench: where it ran, what was measured, and how that compares with what was asked.
 *
 * <p>Immutable; any thread may read.
 *
 * @param title what a person called the run
 * @param targets empty if the run was not about targets
 */
public record Report(String title, Machine machine, List<Result> results, List<Target> targets) {

  public Report {
    results = List.copyOf(results);
    targets = List.copyOf(targets);
  }

  /**
   * Puts runs together for one page. The machine is the first one's: runs of different machines
   * must not be compared, so they are refused.
   *
   * @throws IllegalArgumentException if there is none, or two ran on different machines
   */
  public static Report merge(String title, List<Report> reports) {
    if (reports.isEmpty()) {
      throw new IllegalArgumentException("there is no report to merge");
    }
    Machine machine = reports.get(0).machine();
    List<Result> results = new ArrayList<>();
    List<Target> targets = new ArrayList<>();
    for (Report report : reports) {
      if (!report.machine().isSameMachine(machine)) {
        throw new IllegalArgumentException(
            "reports of different machines do not belong on one page: "
                + machine.summary()
                + " and "
                + report.machine().summary());
      }
      results.addAll(report.results());
      targets.addAll(report.targets());
    }
    return new Report(title, machine, results, targets);
  }
}
