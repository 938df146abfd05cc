// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.BlockingLedger;
import dev.talea.log.TreeHash;
import dev.talea.reconcile.document.DocumentException;
import dev.talea.reconcile.draft.KallaImport;
import dev.talea.reconcile.recipe.RecipeJson;
import dev.talea.reconcile.run.JsonTree;
import dev.talea.reconcile.run.Verification;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code talea reconcile}: the group of commands about matching a ledger with what others say. */
@Command(
    name = "reconcile",
    description = "Matches the ledger with a bank or others, row by row, and leaves evidence.",
    subcommands = {
      ReconcileDemoCommand.class,
      ReconcileCommand.Init.class,
      ReconcileCommand.Source.class,
      ReconcileCommand.Profile.class,
      ReconcileCommand.Recipe.class,
      ReconcileCommand.RunIt.class,
      ReconcileCommand.Cancel.class,
      ReconcileCommand.Rows.class,
      ReconcileCommand.Exceptions.class,
      ReconcileCommand.Match.class,
      ReconcileCommand.Unmatch.class,
      ReconcileCommand.Verify.class,
      ReconcileCommand.Prune.class,
      ReconcileCommand.ImportKalla.class
    })
final class ReconcileCommand {
  private static final String SIDE = "Only rows of this side: left or right.";

  /** What all of them have in common. */
  private abstract static class Asking extends ClientCommand {
    Asking(Shell shell) {
      super(shell);
    }

    abstract int run(ReconcileClient client) throws Exception;

    @Override
    final int run(BlockingLedger ledger) throws Exception {
      return run(new ReconcileClient(url(), token()));
    }

    final byte[] document(String file) throws IOException {
      return Files.readAllBytes(shell().directory().resolve(file));
    }

    /** Lists, shows one, or saves one. */
    final void documents(
        ReconcileClient client,
        String path,
        @Nullable String name,
        byte @Nullable [] saved,
        String savedTo) {
      if (saved != null) {
        byte[] answer = client.post(savedTo, saved);
        print(answer, () -> fields(answer));
      } else if (name != null) {
        byte[] answer = client.get(path + "/" + Requests.encoded(name));
        print(answer, () -> PrettyJson.of(new String(answer, StandardCharsets.UTF_8)));
      } else {
        byte[] answer = client.get(path);
        print(
            answer,
            () ->
                ReconcileView.list(
                    ReconcileClient.items(answer), List.of("name", "version", "at", "by")));
      }
    }

    static String fields(byte[] answer) {
      Table table = Table.ofFields();
      ReconcileClient.tree(answer)
          .forEach((field, value) -> table.row(field, ReconcileView.text(value)));
      return table.toString();
    }
  }

  /** {@code talea reconcile init}. */
  @Command(
      name = "init",
      description = "Writes a profile and a recipe to begin with; files that are there stay.")
  static final class Init implements Callable<Integer> {
    @Option(
        names = "--dir",
        paramLabel = "DIR",
        description = "Where to; the working directory unless told.")
    private String directory = "";

    private final Shell shell;

    Init(Shell shell) {
      this.shell = shell;
    }

    @Override
    public Integer call() throws IOException {
      Path folder = Files.createDirectories(shell.directory().resolve(directory));
      write(folder.resolve("profile.json"), ReconcileDemoCommand.PROFILE);
      write(folder.resolve("recipe.json"), ReconcileDemoCommand.RECIPE);
      return Main.OK;
    }

    private void write(Path file, String text) throws IOException {
      boolean there = Files.exists(file);
      if (!there) {
        Files.writeString(file, text);
      }
      shell.out().line((there ? "is there already: " : "written: ") + file);
    }
  }

