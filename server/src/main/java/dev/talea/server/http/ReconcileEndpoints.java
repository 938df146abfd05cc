// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.LedgerError.Forbidden;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.LedgerException;
import dev.talea.net.Headers;
import dev.talea.net.HttpResponse;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.run.EvidenceFile;
import dev.talea.reconcile.run.JsonTree;
import dev.talea.reconcile.run.Reconciliation;
import dev.talea.reconcile.run.RunState;
import dev.talea.server.reconcile.ReconcileService;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The routes of reconciliation. A version of a recipe is for tokens that reach every book it names,
 * and all books where it names none; so are its runs, their rows and what people decide about them,
 * and for other tokens there is no such thing. What is everybody's (profiles, sources, uploads)
 * takes a token for all books to change; uploads are taken from every token that may write
 * anywhere, and are for that token and those for all books.
 *
 * <p>Called on event loops; disks are waited for on threads of its own.
 */
final class ReconcileEndpoints {
  private static final byte[] OK = "OK".getBytes(StandardCharsets.US_ASCII);
  private static final String PERSON = "person";

  private final ReconcileService service;
  private final Executor threads;

  /**
   * @param threads on which disks are waited for
   */
  ReconcileEndpoints(ReconcileService service, Executor threads) {
    this.service = service;
    this.threads = threads;
  }

  List<Route> routes() {
    String at = "/v1/reconcile/";
    return List.of(
        Route.guarded("GET", at + "health", this::health),
        Route.page(at + "sources", this::sources),
        Route.page(at + "profiles", this::profiles),
        Route.page(at + "profiles/{name}", this::profile),
        Route.guarded("POST", at + "profiles/{name}", this::saveProfile),
        Route.page(at + "recipes", this::recipes),
        Route.page(at + "recipes/{name}", this::recipe),
        Route.guarded("POST", at + "recipes", this::saveRecipe),
        Route.guarded("POST", at + "recipes/validate", this::validate),
        Route.page(at + "uploads", this::uploads),
        Route.guarded("POST", at + "uploads", this::upload),
        Route.guarded("POST", at + "uploads/{id}", this::goOnUploading),
        Route.page(at + "runs", this::runs),
        Route.guarded("POST", at + "runs", this::start),
        Route.page(at + "runs/{id}", this::run),
        Route.guarded("POST", at + "runs/{id}/cancel", this::cancel),
        Route.page(at + "runs/{id}/rows", this::rows),
        Route.page(at + "runs/{id}/evidence/{file}", this::evidence),
        Route.page(at + "exceptions", this::exceptions),
        Route.page(at + "exceptions/{id}", this::exception),
        Route.guarded("POST", at + "exceptions/{id}", this::decide),
        Route.guarded("POST", at + "exceptions/match", call -> byHand(call, true)),
        Route.guarded("POST", at + "exceptions/unmatch", call -> byHand(call, false)),
        Route.guarded("POST", at + "prune", this::prune));
  }

  // ---- who may

  private static boolean may(Grant grant, Set<String> books, boolean write) {
    Set<String> needed = books.isEmpty() ? Set.of(Grant.ALL_BOOKS) : books;
    return needed.stream().allMatch(write ? grant::mayWrite : grant::mayRead);
  }

  private static Predicate<Set<String>> readable(Call call) {
    Grant grant = call.grant();
    return books -> may(grant, books, false);
  }

  /** All books where there are none. */
  static void check(Call call, Set<String> books, boolean write) {
    Grant grant = call.grant();
    for (String book : books.isEmpty() ? Set.of(Grant.ALL_BOOKS) : books) {
      if (!(write ? grant.mayWrite(book) : grant.mayRead(book))) {
        throw new LedgerException(new Forbidden(book));
      }
    }
  }

  /** Of what is out of reach a token is not told that it is there, nor which books it is of. */
  private static void check(Call call, String what, Set<String> books, boolean write) {
    if (!may(call.grant(), books, false)) {
      throw new LedgerException(new NotFound(what));
    }
    check(call, books, write);
  }

  private static void checkAll(Call call, boolean write) {
    check(call, Set.of(), write);
  }

  // ---- how it is answered

  /** Answers what a question comes to, as JSON. */
  private void answer(Call call, Function<Reconciliation, Map<String, @Nullable Object>> what) {
    respond(call, () -> Answers.json(call.requestId(), bytes(what, service.get()), false));
  }

  private static byte[] bytes(
      Function<Reconciliation, Map<String, @Nullable Object>> what, Reconciliation of) {
    return JsonTree.bytes(what.apply(of));
  }

  /** Asks on a thread that may wait. */
  private <T> CompletableFuture<T> asked(Supplier<T> what) {
    return asked(threads, what);
  }

