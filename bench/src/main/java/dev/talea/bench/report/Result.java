// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One measurement.
 *
 * <p>Results with the same scenario share a plot, and those of them with the same name a line in
 * it: the points of that line differ in {@link #CONNECTIONS}. Immutable, as long as the histogram
 * that it was given is not changed.
 *
 * @param name of the line, such as {@code talea} or {@code bare Netty server}
 * @param scenario what was done, such as {@code post-one-book}
 * @param parameters what a person has to set to measure the same again, in the order to show them
 * @param unit what is counted, in the plural, such as {@code transactions}
 * @param operations how many of them were completed well in the time that counts
 * @param seconds the time that counts
 * @param errors how many answers or failures there were of each status, such as {@code 429} or
 *     {@code cut}
 * @param latency of what was completed well, in nanoseconds; null if it was not measured
 * @param series slices of the measurement in order of time; may be empty
 * @param waits what the slowest waited for, by percentile; empty also if it is not known
 * @param pauses of the server's virtual machine; empty also if they are not known
 * @param verification null if there was nothing to verify
 */
public record Result(
    String name,
    String scenario,
    Map<String, String> parameters,
    String unit,
    long operations,
    double seconds,
    SortedMap<String, Long> errors,
    @Nullable Histogram latency,
    List<Interval> series,
    List<Slow> slowest,
    List<Waits> waits,
    List<Pause> pauses,
    List<Figure> figures,
    @Nullable Verification verification) {

  /** The parameter that tells the points of a line apart: how many callers there were. */
  public static final String CONNECTIONS = "connections";

  public Result {
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    errors = Collections.unmodifiableSortedMap(new TreeMap<>(errors));
    series = List.copyOf(series);
    slowest = List.copyOf(slowest);
    waits = List.copyOf(waits);
    pauses = List.copyOf(pauses);
    figures = List.copyOf(figures);
  }

  /** Operations a second. */
  public double perSecond() {
    return seconds == 0 ? 0 : operations / seconds;
  }

  /** Starts one; a name and a scenario are all that every result has. */
  public static Builder named(String name, String scenario) {
    return new Builder(name, scenario);
  }

  /** Collects the parts of a result. For one thread. */
  public static final class Builder {
    private final String name;
    private final String scenario;
    private final Map<String, String> parameters = new LinkedHashMap<>();
    private final SortedMap<String, Long> errors = new TreeMap<>();
    private final List<Figure> figures = new ArrayList<>();
    private String unit = "operations";
    private long operations;
    private double seconds;
    private @Nullable Histogram latency;
    private List<Interval> series = List.of();
    private List<Slow> slowest = List.of();
    private List<Waits> waits = List.of();
    private List<Pause> pauses = List.of();
    private @Nullable Verification verification;

    private Builder(String name, String scenario) {
      this.name = name;
      this.scenario = scenario;
    }

    /** Adds a parameter. */
    public Builder parameter(String parameter, Object value) {
      parameters.put(parameter, value.toString());
      return this;
    }

    /**
     * What was completed.
     *
     * @param unit in the plural
     * @param seconds the time that counts, above 0
     */
    public Builder throughput(long operations, String unit, double seconds) {
      this.operations = operations;
      this.unit = unit;
      this.seconds = seconds;
      return this;
    }

    /** Adds to the count of a status. */
    public Builder errors(String status, long count) {
      errors.merge(status, count, Long::sum);
      return this;
    }

    /** Latencies in nanoseconds; not copied. */
    public Builder latency(Histogram histogram) {
      this.latency = histogram;
      return this;
    }

    public Builder series(List<Interval> intervals) {
      this.series = intervals;
      return this;
    }

    public Builder slowest(List<Slow> requests) {
      this.slowest = requests;
      return this;
    }

    public Builder waits(List<Waits> all) {
      this.waits = all;
      return this;
    }

    public Builder pauses(List<Pause> all) {
      this.pauses = all;
      return this;
    }

    /** Adds a number beside the result. */
    public Builder figure(String figure, double value, String itsUnit) {
      figures.add(new Figure(figure, value, itsUnit));
      return this;
    }

    public Builder verification(@Nullable Verification outcome) {
      this.verification = outcome;
      return this;
    }

    public Result build() {
      return new Result(
          name,
          scenario,
          parameters,
          unit,
          operations,
          seconds,
          errors,
          latency,
          series,
          slowest,
          waits,
          pauses,
          figures,
          verification);
    }
  }
}
