// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import dev.talea.ledger.Event;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Limits;
import dev.talea.ledger.json.WebhookDraft;
import dev.talea.ledger.projection.WebhookView;
import dev.talea.projections.EventSource;
import dev.talea.projections.ProjectionTarget;
import dev.talea.projections.Selection;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Registers receivers and has them paused, resumed, sent again, or given another key; and says how
 * they are. All of it is written into the tables, and whichever process delivers sees it there.
 *
 * <p>What a caller may do is for those to say who ask. Refusals are {@link LedgerException}s; a
 * database that is out of reach is a {@link dev.talea.projections.TargetException}. Any thread;
 * calls wait for the database.
 */
public final class Webhooks {
  /** Receivers that one ledger may have. */
  public static final int MAX = 100;

  /** So long after a key was exchanged, deliveries are signed with the old one as well. */
  public static final Duration OLD_KEY_VALID = Duration.ofHours(24);

  /** Longer than a delivery is tried. */
  static final Duration NOTICES_KEPT = Duration.ofDays(30);

  private static final int ID_BYTES = 12;

  private final WebhookCatalog catalog;
  private final EventSource source;
  private final Surroundings around;
  private final boolean privateToo;

  /**
   * What the machine gives.
   *
   * @param random so many bytes that no other can guess
   */
  public record Surroundings(Supplier<Instant> now, IntFunction<byte[]> random) {}

  /**
   * @param create whether tables that are missing are made
   * @param privateToo whether addresses that are not public may be receivers
   */
  public Webhooks(
      ProjectionTarget target,
      EventSource source,
      boolean create,
      boolean privateToo,
      Surroundings around) {
    this.catalog = new WebhookCatalog(target, create);
    this.source = source;
    this.around = around;
    this.privateToo = privateToo;
  }

  /**
   * Registers a receiver.
   *
   * @param by who does it, for those who come after
   */
  public WebhookView.Keyed add(WebhookDraft draft, String by) {
    checkUrl(draft.url());
    WebhookKey.Scheme scheme = scheme(draft.signature());
    Selection selection = selection(draft);
    Map<String, Long> positions = positions(draft, selection);
    WebhookKey key = WebhookKey.fresh(scheme, around.random);
    Webhook webhook =
        new Webhook(
            "wh_" + HexFormat.of().formatHex(around.random.apply(ID_BYTES)),
            draft.url(),
            selection,
            draft.notices(),
            scheme.word(),
            key.publicText(),
            true,
            null,
            0,
            null,
            null,
            around.now.get(),
            by);
    catalog.change(
        connection -> {
          if (catalog.count(connection) >= MAX) {
            throw refused("webhooks", "there are " + MAX + " already; remove one that is not used");
          }
          catalog.add(connection, webhook, key);
          catalog.setPositions(connection, webhook.id(), positions);
          if (!webhook.notices().isEmpty()) {
            catalog.setPositions(
                connection,
                webhook.id(),
                Map.of(WebhookNotice.BOOK, catalog.lastNotice(connection)));
          }
          return true;
        });
    return keyed(webhook.id(), key);
  }

  private WebhookView.Keyed keyed(String id, WebhookKey key) {
    return new WebhookView.Keyed(status(id), key.publicText() == null ? key.text() : null);
  }

  /** All of them, the oldest first. */
  public List<WebhookView> list() {
    return told(catalog.look(catalog::all));
  }

  /** One of them, as it was registered. */
  public Webhook find(String id) {
    return catalog.look(connection -> found(connection, id).webhook());
  }

  /** One of them, and how far it is. */
  public WebhookView status(String id) {
    WebhookCatalog.Row row = catalog.look(connection -> found(connection, id));
    return told(List.of(row)).get(0);
  }

  private WebhookCatalog.Row found(Connection connection, String id) throws SQLException {
    WebhookCatalog.Row row = catalog.find(connection, id);
    if (row == null) {
      throw unknown(id);
    }
    return row;
  }

  /** What is told of one that is not there, or not there for this caller. */
  public static LedgerException unknown(String id) {
    return new LedgerException(new NotFound("webhook " + id));
  }

