// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The one place that knows why a store, or a book of it, takes no writes. Writers and openings tell
 * it; listings, metrics, readiness and the log read it, so that all of them say the same.
 *
 * <p>Apart from the stores because all of them have the same to tell. Holds an entry per book in
 * trouble and none for the others; only books that exist may be told of, or a client could fill it
 * with names.
 *
 * <p>Any thread. {@link #up} costs one read of an empty map while all is well, so a writer may call
 * it after every group.
 */
public final class StoreHealth {

  /** Is told of every change, on the thread that caused it, in no particular order. */
  public interface Listener {
    /**
     * @param book the book; null for the whole store
     * @param now why it takes no writes; null if it takes them again
     */
    void changed(@Nullable String book, @Nullable Outage now);
  }

  private final Listener listener;
  private final ConcurrentMap<String, Outage> books = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, String> damaged = new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable Outage> store = new AtomicReference<>();

  /**
   * @param listener writes the log line, see {@link HealthLines}; exceptions of its own are the
   *     caller's to see
   */
  public StoreHealth(Listener listener) {
    this.listener = listener;
  }

  /**
   * A book takes no writes. Told to the listener if it is news: another cause or another reason.
   */
  public void down(String book, Outage why) {
    if (!why.equals(books.put(book, why))) {
      listener.changed(book, why);
    }
  }

  /** A book takes writes. */
  public void up(String book) {
    if (!books.isEmpty() && books.remove(book) != null) {
      listener.changed(book, null);
    }
  }

  /** The whole store takes no writes. */
  public void down(Outage why) {
    if (!why.equals(store.getAndSet(why))) {
      listener.changed(null, why);
    }
  }

  /** The store as a whole takes writes; single books may not. */
  public void up() {
    if (store.get() != null && store.getAndSet(null) != null) {
      listener.changed(null, null);
    }
  }

  /** Why a book takes no writes, be it the book's trouble or the whole store's; null if it does. */
  public @Nullable Outage of(String book) {
    Outage all = store.get();
    return all != null ? all : books.get(book);
  }

  /**
   * Something that a book holds is not what was written, though the book goes on as far as it can.
   *
   * @param what for clients: without paths of the server
   */
  public void damaged(String book, String what) {
    damaged.put(book, what);
  }

  /** All that a book holds is what was written, as far as it has been looked at. */
  public void undamaged(String book) {
    damaged.remove(book);
  }

  /** How many books hold something that is not what was written, and were not closed for it. */
  public int booksDamaged() {
    return damaged.size();
  }

  /** What is wrong with a book, whether it takes writes or not, for clients; null if nothing is. */
  public @Nullable String wrong(String book) {
    Outage outage = of(book);
    return outage == null ? damaged.get(book) : outage.reason();
  }

  /** What is wrong with the whole store; null if nothing is. */
  public @Nullable Outage ofStore() {
    return store.get();
  }

  /** How many books have trouble of their own. */
  public int booksDown() {
    return books.size();
  }

  /** How many books have trouble of their own of this kind. */
  public int booksDown(Outage.Cause cause) {
    int count = 0;
    for (Outage outage : books.values()) {
      if (outage.cause() == cause) {
        count++;
      }
    }
    return count;
  }

  /** The books with trouble of their own, as they are now. */
  public Map<String, Outage> books() {
    return Map.copyOf(books);
  }

  /** For the log. */
  @Override
  public String toString() {
    Outage all = store.get();
    if (all != null) {
      return "takes no writes (" + all.cause().label() + ")";
    }
    StringBuilder text = new StringBuilder();
    Arrays.stream(Outage.Cause.values())
        .filter(cause -> booksDown(cause) > 0)
        .forEach(
            cause ->
                text.append(text.length() == 0 ? "" : ", ")
                    .append(booksDown(cause))
                    .append(" unavailable (")
                    .append(cause.label())
                    .append(')'));
    return text.length() == 0 ? "well" : text.toString();
  }
}
