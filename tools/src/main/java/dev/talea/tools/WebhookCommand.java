// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.Event;
import dev.talea.ledger.Limits;
import dev.talea.ledger.json.WebhookDraft;
import dev.talea.ledger.projection.Notice;
import dev.talea.server.http.QueryValues;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code talea webhook}: the group of commands about events that are sent to receivers. */
@Command(
    name = "webhook",
    description = "Events sent to a URL as they happen: to which, and what became of them.",
    subcommands = {
      WebhookCommand.Add.class,
      WebhookCommand.Listing.class,
      WebhookCommand.Deliveries.class,
      WebhookCommand.Pause.class,
      WebhookCommand.Resume.class,
      WebhookCommand.Replay.class,
      WebhookCommand.Rotate.class,
      WebhookCommand.Remove.class
    })
final class WebhookCommand {
  private static final String ID = "Of the webhook, as 'list' prints it.";

  /** What all of them have in common. */
  private abstract static class Asking extends ClientCommand {
    Asking(Shell shell) {
      super(shell);
    }

    abstract void run(Requests requests);

    @Override
    final int run(BlockingLedger ledger) {
      run(new Requests(url(), "/v1/webhooks", token()));
      return Main.OK;
    }

    /** Shows a webhook field by field. */
    final void show(byte[] webhook) {
      print(
          webhook,
          () -> {
            Table table = Table.ofFields();
            WebhookView.read(webhook).forEach((field, value) -> table.row(field, value));
            return table.toString();
          });
    }
  }

  /** {@code talea webhook add}. */
  @Command(
      name = "add",
      description = {
        "Has events sent to a URL, from now on unless told.",
        "Prints the secret that the receiver checks them with, once."
      })
  static final class Add extends Asking {
    @Parameters(paramLabel = "URL", description = "Where to; https, as a rule.")
    private String url = "";

    @Option(
        names = "--book",
        paramLabel = "B",
        description = "Events of this book, and of others that are named; of all unless told.")
    private List<String> books = List.of();

    @Option(
        names = "--kind",
        paramLabel = "KIND",
        description =
            "transaction_posted, account_opened or asset_registered; may be repeated; all of these"
                + " unless told. reconcile_run_finished only where it is named.")
    private List<String> kinds = List.of();

    @Option(
        names = "--prefix",
        paramLabel = "P",
        description =
            "Only what touches an account whose path begins so; may be repeated; all unless told.")
    private List<String> prefixes = List.of();

    @Option(
        names = "--position",
        paramLabel = "BOOK=SEQ",
        description =
            "Begin behind this event of the book, 0 for its first; may be repeated. Unless told at"
                + " the end of each book.")
    private List<String> positions = List.of();

    @Option(
        names = "--signature",
        paramLabel = "SCHEME",
        description = "v1, with a shared secret, unless told; v1a, with a public key.")
    private @Nullable String signature;

    Add(Shell shell) {
      super(shell);
    }

    private Set<Event.Kind> kindsMeant() {
      Set<Event.Kind> meant = EnumSet.noneOf(Event.Kind.class);
      List<String> words = new ArrayList<>();
      for (Event.Kind kind : Event.Kind.values()) {
        words.add(kind.word());
        if (kinds.contains(kind.word())) {
          meant.add(kind);
        }
      }
      for (Notice notice : Notice.values()) {
        words.add(notice.word());
      }
      for (String kind : kinds) {
        if (!words.contains(kind)) {
          throw new UsageException(
              "--kind is '" + kind + "', must be one of " + String.join(", ", words));
        }
      }
      return meant;
    }

    private Set<Notice> noticesMeant() {
      Set<Notice> meant = EnumSet.noneOf(Notice.class);
      for (Notice notice : Notice.values()) {
        if (kinds.contains(notice.word())) {
          meant.add(notice);
        }
      }
      return meant;
    }

    private Map<String, Long> positionsMeant() {
      Map<String, Long> meant = new LinkedHashMap<>();
      for (String position : positions) {
        int equals = position.lastIndexOf('=');
        Long seq = equals < 1 ? null : QueryValues.cursor(position.substring(equals + 1));
        if (seq == null) {
          throw new UsageException("--position is '" + position + "', must be BOOK=SEQ");
        }
        meant.put(position.substring(0, equals), seq);
      }
      return meant;
    }

    @Override
    void check() {
      kindsMeant();
      positionsMeant();
    }

    @Override
    void run(Requests requests) {
      Set<Event.Kind> meant = kindsMeant();
      WebhookDraft draft =
          new WebhookDraft(
              url,
              books.isEmpty() ? null : new LinkedHashSet<>(books),
              kinds.isEmpty() ? null : meant,
              noticesMeant(),
              new LinkedHashSet<>(prefixes),
              positionsMeant(),
              signature);
      show(requests.send("POST", "", draft.write()));
    }
  }