  /** The ledger is asked when no connection is held. */
  private List<WebhookView> told(List<WebhookCatalog.Row> rows) {
    String owner =
        catalog.look(connection -> Optional.ofNullable(catalog.owner(connection))).orElse(null);
    List<String> books = rows.isEmpty() ? List.of() : source.books();
    long notices = rows.isEmpty() ? 0 : catalog.look(catalog::lastNotice);
    List<WebhookView> told = new ArrayList<>();
    for (WebhookCatalog.Row row : rows) {
      Webhook webhook = row.webhook();
      Map<String, Long> positions =
          catalog.look(connection -> catalog.positions(connection, webhook.id()));
      long lag = 0;
      for (String book : books) {
        if (webhook.selection().wantsBook(book)) {
          lag += Math.max(0, source.lastSeq(book) - positions.getOrDefault(book, 0L));
        }
      }
      if (!webhook.notices().isEmpty()) {
        lag += Math.max(0, notices - positions.getOrDefault(WebhookNotice.BOOK, 0L));
      }
      told.add(view(webhook, positions, lag, owner));
    }
    return told;
  }

  private static WebhookView view(
      Webhook webhook, Map<String, Long> positions, long lagEvents, @Nullable String owner) {
    return new WebhookView(
        webhook.id(),
        webhook.url(),
        webhook.selection().books(),
        webhook.selection().kinds(),
        webhook.notices(),
        webhook.selection().prefixes(),
        webhook.signature(),
        webhook.publicKey(),
        webhook.active(),
        webhook.reason(),
        webhook.attempts(),
        webhook.nextAttemptAt(),
        webhook.error(),
        lagEvents,
        positions,
        owner,
        webhook.createdAt(),
        webhook.createdBy());
  }

  /** Removes it, with its key and its log. */
  public void remove(String id) {
    boolean there = catalog.change(connection -> catalog.remove(connection, id));
    if (!there) {
      throw unknown(id);
    }
  }

  /** Sends nothing more, but for what is under way. */
  public WebhookView pause(String id, String by) {
    return set(id, "paused by " + by);
  }

  /** Goes on where it stands; retries begin anew. */
  public WebhookView resume(String id) {
    return set(id, null);
  }

  private WebhookView set(String id, @Nullable String reason) {
    boolean there = catalog.change(connection -> catalog.setActive(connection, id, reason));
    if (!there) {
      throw unknown(id);
    }
    return status(id);
  }

  /**
   * Sends a book again from an event on, with the same ids.
   *
   * @param seq the first that is sent again
   */
  public WebhookView replay(String id, String book, long seq) {
    catalog.change(
        connection -> {
          if (!catalog.resetRetries(connection, id)) {
            throw unknown(id);
          }
          if (!found(connection, id).webhook().wantsBook(book)) {
            throw refused("query", "book: this webhook does not get '" + book + "'");
          }
          long next = catalog.position(connection, id, book) + 1;
          if (seq < 1 || seq > next) {
            throw refused("query", "seq is " + seq + ", and must be 1 to " + next);
          }
          catalog.setPositions(connection, id, Map.of(book, seq - 1));
          return true;
        });
    return status(id);
  }

  /** Gives it another key; for {@link #OLD_KEY_VALID} deliveries are signed with both. */
  public WebhookView.Keyed rotate(String id) {
    WebhookKey key =
        catalog.change(
            connection -> {
              if (!catalog.hold(connection, id)) {
                throw unknown(id);
              }
              WebhookKey fresh =
                  WebhookKey.fresh(found(connection, id).key().scheme(), around.random);
              catalog.exchangeKey(connection, id, fresh, around.now.get().plus(OLD_KEY_VALID));
              return fresh;
            });
    return keyed(id, key);
  }

  /**
   * Attempts, the newest first.
   *
   * @param before the number of the last one seen; {@link Long#MAX_VALUE} for none
   */
  public List<WebhookView.Attempt> deliveries(String id, long before, int limit) {
    return catalog.look(
        connection -> {
          WebhookCatalog.Row unused = found(connection, id);
          return catalog.deliveries(connection, id, before, limit);
        });
  }

  // ---- notices

  /**
   * How far a source has handed over its notices.
   *
   * @param from names the source
   * @param beginning where one begins that is not known yet: what is older is told to none
   */
  public long handedOver(String from, long beginning) {
    return catalog.change(
        connection -> {
          catalog.beginAt(connection, from, beginning);
          Long seq = catalog.handedOver(connection, from);
          return seq == null ? beginning : seq;
        });
  }