  /** {@code talea reconcile import-kalla}. */
  @Command(
      name = "import-kalla",
      description = {
        "Prints the recipe that one written for Kalla becomes, for 'recipe --save'.",
        "What has no exact counterpart is refused by name."
      })
  static final class ImportKalla implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "With match_sql, or with match_rules.")
    private String file = "";

    @Option(
        names = "--scale",
        paramLabel = "N",
        description = "Fraction digits of its amounts; 2 unless told.")
    private int scale = 2;

    private final Shell shell;

    ImportKalla(Shell shell) {
      this.shell = shell;
    }

    @Override
    public Integer call() throws IOException {
      byte[] json = Files.readAllBytes(shell.directory().resolve(file));
      try {
        KallaImport.Imported imported = KallaImport.read(json, scale);
        for (String remark : imported.remarks()) {
          shell.err().println("talea reconcile import-kalla: " + Terminal.safe(remark));
        }
        shell
            .out()
            .line(
                PrettyJson.of(
                    new String(RecipeJson.write(imported.recipe()), StandardCharsets.UTF_8)));
        return Main.OK;
      } catch (DocumentException e) {
        throw new FailedException(file + " is not taken over: " + e.getMessage(), e);
      }
    }
  }

  /** {@code talea reconcile source}. */
  @Command(
      name = "source",
      description = "Lists databases, watched folders and schedules that the operator has named.")
  static final class Source extends Asking {
    Source(Shell shell) {
      super(shell);
    }

    @Override
    int run(ReconcileClient client) {
      byte[] answer = client.get("/sources");
      print(
          answer,
          () ->
              ReconcileView.list(ReconcileClient.items(answer), List.of("kind", "name", "recipe")));
      return Main.OK;
    }
  }

  /** {@code talea reconcile profile}. */
  @Command(
      name = "profile",
      description =
          "Lists format profiles, shows one, finds one for a file, or saves one as its next"
              + " version.")
  static final class Profile extends Asking {
    @Parameters(paramLabel = "NAME", arity = "0..1", description = "Of a profile; all unless told.")
    private @Nullable String name;

    @Option(
        names = "--save",
        paramLabel = "FILE",
        description = "Saves this document under the name.")
    private @Nullable String file;

    @Option(
        names = "--detect",
        paramLabel = "FILE",
        description = "Prints the profile that this file may have, for --save; needs no server.")
    private @Nullable String detected;

    Profile(Shell shell) {
      super(shell);
    }

    @Override
    void check() {
      if (file != null && name == null) {
        throw new UsageException("--save takes a NAME to save under");
      }
      if (detected != null && (file != null || name != null)) {
        throw new UsageException("--detect stands alone: it prints a document, and saves nothing");
      }
    }

    @Override
    int run(ReconcileClient client) throws IOException {
      if (detected != null) {
        return RecipeHelp.detect(detected, shell());
      }
      documents(
          client,
          "/profiles",
          name,
          file == null ? null : document(file),
          "/profiles/" + Requests.encoded("" + name));
      return Main.OK;
    }
  }

  /** {@code talea reconcile recipe}. */
  @Command(
      name = "recipe",
      description =
          "Lists recipes, shows one, checks, tries or drafts one, or saves one as its next"
              + " version.")
  static final class Recipe extends Asking {
    @Parameters(paramLabel = "NAME", arity = "0..1", description = "Of a recipe; all unless told.")
    private @Nullable String name;

    @Option(names = "--save", paramLabel = "FILE", description = "Checks and saves this document.")
    private @Nullable String file;

    @Option(names = "--check", paramLabel = "FILE", description = "Checks this document only.")
    private @Nullable String checked;

    @Mixin private final RecipeHelp help = new RecipeHelp();

    Recipe(Shell shell) {
      super(shell);
    }

    @Override
    void check() {
      help.check(file != null || checked != null);
    }

    @Override
    int run(ReconcileClient client) throws IOException {
      if (help.isWanted()) {
        return help.run(name, client, shell(), this::print);
      }
      String document = checked == null ? file : checked;
      documents(
          client,
          "/recipes",
          name,
          document == null ? null : document(document),
          checked == null ? "/recipes" : "/recipes/validate");
      return Main.OK;
    }
  }

  /** {@code talea reconcile run}. */
  @Command(
      name = "run",
      description = {
        "Begins a run of a recipe and waits for its end; without a recipe lists runs.",
        "Exits with 1 if the run did not complete."
      })
  static final class RunIt extends Asking {
    @Parameters(
        paramLabel = "RECIPE",
        arity = "0..1",
        description = "Its name; or the id of a run, which is shown.")
    private @Nullable String recipe;

    @Option(names = "--left", paramLabel = "FILE", description = "Sent as the left side.")
    private @Nullable String left;

    @Option(names = "--right", paramLabel = "FILE", description = "Sent as the right side.")
    private @Nullable String right;

    @Option(
        names = "--param",
        paramLabel = "NAME=VALUE",
        description = "A parameter of the recipe; may be repeated.")
    private Map<String, String> parameters = Map.of();

    @Option(
        names = "--key",
        paramLabel = "K",
        description = "Idempotency key: the same again is the same run.")
    private @Nullable String key;

    @Option(
        names = "--carry",
        negatable = true,
        description =
            "Looks again at rows that the newest run left open, or leaves them behind; has to be"
                + " said where there are such rows.")
    private @Nullable Boolean carry;

    @Option(names = "--no-wait", description = "Begins it, and does not wait for its end.")
    private boolean noWait;

    RunIt(Shell shell) {
      super(shell);
    }

    @Override
    int run(ReconcileClient client) throws Exception {
      String name = recipe;
      if (name == null) {
        byte[] answer = client.get("/runs");
        print(answer, () -> ReconcileView.runs(ReconcileClient.items(answer)));
        return Main.OK;
      }
      if (name.matches("[0-9]+")) {
        byte[] answer = client.get("/runs/" + name);
        print(answer, () -> ReconcileView.run(ReconcileClient.tree(answer)));
        return Main.OK;
      }
      Map<String, @Nullable Object> wanted = new LinkedHashMap<>();
      wanted.put("recipe", name);
      if (carry != null) {
        wanted.put("carry", carry);
      }
      if (key != null) {
        wanted.put("key", key);
      }
      if (!parameters.isEmpty()) {
        wanted.put("parameters", parameters);
      }
      side("left", left, client, wanted);
      side("right", right, client, wanted);
      byte[] begun = client.post("/runs", JsonTree.bytes(wanted));
      byte[] ended =
          noWait ? begun : new ReconcileWait(client, shell(), SystemTicker::pause).end(begun);
      Map<String, @Nullable Object> run = ReconcileClient.tree(ended);
      print(ended, () -> ReconcileView.run(run));
      return noWait || "completed".equals(run.get("state")) ? Main.OK : Main.FAILED;
    }

    private void side(
        String side,
        @Nullable String file,
        ReconcileClient client,
        Map<String, @Nullable Object> wanted)
        throws IOException {
      if (file != null) {
        wanted.put(side, Map.of("upload", client.upload(shell().directory().resolve(file))));
      }
    }
  }

  /** {@code talea reconcile cancel}. */
  @Command(name = "cancel", description = "Calls a run off; its process ends within a second.")
  static final class Cancel extends Asking {
    @Parameters(paramLabel = "RUN", description = "Its id.")
    private String id = "";

    Cancel(Shell shell) {
      super(shell);
    }

    @Override
    int run(ReconcileClient client) {
      byte[] answer = client.post("/runs/" + Requests.encoded(id) + "/cancel", null);
      print(answer, () -> ReconcileView.run(ReconcileClient.tree(answer)));
      return Main.OK;
    }
  }

  /** {@code talea reconcile rows}. */
  @Command(name = "rows", description = "Shows rows of a run, with reasons.")
  static final class Rows extends Asking {
    @Parameters(paramLabel = "RUN", description = "Its id.")
    private String id = "";

    @Option(
        names = "--state",
        paramLabel = "STATE",
        description = "matched, suggested, unmatched or rejected; unmatched unless told.")
    private String state = "unmatched";

    @Option(names = "--side", paramLabel = "SIDE", description = SIDE)
    private @Nullable String side;

    @Option(
        names = "--after",
        paramLabel = "CURSOR",
        description = "Where the page before ended, as its 'next' says.")
    private @Nullable String after;

    @Option(
        names = "--limit",
        paramLabel = "N",
        description = "Rows on the page, 1,000 at most; 100 unless told.")
    private int limit = 100;

    Rows(Shell shell) {
      super(shell);
    }

    @Override
    int run(ReconcileClient client) {
      List<String> query = new ArrayList<>(List.of("state", state, "limit", "" + limit));
      add(query, "side", side);
      add(query, "after", after);
      byte[] answer = client.get("/runs/" + Requests.encoded(id) + "/rows" + Requests.query(query));
      print(answer, () -> ReconcileView.rows(ReconcileClient.items(answer)) + goesOn(answer));
      return Main.OK;
    }
  }

  private static String goesOn(byte[] page) {
    Object next = ReconcileClient.tree(page).get("next");
    return next == null ? "" : "\n--after " + next + " goes on";
  }

  private static void add(List<String> query, String name, @Nullable String value) {
    if (value != null) {
      query.addAll(List.of(name, value));
    }
  }

  /** {@code talea reconcile exceptions}. */
  @Command(
      name = "exceptions",
      description = "Lists rows that the newest run of a recipe left open, or decides about one.")
  static final class Exceptions extends Asking {
    @Parameters(
        paramLabel = "RECIPE|ID",
        description = "A recipe, or a row as the list names it, such as 12-left-345.")
    private String what = "";

    @Option(names = "--side", paramLabel = "SIDE", description = SIDE)
    private @Nullable String side;

    @Option(
        names = "--state",
        paramLabel = "STATE",
        description =
            "Only such rows; of one row what it becomes: open, investigating, explained,"
                + " written_off.")
    private @Nullable String state;

    @Option(names = "--note", paramLabel = "TEXT", description = "Why, of one row.")
    private @Nullable String note;

    @Option(names = "--assignee", paramLabel = "NAME", description = "Who looks at one row.")
    private @Nullable String assignee;

    @Option(
        names = "--after",
        paramLabel = "CURSOR",
        description = "Where the page before ended, as its 'next' says.")
    private @Nullable String after;

    @Option(
        names = "--limit",
        paramLabel = "N",
        description = "Rows on the page, 1,000 at most; 100 unless told.")
    private int limit = 100;

    Exceptions(Shell shell) {
      super(shell);
    }

    @Override
    int run(ReconcileClient client) {
      if (!what.matches("[0-9]+-(left|right)-[0-9]+")) {
        List<String> query = new ArrayList<>(List.of("recipe", what, "limit", "" + limit));
        add(query, "side", side);
        add(query, "state", state);
        add(query, "after", after);
        byte[] answer = client.get("/exceptions" + Requests.query(query));
        print(
            answer,
            () ->
                ReconcileView.list(
                        ReconcileClient.items(answer),
                        List.of("id", "state", "assignee", "age_days", "note", "fields"))
                    + goesOn(answer));
        return Main.OK;
      }
      Map<String, @Nullable Object> decision = new LinkedHashMap<>();
      decision.put("state", state);
      decision.put("note", note);
      decision.put("assignee", assignee);
      boolean decides = state != null || note != null || assignee != null;
      byte[] answer =
          decides
              ? client.post("/exceptions/" + what, JsonTree.bytes(decision))
              : client.get("/exceptions/" + what);
      print(answer, () -> fields(answer));
      return Main.OK;
    }
  }

  /** What two commands have alike that put rows together by hand, and take that back. */
  abstract static class ByHand extends Asking {
    private final String route;

    @Parameters(
        paramLabel = "ID",
        arity = "1..*",
        description = "Rows as 'exceptions' names them, such as 12-left-345.")
    private List<String> ids = List.of();

    @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why.")
    private String reason = "";

    ByHand(Shell shell, String route) {
      super(shell);
      this.route = route;
    }

    @Override
    int run(ReconcileClient client) {
      byte[] answer =
          client.post(
              "/exceptions/" + route, JsonTree.bytes(Map.of("exceptions", ids, "reason", reason)));
      print(answer, () -> fields(answer));
      return Main.OK;
    }
  }

  /** {@code talea reconcile match}. */
  @Command(
      name = "match",
      description = {
        "Puts open rows of both sides together by hand, a suggestion among them.",
        "They are not looked at again by runs."
      })
  static final class Match extends ByHand {
    Match(Shell shell) {
      super(shell, "match");
    }
  }

  /** {@code talea reconcile unmatch}. */
  @Command(
      name = "unmatch",
      description = "Takes rows apart that were put together by hand: they are open again.")
  static final class Unmatch extends ByHand {
    Unmatch(Shell shell) {
      super(shell, "unmatch");
    }
  }

  /** {@code talea reconcile verify}. */
  @Command(
      name = "verify",
      description = {
        "Checks evidence: every file against the manifest, and the rows matched again; of a run"
            + " also the manifest against the log of its server.",
        "Exits with 3 if anything was changed, and with 1 if a run did not complete. Of a pruned"
            + " run the manifest is all there is to check. A folder needs no server."
      })
  static final class Verify extends ClientCommand {
    @Parameters(paramLabel = "RUN|FOLDER", description = "The id of a run, or a folder.")
    private String what = "";

    Verify(Shell shell) {
      super(shell);
    }

    @Override
    int run(BlockingLedger ledger) throws Exception {
      Path folder = shell().directory().resolve(what);
      if (!what.matches("[0-9]+") || Files.isDirectory(folder)) {
        if (!Files.isDirectory(folder)) {
          throw new UsageException(what + " is neither the id of a run nor a folder");
        }
        return tell(folder.toString(), null, Verification.of(folder, (step, done, total) -> {}));
      }
      ReconcileClient client = new ReconcileClient(url(), token());
      Map<String, @Nullable Object> run = ReconcileClient.tree(client.get("/runs/" + what));
      String state = JsonTree.text(run, "state");
      if (!state.equals("completed")) {
        String reason = JsonTree.textOrNull(run, "reason");
        throw new FailedException(
            "Run "
                + what
                + " is "
                + state
                + ", so that there is no evidence to check"
                + (reason == null ? "." : ": " + reason));
      }
      Path copy = Files.createTempDirectory("talea-evidence-");
      try {
        for (Object each : JsonTree.list(run, "files")) {
          if (each instanceof Map<?, ?> file) {
            String name = String.valueOf(file.get("name"));
            client.download(
                "/runs/" + what + "/evidence/" + Requests.encoded(name),
                copy.resolve(name.replace('/', '_')));
          }
        }
        String recorded = JsonTree.textOrNull(run, "manifest_sha256");
        if (JsonTree.truth(run, "evidence_pruned")) {
          return tellPruned(copy.resolve(JsonTree.text(run, "manifest")), recorded);
        }
        return tell("run " + what, recorded, Verification.of(copy, (step, done, total) -> {}));
      } finally {
        try (Stream<Path> files = Files.list(copy)) {
          for (Path file : files.toList()) {
            Files.delete(file);
          }
        }
        Files.delete(copy);
      }
    }

    /** All that can be said of it: whether the manifest is the one that was recorded. */
    private int tellPruned(Path manifest, @Nullable String recorded) throws IOException {
      String found =
          Files.exists(manifest)
              ? HexFormat.of().formatHex(TreeHash.sha256().digest(Files.readAllBytes(manifest)))
              : null;
      List<String> findings = new ArrayList<>();
      if (found == null) {
        findings.add("the manifest is missing");
      } else if (!found.equals(recorded)) {
        findings.add(anotherManifest(found, recorded));
      }
      return tell(
          "run " + what,
          true,
          found,
          findings,
          "Pruned: the manifest of run "
              + what
              + " is what the log recorded, "
              + found
              + "; the files it names were deleted by a prune, and cannot be checked.");
    }

    private int tell(String evidence, @Nullable String recorded, Verification.Verdict verdict) {
      List<String> findings = new ArrayList<>(verdict.findings());
      String found = verdict.manifestSha256();
      if (recorded != null && !recorded.equals(found)) {
        findings.add(anotherManifest(found, recorded));
      }
      return tell(
          evidence,
          false,
          found,
          findings,
          "Right: " + evidence + " is what its manifest says, " + found + ".");
    }

    private static String anotherManifest(@Nullable String found, @Nullable String recorded) {
      return "the manifest has the SHA-256 " + found + ", and the log recorded " + recorded;
    }

    /** Right in these words, or wrong for what was found. */
    private int tell(
        String evidence,
        boolean pruned,
        @Nullable String sha256,
        List<String> findings,
        String right) {
      Map<String, @Nullable Object> answer = new LinkedHashMap<>();
      answer.put("right", findings.isEmpty());
      answer.put("evidence", evidence);
      if (pruned) {
        answer.put("pruned", true);
      }
      answer.put("manifest_sha256", sha256);
      answer.put("findings", findings);
      print(
          JsonTree.bytes(answer),
          () ->
              findings.isEmpty()
                  ? right
                  : "WRONG: " + evidence + "\n  " + String.join("\n  ", findings));
      return findings.isEmpty() ? Main.OK : Main.WRONG;
    }
  }

  /** {@code talea reconcile prune}. */
  @Command(
      name = "prune",
      description = "Drops evidence of runs that ended long ago; keeps manifests and hashes.")
  static final class Prune extends Asking {
    @Option(
        names = "--older-than",
        paramLabel = "D",
        required = true,
        description = "A number of days, such as 90d.")
    private String age = "";

    Prune(Shell shell) {
      super(shell);
    }

    @Override
    int run(ReconcileClient client) {
      byte[] answer = client.post("/prune" + Requests.query(List.of("older_than", age)), null);
      print(answer, () -> fields(answer));
      return Main.OK;
    }
  }
}