  /** Asks on one of these threads; refused if more wait for them than may. */
  static <T> CompletableFuture<T> asked(Executor threads, Supplier<T> what) {
    try {
      return CompletableFuture.supplyAsync(what, threads);
    } catch (RejectedExecutionException e) {
      throw new LedgerException(new Overloaded(Overloaded.Limit.ADMISSION), e);
    }
  }

  private void respond(Call call, Supplier<HttpResponse> what) {
    call.when(asked(what), call::respond);
  }

  /** A list, which is empty where nothing was ever reconciled. */
  private void list(Call call, Function<Reconciliation, Map<String, @Nullable Object>> what) {
    respond(
        call,
        () ->
            Answers.json(
                call.requestId(),
                service.isThere() ? bytes(what, service.get()) : JsonTree.bytes(items(List.of())),
                false));
  }

  private static Map<String, @Nullable Object> items(List<?> items) {
    Map<String, @Nullable Object> page = new LinkedHashMap<>();
    page.put("items", new ArrayList<>(items));
    page.put("next", null);
    return page;
  }

  private static long id(Call call, String what) {
    String text = call.path("id");
    if (!text.matches("[1-9][0-9]{0,17}")) {
      throw new LedgerException(new NotFound(what + " " + text));
    }
    return Long.parseLong(text);
  }

  private static @Nullable MatchSide side(Query query) {
    String side = query.text("side");
    if (side == null) {
      return null;
    }
    for (MatchSide each : MatchSide.values()) {
      if (each.text().equals(side)) {
        return each;
      }
    }
    throw new LedgerException(new InvalidDraft("query", "side is neither left nor right"));
  }

  static Map<String, @Nullable Object> body(Call call) {
    return JsonTree.object("body", call.request().body());
  }

  // ---- routes

  void health(Call call) {
    respond(
        call,
        () -> {
          if (service.isThere()) {
            var unused = service.get();
          }
          return Answers.plain(call.requestId(), OK);
        });
  }

  void sources(Call call) {
    checkAll(call, false);
    list(call, reconciliation -> items(reconciliation.sources()));
  }

  void profiles(Call call) {
    list(call, reconciliation -> items(reconciliation.documents().profiles()));
  }

  void profile(Call call) {
    long version = call.query().cursor("version", 0);
    String name = call.path("name");
    answer(call, reconciliation -> reconciliation.documents().profile(name, version));
  }

  void saveProfile(Call call) {
    checkAll(call, true);
    if (WriteEndpoints.isJson(call)) {
      String name = call.path("name");
      byte[] document = call.request().body();
      answer(call, of -> of.documents().saveProfile(name, document, call.grant().name()));
    }
  }

  void recipes(Call call) {
    list(call, reconciliation -> items(reconciliation.documents().recipes(readable(call))));
  }

  void recipe(Call call) {
    long version = call.query().cursor("version", 0);
    String name = call.path("name");
    answer(
        call,
        of ->
            of.documents()
                .recipe(name, version, books -> check(call, "recipe " + name, books, false)));
  }

  void saveRecipe(Call call) {
    if (WriteEndpoints.isJson(call)) {
      byte[] document = call.request().body();
      answer(
          call,
          of -> {
            check(call, of.documents().booksOfDocument(document), true);
            return of.documents()
                .saveRecipe(document, call.grant().name(), books -> may(call.grant(), books, true));
          });
    }
  }

  void validate(Call call) {
    if (WriteEndpoints.isJson(call)) {
      byte[] document = call.request().body();
      answer(
          call,
          of -> {
            check(call, of.documents().booksOfDocument(document), false);
            return of.documents().validate(document);
          });
    }
  }

  void uploads(Call call) {
    checkAll(call, false);
    Query query = call.query();
    long after = query.cursor("after", 0);
    int limit = query.pageLimit();
    list(call, of -> of.uploads().list(after, limit));
  }

  static void checkWriter(Call call) {
    if (!call.grant().write()) {
      throw new LedgerException(new Forbidden(Grant.ALL_BOOKS));
    }
  }

  /** A file says no book, so it is for the token that sent it, and for those for all books. */
  static Predicate<String> ownUploads(Call call) {
    Grant grant = call.grant();
    return by -> grant.name().equals(by) || grant.mayRead(Grant.ALL_BOOKS);
  }

  void upload(Call call) {
    checkWriter(call);
    Query query = call.query();
    String name = query.needed("name");
    boolean more = query.flag("more");
    byte[] part = call.request().body();
    answer(call, of -> of.uploads().begin(name, part, !more, call.grant().name()));
  }

