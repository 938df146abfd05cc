// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import static java.util.Objects.requireNonNull;

import dev.talea.ledger.Event;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.projection.WebhookView;
import dev.talea.projections.EventSource;
import dev.talea.projections.work.Turns;
import java.io.IOException;
import java.net.URI;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One receiver and the books that may have something for it: sends one event, writes down that it
 * was delivered and moves the position in one transaction, then the next. So an event that was
 * delivered and not written down is delivered again, with the same id, and none is passed over.
 *
 * <p>What has failed holds up all that is behind it, in every book. A worker of the engine runs one
 * turn at a time; any thread may wake it.
 */
final class WebhookLane {
  private static final Logger LOG = LoggerFactory.getLogger(WebhookLane.class);

  /** Then others have their turn. */
  private static final int TURN_DELIVERIES = 50;

  private static final int GONE = 410;

  /** What comes of looking at a page. */
  private enum Next {
    /** There may be more. */
    GO_ON,
    /** The receiver is not as it was: begin anew with what is in the table now. */
    LOOK_AGAIN,
    /** Not now. */
    STOP
  }

  /**
   * What lies behind a position.
   *
   * @param message null if the receiver does not want it
   */
  private record Due(long seq, @Nullable Supplier<WebhookMessage> message) {}

  /** What came of an attempt. */
  private record Result(
      WebhookView.Attempt attempt, @Nullable Duration retryAfter, boolean forGood) {}

  private final Host host;
  private final String id;

  /** Books that may have events behind the position. */
  private final Set<String> books = ConcurrentHashMap.newKeySet();

  private final Turns turns;

  /** As the keeper saw it last. */
  private volatile WebhookCatalog.Row seen;

  /** The keeper's: it has looked at all books for this receiver. */
  private boolean looked;

  private int delivered;

  /** What a lane needs of the engine. */
  interface Host {
    WebhookEngine.Settings settings();

    WebhookCatalog catalog();

    EventSource source();

    WebhookSender sender();

    Instant now();

    double chance();

    long nanos();

    void submit(Runnable task);

    /** Whether the lease is this process's, as far as is known. */
    boolean owns();

    boolean stopping();

    /** It may be another's. */
    void doubtLease();

    void count(boolean delivered);
  }

  WebhookLane(Host host, WebhookCatalog.Row row) {
    this.host = host;
    this.id = row.webhook().id();
    this.seen = row;
    this.turns = new Turns(host::submit, this::turn);
  }

  WebhookCatalog.Row seen() {
    return seen;
  }

  /** Whether all books have to be looked at: nothing was yet, or a person has changed something. */
  boolean isNewOrChanged(WebhookCatalog.Row row) {
    return !looked || row.revision() != seen.revision();
  }

  /**
   * The receiver as it stands in the table now; by the keeper.
   *
   * @param more books that may have something for it
   */
  void seen(WebhookCatalog.Row row, List<String> more) {
    looked = true;
    seen = row;
    more.forEach(this::add);
    if (!books.isEmpty() && isDue(row)) {
      turns.wake();
    }
  }

  private boolean isDue(WebhookCatalog.Row row) {
    Instant next = row.webhook().nextAttemptAt();
    return row.webhook().active() && (next == null || !next.isAfter(host.now()));
  }

  /** A book has, or may have, new events. */
  void news(String book) {
    if (add(book) && isDue(seen)) {
      turns.wake();
    }
  }

  private boolean add(String book) {
    if (!seen.webhook().wantsBook(book)) {
      return false;
    }
    books.add(book);
    return true;
  }

  private boolean turn() {
    try {
      return host.owns() && !host.stopping() && takeTurn();
    } catch (SQLException e) {
      // The keeper wakes it again, while there is something left for it.
      LOG.debug("webhook {} cannot be gone on with at present", id, e);
    } catch (LedgerException e) {
      LOG.debug("events for webhook {} cannot be read at present", id, e);
    } catch (RuntimeException | Error e) {
      LOG.error("Webhook {} has a fault of ours, and is tried again", id, e);
    }
    return false;
  }

  /** Returns whether there may be more. */
  private boolean takeTurn() throws SQLException {
    WebhookCatalog.Row row =
        host.catalog()
            .reading(connection -> Optional.ofNullable(host.catalog().find(connection, id)))
            .orElse(null);
    if (row == null || !isDue(row)) {
      return false;
    }
    delivered = 0;
    while (delivered < TURN_DELIVERIES) {
      String book = row.failingBook();
      if (book == null) {
        book = books.stream().findAny().orElse(null);
      }
      if (book == null) {
        return false;
      }
      Next next = advance(row, book);
      if (next != Next.GO_ON) {
        return next == Next.LOOK_AGAIN;
      }
      if (row.failingBook() != null) {
        return true; // it went through: look at the row that has forgotten the failure
      }
    }
    return true;
  }

