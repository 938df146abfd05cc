// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerError.AlreadyExists;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerException;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.SourceRef;
import dev.talea.reconcile.row.MatchSide;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Format profiles and recipes in all their versions. In memory stand the seqs of their records;
 * what they say stands in the log.
 *
 * <p>Any thread may call; saving waits for the disk.
 */
public final class Documents implements Records.Part {
  private static final int BYTES_MAX = 256 * 1024;
  private static final int VERSIONS_MAX = 100_000;
  private static final String NAME = "[a-z0-9-]{1,64}";

  /** In place of a book: what is only for tokens that reach all of them. */
  private static final String ALL_BOOKS = "*";

  private final Records records;
  private final RunForms forms;
  private final NamedSources named;

  /** Seqs of the versions of each name, the first first. */
  private final NavigableMap<String, List<Long>> profiles = new TreeMap<>();

  private final NavigableMap<String, List<Long>> recipes = new TreeMap<>();

  /** The books of each version of each recipe, those of the first first. */
  private final Map<String, List<Set<String>>> recipeBooks = new HashMap<>();

  Documents(Records records, RunForms forms, NamedSources named) {
    this.records = records;
    this.forms = forms;
    this.named = named;
  }

  @Override
  public void apply(String type, long seq, Map<String, @Nullable Object> record) {
    if (type.equals("profile_saved")) {
      version(profiles, record, seq);
    } else if (type.equals("recipe_saved")) {
      version(recipes, record, seq);
      recipeBooks
          .computeIfAbsent(JsonTree.text(record, "name"), name -> new ArrayList<>())
          .add(Set.copyOf(JsonTree.texts(record, "books")));
    }
  }

  private static void version(
      Map<String, List<Long>> of, Map<String, @Nullable Object> record, long seq) {
    of.computeIfAbsent(JsonTree.text(record, "name"), name -> new ArrayList<>()).add(seq);
  }

  // ---- saving

  /** Saves a format profile as the next version of its name; the same again changes nothing. */
  public Map<String, @Nullable Object> saveProfile(String name, byte[] document, String by) {
    checkName(name);
    checkLength(document);
    forms.checkProfile(document);
    return save("profile_saved", profiles, name, document, SystemFiles.sha256(document), null, by);
  }

  /**
   * Saves a recipe as the next version of its name; the same again changes nothing. A name is for
   * those who may write to the books of each of its versions: it is by the name that runs are
   * begun, and open rows carried and read.
   */
  public Map<String, @Nullable Object> saveRecipe(
      byte[] document, String by, Predicate<Set<String>> mayWrite) {
    checkLength(document);
    Recipe recipe = forms.recipe(document);
    checkName(recipe.name());
    checkSources(recipe);
    byte[] canonical = forms.canonical(recipe);
    synchronized (records.lock) {
      if (!recipeBooks.getOrDefault(recipe.name(), List.of()).stream().allMatch(mayWrite)) {
        throw new LedgerException(
            new AlreadyExists(
                "recipe "
                    + recipe.name()
                    + ", a version of which is of books that this token does not write to; take"
                    + " another name"));
      }
      return save(
          "recipe_saved",
          recipes,
          recipe.name(),
          document,
          SystemFiles.sha256(canonical),
          new TreeSet<>(books(recipe)),
          by);
    }
  }

  private Map<String, @Nullable Object> save(
      String type,
      NavigableMap<String, List<Long>> of,
      String name,
      byte[] document,
      String sha256,
      @Nullable Set<String> books,
      String by) {
    synchronized (records.lock) {
      List<Long> versions = of.getOrDefault(name, List.of());
      String text = new String(document, StandardCharsets.UTF_8);
      if (!versions.isEmpty()) {
        Map<String, @Nullable Object> last = records.read(versions.get(versions.size() - 1));
        if (text.equals(last.get("document"))) {
          return saved(last, true);
        }
      }
      if (versions.size() >= VERSIONS_MAX) {
        throw JsonTree.invalid("name", "has " + versions.size() + " versions, which is the most");
      }
      Map<String, @Nullable Object> record =
          JsonTree.of(
              "type",
              type,
              "name",
              name,
              "version",
              versions.size() + 1L,
              "sha256",
              sha256,
              "books",
              books,
              "document",
              text);
      records.add(record, by);
      return saved(record, false);
    }
  }