  /**
   * Takes notices of a source, to be delivered by whichever process does that: all of them or none,
   * and each once. They are kept for {@link #NOTICES_KEPT}.
   *
   * @param seq how far the source has handed over
   * @param to how far it has now
   * @return false if it was not at {@code seq}; then nothing was taken
   */
  public boolean take(String from, long seq, long to, List<WebhookNotice> notices) {
    return catalog.change(
        connection -> {
          if (!catalog.take(connection, from, seq, to, notices)) {
            connection.rollback();
            return false;
          }
          catalog.dropNotices(connection, around.now.get().minus(NOTICES_KEPT));
          return true;
        });
  }

  // ---- what a draft has to be

  private static LedgerException refused(String field, String reason) {
    return new LedgerException(new InvalidDraft(field, reason));
  }

  private void checkUrl(String text) {
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException e) {
      throw refused("url", "is none: " + e.getReason());
    }
    String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
    String host = url.getHost();
    if (!scheme.equals("https") && !scheme.equals("http")) {
      throw refused("url", "begins with neither https:// nor http://");
    }
    if (host == null || url.getPort() == 0 || url.getPort() > 65_535) {
      throw refused("url", "names no host, or a port that there is not");
    }
    if (url.getRawUserInfo() != null || url.getRawFragment() != null) {
      throw refused("url", "must have neither a user nor a fragment");
    }
    if (text.length() > WebhookDraft.URL_BYTES_MAX || !text.chars().allMatch(c -> c < 128)) {
      throw refused("url", "is ASCII of at most " + WebhookDraft.URL_BYTES_MAX + " bytes");
    }
    if (!privateToo && isPrivate(host.toLowerCase(Locale.ROOT))) {
      throw refused(
          "url",
          host
              + " is no host of the public internet; TALEA_WEBHOOK_PRIVATE=allow lets such be"
              + " receivers");
    }
  }

  /** As far as can be said without asking others; what a name leads to is looked at later. */
  private static boolean isPrivate(String host) {
    if (host.equals("localhost") || host.endsWith(".localhost")) {
      return true;
    }
    boolean literal = host.startsWith("[") || host.matches("[0-9.]+");
    try {
      return literal && !PublicAddresses.isPublic(InetAddress.getByName(host));
    } catch (UnknownHostException e) {
      return true;
    }
  }

  private static WebhookKey.Scheme scheme(@Nullable String word) {
    if (word == null) {
      return WebhookKey.Scheme.V1;
    }
    for (WebhookKey.Scheme scheme : WebhookKey.Scheme.values()) {
      if (scheme.word().equals(word)) {
        return scheme;
      }
    }
    throw refused("signature", "is neither v1 nor v1a");
  }

  private static Selection selection(WebhookDraft draft) {
    Set<String> books = draft.books();
    if (books != null) {
      books.forEach(book -> checkName("books", book, Limits.BOOK_BYTES_MAX));
    }
    draft.prefixes().forEach(prefix -> checkName("prefixes", prefix, Limits.PATH_BYTES_MAX));
    Set<Event.Kind> kinds = draft.kinds();
    return new Selection(
        books,
        kinds == null ? EnumSet.allOf(Event.Kind.class) : kinds,
        List.copyOf(draft.prefixes()));
  }

  private static void checkName(String field, String name, int bytesMax) {
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    if (length < 1 || length > bytesMax || name.chars().anyMatch(Character::isISOControl)) {
      throw refused(
          field, "holds a name that is not 1 to " + bytesMax + " bytes without control characters");
    }
  }

  /** Where it begins in every book that there is; books to come begin at their start. */
  private Map<String, Long> positions(WebhookDraft draft, Selection selection) {
    Map<String, Long> positions = new LinkedHashMap<>();
    for (String book : source.books()) {
      if (selection.wantsBook(book)) {
        positions.put(book, source.lastSeq(book));
      }
    }
    draft
        .positions()
        .forEach(
            (book, seq) -> {
              if (!selection.wantsBook(book)) {
                throw refused("positions", "names a book that the webhook does not get");
              }
              checkNotBeyondEnd(book, seq);
              positions.put(book, seq);
            });
    return positions;
  }

  private void checkNotBeyondEnd(String book, long seq) {
    try {
      if (seq == 0 || !source.events(book, seq - 1, 1, 1).isEmpty()) {
        return;
      }
    } catch (LedgerException e) {
      if (!(e.error() instanceof LedgerError.CursorBeyondEnd)) {
        throw e;
      }
    }
    throw refused(
        "positions", "names seq " + seq + " of a book that ends with " + source.lastSeq(book));
  }
}