  /** Sends what a page of the book has for this receiver. */
  private Next advance(WebhookCatalog.Row row, String book) throws SQLException {
    books.remove(book); // before looking, so that what comes meanwhile puts it back
    if (!row.webhook().wantsBook(book)) {
      return Next.GO_ON;
    }
    boolean atEnd = false;
    try {
      WebhookCatalog catalog = host.catalog();
      Long position =
          catalog
              .reading(connection -> Optional.ofNullable(catalog.position(connection, row, book)))
              .orElse(null);
      if (position == null) {
        return Next.LOOK_AGAIN;
      }
      List<Due> due;
      try {
        due =
            book.equals(WebhookNotice.BOOK) ? notices(row, position) : events(row, book, position);
      } catch (LedgerException e) {
        if (e.error() instanceof LedgerError.CursorBeyondEnd end) {
          stand(row, book, position, end.lastSeq());
          return Next.STOP;
        }
        throw e;
      }
      if (due.isEmpty()) {
        atEnd = true;
        return row.failingBook() == null ? Next.GO_ON : forgetFailure();
      }
      return send(row, book, position, due);
    } finally {
      if (!atEnd) {
        books.add(book);
      }
    }
  }

  /** What a book has behind a position. */
  private List<Due> events(WebhookCatalog.Row row, String book, long position) {
    List<Event> events =
        host.source()
            .events(book, position, host.settings().pageEvents(), host.settings().pageBytes());
    if (!events.isEmpty() && events.get(0).seq() != position + 1) {
      throw new IllegalStateException(
          "Events of book '%s' after seq %d begin with seq %d."
              .formatted(book, position, events.get(0).seq()));
    }
    List<Due> due = new ArrayList<>();
    for (Event event : events) {
      boolean wanted = row.webhook().selection().wants(event);
      due.add(new Due(event.seq(), wanted ? () -> WebhookMessage.of(book, event) : null));
    }
    return due;
  }

  /** Old ones are dropped, so that their numbers have gaps. */
  private List<Due> notices(WebhookCatalog.Row row, long position) throws SQLException {
    WebhookCatalog catalog = host.catalog();
    List<Due> due = new ArrayList<>();
    for (WebhookNotice notice :
        catalog.reading(
            connection -> catalog.notices(connection, position, host.settings().pageEvents()))) {
      boolean wanted = row.webhook().wants(notice);
      due.add(new Due(notice.number(), wanted ? notice::message : null));
    }
    return due;
  }

  /** What had failed is not there any more: it was sent by another, or passed over. */
  private Next forgetFailure() throws SQLException {
    host.catalog()
        .inTransaction(
            connection -> {
              host.catalog().delivered(connection, id);
              return true;
            });
    return Next.LOOK_AGAIN;
  }

  private Next send(WebhookCatalog.Row row, String book, long start, List<Due> due)
      throws SQLException {
    long position = start;
    for (Due each : due) {
      Supplier<WebhookMessage> message = each.message();
      if (message == null) {
        continue;
      }
      if (!host.owns() || host.stopping() || delivered >= TURN_DELIVERIES) {
        return host.stopping() ? Next.STOP : Next.LOOK_AGAIN;
      }
      delivered++;
      Result result = attempt(row, book, each.seq(), message.get());
      if (result == null) {
        return Next.STOP;
      }
      if (result.attempt.error() != null) {
        writeFailure(row, result);
        return Next.STOP;
      }
      if (!writeDelivery(row, result.attempt, position)) {
        return Next.LOOK_AGAIN;
      }
      position = each.seq();
      if (row.failingBook() != null) {
        return Next.LOOK_AGAIN;
      }
    }
    long last = due.get(due.size() - 1).seq();
    return last == position || passOver(book, position, last) ? Next.GO_ON : Next.LOOK_AGAIN;
  }

  /** Moves behind events that it does not want, so that they are not read at every start. */
  private boolean passOver(String book, long from, long to) throws SQLException {
    WebhookCatalog catalog = host.catalog();
    boolean moved =
        catalog.inTransaction(
            connection -> {
              if (catalog.hold(connection, id)
                  && catalog.move(connection, id, book, from, to, host.settings().owner())) {
                return true;
              }
              connection.rollback();
              return false;
            });
    if (!moved) {
      host.doubtLease();
    }
    return moved;
  }