  /** {@code talea webhook list}. */
  @Command(name = "list", description = "Lists webhooks, and how far each is behind.")
  static final class Listing extends Asking {
    Listing(Shell shell) {
      super(shell);
    }

    @Override
    void run(Requests requests) {
      byte[] page = requests.get("");
      print(page, () -> table(WebhookView.readPage(page)));
    }

    private static String table(WebhookView page) {
      Table table = new Table("webhook", "url", "books", "state", ">events behind", "error");
      for (Map<String, String> one : page.items()) {
        String reason = one.getOrDefault("reason", one.getOrDefault("error", ""));
        table.row(
            one.getOrDefault("id", ""),
            one.getOrDefault("url", ""),
            one.getOrDefault("books", ""),
            one.getOrDefault("state", "")
                + (one.containsKey("owner") ? "" : ", no process delivers"),
            one.getOrDefault("lag_events", ""),
            reason);
      }
      return table.toString();
    }
  }

  /** What is about one of them. */
  private abstract static class OfOne extends Asking {
    @Parameters(paramLabel = "ID", description = ID)
    private String id = "";

    OfOne(Shell shell) {
      super(shell);
    }

    final String target() {
      return "/" + Requests.encoded(id);
    }
  }

  /** {@code talea webhook deliveries}. */
  @Command(
      name = "deliveries",
      description = "Lists the last attempts to deliver, the newest first.")
  static final class Deliveries extends OfOne {
    @Option(
        names = "--after",
        paramLabel = "N",
        converter = Converters.Cursor.class,
        description = "Those before attempt N; the newest unless told.")
    private long after;

    @Option(
        names = "--limit",
        paramLabel = "N",
        converter = Converters.Limit.class,
        description = "Attempts on the page, at most 1000; 100 unless told.")
    private int limit = Limits.PAGE_LIMIT_DEFAULT;

    Deliveries(Shell shell) {
      super(shell);
    }

    @Override
    void run(Requests requests) {
      byte[] page =
          requests.get(
              target()
                  + "/deliveries"
                  + Requests.query(List.of("after", "" + after, "limit", "" + limit)));
      print(page, () -> table(WebhookView.readPage(page)));
    }

    private static String table(WebhookView page) {
      Table table =
          new Table(">number", "at", "book", ">seq", ">attempt", ">ms", ">status", "error");
      for (Map<String, String> one : page.items()) {
        table.row(
            one.getOrDefault("number", ""),
            one.getOrDefault("at", ""),
            one.getOrDefault("book", ""),
            one.getOrDefault("seq", ""),
            one.getOrDefault("attempt", ""),
            one.getOrDefault("millis", ""),
            one.getOrDefault("status", "none"),
            one.getOrDefault("error", ""));
      }
      return PageOptions.withMore(table, "--after", page.next());
    }
  }

  /** {@code talea webhook pause}. */
  @Command(name = "pause", description = "Sends it nothing until it is resumed; nothing is lost.")
  static final class Pause extends OfOne {
    Pause(Shell shell) {
      super(shell);
    }

    @Override
    void run(Requests requests) {
      requests.send("POST", target() + "/pause", null);
    }
  }

  /** {@code talea webhook resume}. */
  @Command(name = "resume", description = "Goes on where it stands, at once.")
  static final class Resume extends OfOne {
    Resume(Shell shell) {
      super(shell);
    }

    @Override
    void run(Requests requests) {
      requests.send("POST", target() + "/resume", null);
    }
  }

  /** {@code talea webhook replay}. */
  @Command(
      name = "replay",
      description = "Sends a book again from an event on, each with the id that it had before.")
  static final class Replay extends OfOne {
    @Option(names = "--book", paramLabel = "B", required = true, description = "Of the events.")
    private String book = "";

    @Option(names = "--seq", paramLabel = "N", required = true, description = "Of the first one.")
    private long seq;

    Replay(Shell shell) {
      super(shell);
    }

    @Override
    void check() {
      if (seq < 1) {
        throw new UsageException("--seq is " + seq + ", must be at least 1");
      }
    }

    @Override
    void run(Requests requests) {
      requests.send(
          "POST",
          target() + "/replay" + Requests.query(List.of("book", book, "seq", "" + seq)),
          null);
    }
  }

  /** {@code talea webhook rotate}. */
  @Command(
      name = "rotate",
      description = {
        "Gives it another key, and prints what the receiver needs of it, once.",
        "For a day deliveries are signed with both."
      })
  static final class Rotate extends OfOne {
    Rotate(Shell shell) {
      super(shell);
    }

    @Override
    void run(Requests requests) {
      show(requests.send("POST", target() + "/rotate", null));
    }
  }

  /** {@code talea webhook remove}. */
  @Command(name = "remove", description = "Removes it, with its secret and its log.")
  static final class Remove extends OfOne {
    Remove(Shell shell) {
      super(shell);
    }

    @Override
    void run(Requests requests) {
      requests.send("DELETE", target(), null);
    }
  }
}
