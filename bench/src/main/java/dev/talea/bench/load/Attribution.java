// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import dev.talea.bench.load.Cause.Kind;
import dev.talea.bench.report.Waits;
import dev.talea.bench.report.Waits.Wait;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Tells what slow requests waited for, from what is known to have happened meanwhile.
 *
 * <p>Every nanosecond of a request goes to one cause: of those that coincide to the first in the
 * order of {@link Kind}; if that took only a share of the time, the rest goes to the next. What is
 * left is unknown, or work. The time before a request was sent, because no connection was free,
 * goes to what took most of the time since connections ran out: while a backlog is worked off,
 * requests come too late that were due when the reason for it was over.
 *
 * <p>Immutable. That two things happened at the same time does not prove that one waited for the
 * other; it is what can be known from outside.
 */
final class Attribution {
  static final String UNKNOWN = "unknown, or work";

  private static final long BUCKET_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Less of a request's time explains nothing, and is not worth a word. */
  private static final double WORTH_A_WORD = 0.05;

  private final Map<Long, List<Cause>> byTime = new HashMap<>();

  Attribution(List<Cause> causes) {
    for (Cause cause : causes) {
      long last = bucket(cause.toNanos());
      for (long bucket = bucket(cause.fromNanos()); bucket <= last; bucket++) {
        byTime.computeIfAbsent(bucket, unused -> new ArrayList<>()).add(cause);
      }
    }
  }

  private static long bucket(long nanos) {
    return Math.floorDiv(nanos, BUCKET_NANOS);
  }

  /** The parts of a request: words for a cause, nanoseconds, and an example of it. */
  private record Part(String words, long nanos, String detail) {}

  /** For one request: what it waited for, longest first, in words. Empty if nothing is known. */
  String words(Outcome.Late late) {
    List<String> words = new ArrayList<>();
    for (Part part : parts(late)) {
      boolean known = !part.words().equals(UNKNOWN);
      if (known && part.nanos() > late.latencyNanos() * WORTH_A_WORD) {
        String detail = part.detail().isEmpty() ? "" : ", " + part.detail();
        words.add(part.words() + detail + ", " + Words.nanos(part.nanos()));
      }
    }
    return String.join("; ", words);
  }

  /** For all that are beyond a percentile. */
  Waits waits(double percentile, long boundNanos, List<Outcome.Late> beyond) {
    Map<String, long[]> sums = new LinkedHashMap<>();
    long all = 0;
    for (Outcome.Late late : beyond) {
      List<Part> parts = parts(late);
      for (Part part : parts) {
        sums.computeIfAbsent(part.words(), unused -> new long[2])[1] += part.nanos();
        all += part.nanos();
      }
      if (!parts.isEmpty()) {
        sums.computeIfAbsent(parts.get(0).words(), unused -> new long[2])[0]++;
      }
    }
    List<Wait> waits = new ArrayList<>();
    for (Map.Entry<String, long[]> sum : sums.entrySet()) {
      long[] numbers = sum.getValue();
      waits.add(new Wait(sum.getKey(), numbers[0], numbers[1] / (double) Math.max(1, all)));
    }
    waits.sort(Comparator.comparingDouble(Wait::share).reversed());
    return new Waits(percentile, boundNanos, beyond.size(), waits);
  }

  /** Longest first; together as long as the request. */
  private List<Part> parts(Outcome.Late late) {
    long sent = late.sentNanos();
    long answered = late.intendedNanos() + late.latencyNanos();
    List<Part> parts = new ArrayList<>(over(sent, answered));
    long unsent = sent - late.intendedNanos();
    if (unsent > 0) {
      add(parts, queueing(late, unsent));
    }
    parts.sort(Comparator.comparingLong(Part::nanos).reversed());
    return parts;
  }

  private static void add(List<Part> parts, Part more) {
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      if (part.words().equals(more.words())) {
        parts.set(i, new Part(part.words(), part.nanos() + more.nanos(), part.detail()));
        return;
      }
    }
    parts.add(more);
  }

  private Part queueing(Outcome.Late late, long unsent) {
    if (late.queueSinceNanos() == 0) {
      // All connections were free, and yet it was not sent when it was due.
      List<Part> own = over(late.intendedNanos(), late.sentNanos());
      return new Part(own.get(0).words(), unsent, own.get(0).detail());
    }
    Part reason = over(late.queueSinceNanos(), late.sentNanos()).get(0);
    return new Part("a free connection, behind " + reason.words(), unsent, reason.detail());
  }

  /** Divides a time among its causes, longest first; never empty. */
  private List<Part> over(long from, long to) {
    List<Cause> causes = during(from, to);
    long[] edges = edges(causes, from, to);
    Map<Kind, Long> sums = new HashMap<>();
    Map<Kind, String> details = new HashMap<>();
    Map<Kind, Long> longest = new HashMap<>();
    double known = 0;
    for (int i = 0; i + 1 < edges.length; i++) {
      double left = 1;
      long length = edges[i + 1] - edges[i];
      for (Cause cause : causes) {
        if (length > 0 && left > 0 && cause.overlaps(edges[i], edges[i + 1])) {
          double taken = Math.min(left, cause.share());
          left -= taken;
          known += taken * length;
          sums.merge(cause.kind(), (long) (taken * length), Long::sum);
        }
      }
    }
    for (Cause cause : causes) {
      long common = Math.min(to, cause.toNanos()) - Math.max(from, cause.fromNanos());
      if (common > longest.getOrDefault(cause.kind(), 0L)) {
        longest.put(cause.kind(), common);
        details.put(cause.kind(), cause.detail());
      }
    }
    List<Part> parts = new ArrayList<>();
    parts.add(new Part(UNKNOWN, Math.max(0, to - from - Math.round(known)), ""));
    sums.forEach(
        (kind, nanos) ->
            parts.add(new Part(kind.toString(), nanos, details.getOrDefault(kind, ""))));
    parts.sort(Comparator.comparingLong(Part::nanos).reversed());
    return parts;
  }

  /** In the order in which they are believed. */
  private List<Cause> during(long from, long to) {
    List<Cause> causes = new ArrayList<>();
    long first = bucket(from);
    for (long bucket = first; bucket <= bucket(to); bucket++) {
      for (Cause cause : byTime.getOrDefault(bucket, List.of())) {
        // One that spans buckets is taken from the first of them only.
        boolean isFirst = bucket == Math.max(first, bucket(cause.fromNanos()));
        if (isFirst && cause.overlaps(from, to)) {
          causes.add(cause);
        }
      }
    }
    causes.sort(Comparator.comparing(Cause::kind));
    return causes;
  }

  /** All moments at which a cause begins or ends. */
  private static long[] edges(List<Cause> causes, long from, long to) {
    long[] edges = new long[2 * causes.size() + 2];
    int next = 0;
    edges[next++] = from;
    edges[next++] = to;
    for (Cause cause : causes) {
      edges[next++] = Math.max(from, cause.fromNanos());
      edges[next++] = Math.min(to, cause.toNanos());
    }
    Arrays.sort(edges);
    return edges;
  }
}