  /** Returns null if it was broken off because everything stops. */
  private @Nullable Result attempt(
      WebhookCatalog.Row row, String book, long seq, WebhookMessage message) {
    Instant at = host.now();
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("webhook-id", message.id());
    headers.put("webhook-timestamp", "" + at.getEpochSecond());
    headers.put("webhook-signature", signatures(row, message, at));
    long begun = host.nanos();
    Integer status = null;
    String error = null;
    Duration retryAfter = null;
    boolean forGood = false;
    try {
      WebhookSender.Reply reply =
          host.sender().post(URI.create(row.webhook().url()), headers, message.body());
      status = reply.status();
      if (status < 200 || status > 299) {
        error = "answered " + status + (reply.excerpt().isEmpty() ? "" : ": " + reply.excerpt());
        retryAfter = reply.retryAfter();
        forGood = status == GONE;
      }
    } catch (IOException e) {
      if (host.stopping()) {
        return null;
      }
      error = e.getMessage() == null ? e.toString() : e.getMessage();
      forGood = e instanceof WebhookSender.RefusedException;
    }
    if (error != null && error.length() > WebhookCatalog.ERROR_CHARS_MAX) {
      error = error.substring(0, WebhookCatalog.ERROR_CHARS_MAX);
    }
    host.count(error == null);
    return new Result(
        new WebhookView.Attempt(
            0,
            message.id(),
            book,
            seq,
            row.webhook().attempts() + 1,
            at,
            (host.nanos() - begun) / 1_000_000,
            status,
            error),
        retryAfter,
        forGood);
  }

  private static String signatures(WebhookCatalog.Row row, WebhookMessage message, Instant at) {
    String signature = row.key().sign(message.id(), at.getEpochSecond(), message.body());
    WebhookKey before = row.before();
    Instant until = row.beforeUntil();
    return before == null || until == null || at.isAfter(until)
        ? signature
        : signature + " " + before.sign(message.id(), at.getEpochSecond(), message.body());
  }

  /** Returns whether the receiver is as it was, and there may be more for it. */
  private boolean writeDelivery(WebhookCatalog.Row row, WebhookView.Attempt attempt, long from)
      throws SQLException {
    WebhookCatalog catalog = host.catalog();
    return catalog.inTransaction(
        connection -> {
          if (!catalog.hold(connection, id)) {
            return false; // removed meanwhile
          }
          if (!catalog.move(
              connection, id, attempt.book(), from, attempt.seq(), host.settings().owner())) {
            // Sent again from elsewhere, by a person, or another process delivers now.
            connection.rollback();
            host.doubtLease();
            return false;
          }
          catalog.delivered(connection, id);
          catalog.log(connection, id, attempt);
          WebhookCatalog.Row now = catalog.find(connection, id);
          return now != null && now.revision() == row.revision() && now.webhook().active();
        });
  }

  private void writeFailure(WebhookCatalog.Row row, Result result) throws SQLException {
    WebhookView.Attempt attempt = result.attempt;
    String error = requireNonNull(attempt.error());
    Duration pause =
        result.forGood
            ? null
            : RetryTimes.after(attempt.attempt(), result.retryAfter, host.chance());
    String reason =
        pause != null
            ? null
            : (result.forGood ? "not tried again: " : attempt.attempt() + " attempts have failed: ")
                + error;
    Instant next = pause == null ? null : host.now().plus(pause);
    WebhookCatalog catalog = host.catalog();
    boolean known =
        catalog.inTransaction(
            connection -> {
              if (!catalog.hold(connection, id)) {
                return false;
              }
              catalog.log(connection, id, attempt);
              return catalog.failed(
                  connection,
                  row,
                  attempt.book(),
                  attempt.attempt(),
                  error,
                  next,
                  reason,
                  host.settings().owner());
            });
    if (known && reason != null) {
      LOG.error(
          "Webhook {} is paused at seq {} of book {}, {}. 'resume' it when that is mended",
          id,
          attempt.seq(),
          attempt.book(),
          reason);
    } else if (attempt.attempt() == 1) {
      LOG.warn(
          "Webhook {} did not take seq {} of book {}, and is tried again at {}: {}",
          id,
          attempt.seq(),
          attempt.book(),
          next,
          error);
    }
  }

  /** The book is not the one that the position was of. */
  private void stand(WebhookCatalog.Row row, String book, long position, long end)
      throws SQLException {
    String reason =
        "book '%s' ends with seq %d, before the %d that has been delivered: it was restored. Replay it from where the receiver is to go on"
            .formatted(book, end, position);
    WebhookCatalog catalog = host.catalog();
    catalog.inTransaction(
        connection ->
            catalog.failed(
                connection, row, book, 0, reason, null, reason, host.settings().owner()));
    LOG.error("Webhook {} is paused: {}", id, reason);
  }
}