  private static Map<String, @Nullable Object> saved(
      Map<String, @Nullable Object> record, boolean document) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    for (String field : List.of("name", "version", "sha256", "books", "at", "by")) {
      if (record.get(field) != null) {
        view.put(field, record.get(field));
      }
    }
    if (document && record.get("document") instanceof String text) {
      view.put("document", JsonTree.object("document", text.getBytes(StandardCharsets.UTF_8)));
    }
    return view;
  }

  private static void checkName(String name) {
    if (!name.matches(NAME)) {
      throw JsonTree.invalid("name", "must be 1 to 64 characters of a-z, 0-9 and -");
    }
  }

  private static void checkLength(byte[] document) {
    if (document.length > BYTES_MAX) {
      throw JsonTree.invalid("body", "is longer than " + BYTES_MAX + " bytes");
    }
  }

  /** What is wrong with a recipe is thrown; else its name, hash and books. */
  public Map<String, @Nullable Object> validate(byte[] document) {
    checkLength(document);
    Recipe recipe = forms.recipe(document);
    checkSources(recipe);
    return JsonTree.of(
        "valid",
        true,
        "name",
        recipe.name(),
        "sha256",
        SystemFiles.sha256(forms.canonical(recipe)),
        "books",
        new TreeSet<>(books(recipe)),
        "rules",
        (long) recipe.rules().size());
  }

  /** A recipe has to name what there is. */
  void checkSources(Recipe recipe) {
    for (MatchSide side : MatchSide.values()) {
      SourceRef source = recipe.side(side).source();
      String field = side.text() + ".source";
      if (source instanceof SourceRef.File file) {
        checkProfileIsThere(field, file.profile());
      } else if (source instanceof SourceRef.Sql sql) {
        checkProfileIsThere(field, sql.profile());
        if (!named.databases().containsKey(sql.source())) {
          throw JsonTree.invalid(
              field,
              "names the database '"
                  + sql.source()
                  + "', which TALEA_RECONCILE_SOURCES does not; it names "
                  + new TreeSet<>(named.databases().keySet()));
        }
      }
    }
  }

  private void checkProfileIsThere(String field, String name) {
    synchronized (records.lock) {
      if (!profiles.containsKey(name)) {
        throw JsonTree.invalid(
            field,
            "names the profile '" + name + "', which is not saved; saved are " + profiles.keySet());
      }
    }
  }

  // ---- reading

  /** All profiles, in their newest versions, without their documents. */
  public List<Map<String, @Nullable Object>> profiles() {
    return newestOf(profiles, name -> true);
  }

  /** The recipes that may be seen, in their newest versions, without their documents. */
  public List<Map<String, @Nullable Object>> recipes(Predicate<Set<String>> mayRead) {
    return newestOf(recipes, name -> mayRead.test(booksOfRecipe(name)));
  }

  private List<Map<String, @Nullable Object>> newestOf(
      NavigableMap<String, List<Long>> of, Predicate<String> mayRead) {
    List<Map<String, @Nullable Object>> found = new ArrayList<>();
    synchronized (records.lock) {
      of.forEach(
          (name, versions) -> {
            if (mayRead.test(name)) {
              found.add(saved(records.read(versions.get(versions.size() - 1)), false));
            }
          });
    }
    return found;
  }

  /** A profile with its document, in this version, or the newest for 0. */
  public Map<String, @Nullable Object> profile(String name, long version) {
    return saved(document("profile", profiles, name, version), true);
  }

  /** The text of a profile in its newest version. */
  String profileText(String name) {
    return JsonTree.text(document("profile", profiles, name, 0), "document");
  }

  /**
   * A recipe with its document, in this version, or the newest for 0.
   *
   * @param allowed is given the books of that version, and throws if they are out of reach
   */
  public Map<String, @Nullable Object> recipe(
      String name, long version, Consumer<Set<String>> allowed) {
    return saved(recipeRecord(name, version, allowed), true);
  }

  /** The record of a recipe that may be read, as above. */
  Map<String, @Nullable Object> recipeRecord(
      String name, long version, Consumer<Set<String>> allowed) {
    synchronized (records.lock) {
      Set<String> newestBooks = booksOfRecipe(name);
      List<Set<String>> versions = recipeBooks.getOrDefault(name, List.of());
      boolean there = version > 0 && version <= versions.size();
      // How many versions there are is told only to those who reach one of them.
      allowed.accept(there ? versions.get((int) version - 1) : newestBooks);
      return document("recipe", recipes, name, version);
    }
  }

  /** The text of a recipe in this version. */
  String recipeText(String name, long version) {
    return JsonTree.text(document("recipe", recipes, name, version), "document");
  }

  /** The recipe in a document that is not saved. */
  Recipe unsaved(byte[] document) {
    checkLength(document);
    return forms.recipe(document);
  }

  /** The recipe in a text that was saved. */
  Recipe recipeOf(String text) {
    return forms.recipe(text.getBytes(StandardCharsets.UTF_8));
  }

  private Map<String, @Nullable Object> document(
      String what, NavigableMap<String, List<Long>> of, String name, long version) {
    synchronized (records.lock) {
      List<Long> versions = of.get(name);
      if (versions == null) {
        throw new LedgerException(new NotFound(what + " " + name));
      }
      if (version < 0 || version > versions.size()) {
        throw new LedgerException(
            new NotFound(
                what + " " + name + ", version " + version + "; it has " + versions.size()));
      }
      return records.read(versions.get((int) (version == 0 ? versions.size() : version) - 1));
    }
  }

  // ---- books

  /** The books that a document needs; see {@link #books}. */
  public Set<String> booksOfDocument(byte[] document) {
    return books(forms.recipe(document));
  }

  /** The books that the newest version of a recipe needs. Under the lock. */
  Set<String> booksOfRecipe(String name) {
    List<Set<String>> versions = recipeBooks.get(name);
    if (versions == null) {
      throw new LedgerException(new NotFound("recipe " + name));
    }
    return versions.get(versions.size() - 1);
  }

  /**
   * The books that a recipe needs: those it names, and those its databases are for. A query is free
   * text and reads whatever the login of its database may, so that a database which the operator
   * gave to no book is for tokens of all books alone. None if there are neither.
   */
  Set<String> books(Recipe recipe) {
    Set<String> books = new TreeSet<>();
    for (MatchSide side : MatchSide.values()) {
      SourceRef source = recipe.side(side).source();
      if (source instanceof SourceRef.Ledger ledger) {
        books.add(ledger.book());
      } else if (source instanceof SourceRef.Sql sql) {
        NamedSources.Database database = named.databases().get(sql.source());
        Set<String> of = database == null ? Set.of() : database.books();
        books.addAll(of.isEmpty() ? Set.of(ALL_BOOKS) : of);
      }
    }
    return books;
  }
}
