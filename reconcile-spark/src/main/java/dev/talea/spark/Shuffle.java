// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import java.util.Comparator;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.Partitioner;
import org.apache.spark.RangePartitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.ShuffledRDD;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;
import scala.math.Ordering;
import scala.math.Ordering$;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * Brings records that belong together to one place, in order: the one relational step of this
 * engine. Spark sorts them, and puts on its disks what does not fit.
 *
 * <p>Called by the thread of the run.
 */
final class Shuffle {
  private static final ClassTag<Rec> REC = ClassTag$.MODULE$.apply(Rec.class);
  private static final ClassTag<Boolean> VALUE = ClassTag$.MODULE$.apply(Boolean.class);
  private static final int SAMPLES = 40;

  private Shuffle() {}

  /** A record goes where it says. */
  private static final class Parts extends Partitioner {
    private static final long serialVersionUID = 1L;
    private final int parts;

    Parts(int parts) {
      this.parts = parts;
    }

    @Override
    public int numPartitions() {
      return parts;
    }

    @Override
    public int getPartition(Object key) {
      return Math.floorMod(((Rec) key).part, parts);
    }
  }

  private static Ordering<Rec> order() {
    Comparator<Rec> natural = Comparator.naturalOrder();
    return Ordering$.MODULE$.comparatorToOrdering(natural);
  }

  /** Sorted within each partition; a record says which one that is. */
  static JavaRDD<Rec> byPart(SparkJobs jobs, JavaRDD<Rec> records, int parts) {
    return sorted(jobs, keyed(records), new Parts(parts));
  }

  /** Sorted from the first partition to the last, wherever that puts them. */
  static JavaRDD<Rec> inOrder(SparkJobs jobs, JavaRDD<Rec> records, int parts) {
    JavaPairRDD<Rec, Boolean> keyed = keyed(records);
    if (parts == 1) {
      return sorted(jobs, keyed, new Parts(1));
    }
    // Where one partition ends and the next begins is found by looking at some records.
    Partitioner ranges =
        jobs.run(
            "ranges",
            () -> new RangePartitioner<>(parts, keyed.rdd(), true, SAMPLES, order(), REC));
    return sorted(jobs, keyed, ranges);
  }

  private static JavaPairRDD<Rec, Boolean> keyed(JavaRDD<Rec> records) {
    return records.mapToPair(rec -> new Tuple2<>(rec, true));
  }

  private static JavaRDD<Rec> sorted(
      SparkJobs jobs, JavaPairRDD<Rec, Boolean> keyed, Partitioner partitioner) {
    ShuffledRDD<Rec, Boolean, Boolean> shuffled =
        new ShuffledRDD<>(keyed.rdd(), partitioner, REC, VALUE, VALUE);
    shuffled.setSerializer(new RecSerializer());
    shuffled.setKeyOrdering(order());
    jobs.forgetLater(shuffled);
    return JavaPairRDD.fromRDD(shuffled, REC, VALUE).keys();
  }

  /** Looks at sorted records group by group. Used by the thread of a task. */
  static final class Groups {
    private final Iterator<Rec> records;
    private @Nullable Rec next;
    private @Nullable Rec group;

    Groups(Iterator<Rec> records) {
      this.records = records;
      next = records.hasNext() ? records.next() : null;
    }

    /** Goes on to the next group, passing over what is left of this one. */
    boolean nextGroup() {
      while (hasNext()) {
        var unused = next();
      }
      group = next;
      return group != null;
    }

    /** Whether the group has more records. */
    boolean hasNext() {
      Rec of = group;
      Rec ahead = next;
      return of != null && ahead != null && ahead.isOfGroup(of);
    }

    /** The record that comes next, which stays. */
    Rec peek() {
      Rec ahead = next;
      if (ahead == null) {
        throw new NoSuchElementException();
      }
      return ahead;
    }

    Rec next() {
      Rec found = next;
      if (found == null) {
        throw new NoSuchElementException();
      }
      next = records.hasNext() ? records.next() : null;
      return found;
    }
  }
}