  void goOnUploading(Call call) {
    checkWriter(call);
    Query query = call.query();
    long offset = query.cursor("offset", 0);
    boolean more = query.flag("more");
    long id = id(call, "upload");
    byte[] part = call.request().body();
    answer(
        call,
        of -> of.uploads().add(id, offset, part, !more, call.grant().name(), ownUploads(call)));
  }

  void runs(Call call) {
    Query query = call.query();
    long before = query.cursor("before", 0);
    String recipe = query.text("recipe");
    String text = query.text("state");
    RunState state = text == null ? null : RunState.of(text);
    if (text != null && state == null) {
      throw new LedgerException(new InvalidDraft("query", "state is none that a run can be in"));
    }
    int limit = query.pageLimit();
    list(call, of -> of.runs().list(before, limit, recipe, state, readable(call)));
  }

  void start(Call call) {
    if (WriteEndpoints.isJson(call)) {
      Map<String, @Nullable Object> wanted = body(call);
      answer(
          call,
          of ->
              of.runs()
                  .start(
                      wanted,
                      PERSON,
                      call.grant().name(),
                      books -> check(call, "recipe " + wanted.get("recipe"), books, true),
                      ownUploads(call)));
    }
  }

  void run(Call call) {
    long id = id(call, "run");
    answer(call, of -> of.runs().one(id, readable(call)));
  }

  void cancel(Call call) {
    long id = id(call, "run");
    answer(
        call,
        of -> {
          check(call, "run " + id, of.runs().booksOf(id), true);
          return of.runs().cancel(id, call.grant().name());
        });
  }

  void rows(Call call) {
    long id = id(call, "run");
    Query query = call.query();
    String state = query.needed("state");
    MatchSide side = side(query);
    String after = query.text("after");
    int limit = query.pageLimit();
    answer(
        call,
        of -> {
          check(call, "run " + id, of.runs().booksOf(id), false);
          return of.runs().rows(id, state, side, after, limit);
        });
  }

  void evidence(Call call) {
    long id = id(call, "run");
    String name = call.path("file");
    CompletableFuture<EvidenceFile> found =
        asked(
            () -> {
              Reconciliation of = service.get();
              check(call, "run " + id, of.runs().booksOf(id), false);
              return of.runs().evidenceFile(id, name);
            });
    Headers headers =
        Headers.of(
            "Content-Type",
            name.endsWith(".json")
                ? Answers.JSON
                : name.endsWith(".csv") ? "text/csv; charset=utf-8" : "application/octet-stream",
            "Content-Disposition",
            "attachment; filename=\"" + name.replaceAll("[^A-Za-z0-9_.-]", "_") + "\"",
            Answers.REQUEST_ID,
            call.requestId());
    call.when(found, file -> new Download(file, threads).to(call, headers));
  }

  void exceptions(Call call) {
    Query query = call.query();
    String recipe = query.needed("recipe");
    MatchSide side = side(query);
    String state = query.text("state");
    String after = query.text("after");
    int limit = query.pageLimit();
    list(
        call,
        of ->
            of.exceptions()
                .list(
                    recipe,
                    side,
                    state,
                    after,
                    limit,
                    books -> check(call, "recipe " + recipe, books, false)));
  }

  void exception(Call call) {
    String id = call.path("id");
    answer(
        call,
        of -> {
          check(call, "exception " + id, of.exceptions().booksOf(id), false);
          return of.exceptions().one(id);
        });
  }

  void decide(Call call) {
    if (WriteEndpoints.isJson(call)) {
      String id = call.path("id");
      Map<String, @Nullable Object> what = body(call);
      answer(
          call,
          of -> {
            check(call, "exception " + id, of.exceptions().booksOf(id), true);
            return of.exceptions().decide(id, what, call.grant().name());
          });
    }
  }

  private void byHand(Call call, boolean match) {
    if (WriteEndpoints.isJson(call)) {
      Map<String, @Nullable Object> what = body(call);
      answer(
          call,
          of -> {
            for (Object id : JsonTree.list(what, "exceptions")) {
              check(call, "exception " + id, of.exceptions().booksOf(String.valueOf(id)), true);
            }
            return of.exceptions().byHand(match, what, call.grant().name());
          });
    }
  }

  void prune(Call call) {
    checkAll(call, true);
    String text = call.query().needed("older_than");
    if (!text.matches("[0-9]{1,5}d")) {
      throw new LedgerException(
          new InvalidDraft("query", "older_than is not a number of days such as 90d"));
    }
    Duration age = Duration.ofDays(Long.parseLong(text.substring(0, text.length() - 1)));
    answer(call, of -> of.runs().prune(age, call.grant().name()));
  }
}
