// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import dev.talea.reconcile.document.Suggestion;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.source.FormatProfile.Amount;
import dev.talea.reconcile.source.FormatProfile.AssetFrom;
import dev.talea.reconcile.source.FormatProfile.Dates;
import dev.talea.reconcile.source.FormatProfile.Field;
import dev.talea.reconcile.source.FormatProfile.Format;
import dev.talea.reconcile.source.FormatProfile.Numbers;
import dev.talea.reconcile.source.FormatProfile.Text;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Proposes a format profile from the beginning of a file, by counting: for each setting it says how
 * many values fit it, and where two readings fit equally well it says so, because what {@code
 * 01/02/2024} means is known to the bank and to nothing in the file. A person confirms the profile;
 * nothing reads by a proposal.
 *
 * <p>One thread.
 */
public final class ProfileDetector {
  /** Bytes that are looked at. */
  public static final int SAMPLE_BYTES_MAX = 512 * 1024;

  private static final int ROWS_MAX = 5_000;
  private static final int PREAMBLE_MAX = 50;

  /** A column of numbers may have so many that are none, which are rows to reject. */
  private static final int MISFITS_MAX_PERCENT = 10;

  private static final int PERCENT = 100;

  /** As many as the coins of chains have. */
  private static final int DECIMALS_MAX = 18;

  private static final char[] DELIMITERS = {',', ';', '\t', '|'};
  private static final SourceLimits LIMITS =
      new SourceLimits(1L << 30, 1L << 20, 1_000, 1 << 20, 500);

  private static final List<String> PATTERNS =
      List.of(
          "yyyy-MM-dd",
          "dd.MM.yyyy",
          "d.M.yyyy",
          "dd/MM/yyyy",
          "MM/dd/yyyy",
          "d/M/yyyy",
          "M/d/yyyy",
          "dd-MM-yyyy",
          "MM-dd-yyyy",
          "yyyy/MM/dd",
          "yyyyMMdd",
          "dd.MM.yy",
          "dd/MM/yy",
          "MM/dd/yy",
          "yyMMdd",
          "d MMM yyyy",
          "d-MMM-yyyy",
          "yyyy-MM-dd HH:mm:ss",
          "yyyy-MM-dd'T'HH:mm:ss",
          "yyyy-MM-dd'T'HH:mm:ssX",
          "yyyy-MM-dd HH:mm:ssX",
          "dd.MM.yyyy HH:mm",
          "dd.MM.yyyy HH:mm:ss",
          "dd/MM/yyyy HH:mm:ss",
          "MM/dd/yyyy HH:mm:ss");

  private static final List<Numbers> MARKS =
      List.of(
          new Numbers('.', null, DECIMALS_MAX, false),
          new Numbers(',', null, DECIMALS_MAX, false),
          new Numbers('.', ',', DECIMALS_MAX, false),
          new Numbers(',', '.', DECIMALS_MAX, false),
          new Numbers(',', ' ', DECIMALS_MAX, false),
          new Numbers(',', '\u00a0', DECIMALS_MAX, false),
          new Numbers('.', '\'', DECIMALS_MAX, false));

  private static final List<String> AMOUNT_WORDS =
      List.of(
          "amount", "betrag", "umsatz", "castka", "montant", "importe", "importo", "kwota",
          "bedrag", "value", "sum");
  private static final List<String> IN_WORDS =
      List.of(
          "credit",
          "haben",
          "eingang",
          "paidin",
          "moneyin",
          "deposit",
          "gutschrift",
          "prijem",
          "in");
  private static final List<String> OUT_WORDS =
      List.of(
          "debit",
          "soll",
          "ausgang",
          "paidout",
          "moneyout",
          "withdrawal",
          "lastschrift",
          "vydaj",
          "out");
  private static final List<String> DATE_WORDS =
      List.of(
          "bookingdate",
          "buchungstag",
          "buchungsdatum",
          "transactiondate",
          "date",
          "datum",
          "booked",
          "day",
          "valuta",
          "valuedate");
  private static final List<String> REFERENCE_WORDS =
      List.of(
          "reference",
          "ref",
          "verwendungszweck",
          "purpose",
          "variablesymbol",
          "vs",
          "endtoendid",
          "invoice",
          "description",
          "memo",
          "text",
          "details",
          "zprava");
  private static final List<String> PARTY_WORDS =
      List.of(
          "counterparty",
          "payee",
          "payer",
          "beneficiary",
          "name",
          "empfanger",
          "auftraggeber",
          "protistrana",
          "merchant",
          "customer");

  private static final List<List<String>> MARK_PAIRS =
      List.of(
          List.of("C", "D"),
          List.of("CR", "DR"),
          List.of("H", "S"),
          List.of("CRDT", "DBIT"),
          List.of("Credit", "Debit"),
          List.of("CREDIT", "DEBIT"),
          List.of("+", "-"),
          List.of("PRIJEM", "VYDAJ"),
          List.of("in", "out"),
          List.of("IN", "OUT"));

  private static final String NO_CURRENCY = "XXX";

  /**
   * One setting, and why.
   *
   * @param setting as in a profile, with a dot: {@code dates.patterns}
   * @param value what is proposed
   * @param fits how many of the values that were looked at fit
   * @param of how many were looked at
   * @param remark what else fits, or what could not be found; null if the setting is plain
   */
  public record Finding(String setting, String value, long fits, long of, @Nullable String remark) {
    /** Whether a person has to choose. */
    public boolean isOpen() {
      return remark != null;
    }
  }

  /**
   * What was found.
   *
   * @param profile a proposal: every open finding is a question about it
   */
  public record Proposed(FormatProfile profile, List<Finding> findings) {
    /** Copies the list. */
    public Proposed {
      findings = List.copyOf(findings);
    }
  }

  private final List<Finding> findings = new ArrayList<>();
  private final byte[] sample;
  private final boolean whole;

  private ProfileDetector(byte[] sample, boolean whole) {
    this.sample = sample;
    this.whole = whole;
  }

  /**
   * Looks at the beginning of a file.
   *
   * @param name of the profile that is proposed
   * @throws IOException if it cannot be read, or is nothing that can be read by a profile
   */
  public static Proposed of(String name, ByteSource bytes) throws IOException {
    byte[] sample;
    try (FileBytes file = new FileBytes(bytes.open(), LIMITS)) {
      sample = file.readNBytes(SAMPLE_BYTES_MAX);
    }
    if (sample.length == 0) {
      throw new IOException("the file is empty, there is nothing to detect");
    }
    return new ProfileDetector(sample, sample.length < SAMPLE_BYTES_MAX).propose(name);
  }

  private void found(String setting, String value, long fits, long of, @Nullable String remark) {
    findings.add(new Finding(setting, value, fits, of, remark));
  }

  private Proposed propose(String name) throws IOException {
    String head =
        new String(sample, 0, Math.min(sample.length, 4_096), StandardCharsets.ISO_8859_1);
    if (head.startsWith("PAR1")) {
      throw new IOException("the file is Parquet, whose columns have names and types: name them");
    }
    String encoding = encoding();
    boolean camt = head.contains("camt.053") || head.contains("<BkToCstmrStmt");
    boolean mt940 = head.contains(":20:") && head.contains(":60");
    if (camt || mt940) {
      Format format = camt ? Format.CAMT_053 : Format.MT940;
      found("format", format.text(), 1, 1, null);
      Text text = new Text(encoding, ',', '"', true, 0, 0, null);
      return new Proposed(
          new FormatProfile(
              name,
              format,
              text,
              Numbers.USUAL,
              Dates.USUAL,
              Statements.AMOUNT,
              Statements.ASSET,
              Statements.FIELDS,
              List.of()),
          findings);
    }
    found("format", Format.DELIMITED.text(), 1, 1, null);
    return delimited(name, encoding);
  }

  // ---- characters

  private String encoding() {
    String marked = CharFeed.marked(sample, sample.length);
    if (marked != null) {
      found("text.encoding", marked, sample.length, sample.length, null);
      return marked;
    }
    long nulsEven = 0;
    long nulsOdd = 0;
    long high = 0;
    for (int i = 0; i < sample.length; i++) {
      nulsEven += sample[i] == 0 && i % 2 == 0 ? 1 : 0;
      nulsOdd += sample[i] == 0 && i % 2 == 1 ? 1 : 0;
      high += sample[i] < 0 ? 1 : 0;
    }
    if (nulsOdd * 4 > sample.length || nulsEven * 4 > sample.length) {
      String wide = nulsOdd > nulsEven ? "UTF-16LE" : "UTF-16BE";
      found("text.encoding", wide, Math.max(nulsOdd, nulsEven), sample.length / 2, null);
      return wide;
    }
    if (high == 0) {
      found("text.encoding", "UTF-8", sample.length, sample.length, null);
      return "UTF-8";
    }
    long utf8Faults =
        new String(sample, StandardCharsets.UTF_8).chars().filter(c -> c == 0xFFFD).count();
    if (utf8Faults <= (whole ? 0 : 1)) {
      found("text.encoding", "UTF-8", high, high, null);
      return "UTF-8";
    }
    String western = words("windows-1252");
    String central = words("windows-1250");
    boolean slavic =
        central
                    .chars()
                    .filter(
                        c ->
                            "\u011b\u0161\u010d\u0159\u017e\u016f\u0142\u0105\u0119\u015b\u017a\u0151\u0171\u0165\u010f\u0148"
                                    .indexOf(c)
                                >= 0)
                    .count()
                * 2
            > central.codePoints().filter(c -> c > 127).count();
    String proposed = slavic ? "windows-1250" : "windows-1252";
    found(
        "text.encoding",
        proposed,
        high,
        high,
        "it is no UTF-8, and any single-byte encoding fits: windows-1252 reads \""
            + western
            + "\", windows-1250 reads \""
            + central
            + "\"");
    return proposed;
  }

  /** Some words with letters beyond ASCII, as an encoding reads them. */
  private String words(String encoding) {
    StringBuilder words = new StringBuilder();
    for (String word :
        new String(sample, Charset.forName(encoding)).split("[\\s,;|\"]+", 100_000)) {
      if (word.chars().anyMatch(c -> c > 127) && words.length() < 60 && words.indexOf(word) < 0) {
        words.append(words.isEmpty() ? "" : " ").append(word, 0, Math.min(word.length(), 30));
      }
    }
    return words.toString();
  }

  // ---- rows

  private List<List<String>> rows(String encoding, char delimiter) throws IOException {
    List<List<String>> rows = new ArrayList<>();
    RowScanner scanner =
        new RowScanner(
            new CharFeed(new ByteArrayInputStream(sample), encoding), delimiter, '"', LIMITS);
    while (rows.size() < ROWS_MAX && scanner.nextRow()) {
      List<String> row = new ArrayList<>();
      for (int i = 0; i < scanner.fields(); i++) {
        row.add(scanner.text(i).strip());
      }
      rows.add(row);
    }
    if (!whole && rows.size() > 1 && rows.size() < ROWS_MAX) {
      rows.remove(rows.size() - 1); // the sample may have cut it
    }
    return rows;
  }

  private static int usualWidth(List<List<String>> rows) {
    Map<Integer, Integer> widths = new HashMap<>();
    rows.forEach(row -> widths.merge(row.size(), 1, Integer::sum));
    return widths.entrySet().stream()
        .max(Map.Entry.<Integer, Integer>comparingByValue().thenComparing(Map.Entry::getKey))
        .map(Map.Entry::getKey)
        .orElse(0);
  }

  private static long ofWidth(List<List<String>> rows, int width) {
    return rows.stream().filter(row -> row.size() == width).count();
  }

  private Proposed delimited(String name, String encoding) throws IOException {
    char delimiter = ',';
    List<List<String>> rows = List.of();
    long best = -1;
    for (char each : DELIMITERS) {
      List<List<String>> cut = rows(encoding, each);
      int width = usualWidth(cut);
      long score =
          width < 2 ? 0 : ofWidth(cut, width) * 1_000 / Math.max(1, cut.size()) * 100 + width;
      if (score > best) {
        best = score;
        delimiter = each;
        rows = cut;
      }
    }
    int width = usualWidth(rows);
    found(
        "text.delimiter",
        delimiter == '\t' ? "tab" : String.valueOf(delimiter),
        ofWidth(rows, width),
        rows.size(),
        width < 2 ? "every row has one field: this may be no delimited file" : null);
    int first = 0;
    while (first < Math.min(rows.size(), PREAMBLE_MAX) && rows.get(first).size() != width) {
      first++;
    }
    int last = rows.size();
    while (whole && last > first + 1 && rows.get(last - 1).size() != width) {
      last--;
    }
    int footer = rows.size() - last;
    if (footer > 0) {
      found("text.footer_rows", Integer.toString(footer), footer, footer, null);
    }
    boolean header = isHeader(rows.get(first));
    found("text.header", Boolean.toString(header), 1, 1, null);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < width; i++) {
      names.add(header ? rows.get(first).get(i) : "#" + (i + 1));
    }
    int lines = skipped(encoding, first);
    if (lines > 0) {
      found("text.skip_lines", Integer.toString(lines), lines, lines, null);
    }
    List<List<String>> data = new ArrayList<>();
    for (List<String> row : rows.subList(Math.min(rows.size(), first + (header ? 1 : 0)), last)) {
      if (row.size() == width) {
        data.add(row);
      }
    }
    Text text = new Text(encoding, delimiter, '"', header, lines, footer, null);
    return new Proposed(columns(name, text, names, data), findings);
  }

  /** Lines before the row with this number: what a profile passes over is lines, not rows. */
  private int skipped(String encoding, int row) throws IOException {
    if (row == 0) {
      return 0;
    }
    RowScanner scanner =
        new RowScanner(new CharFeed(new ByteArrayInputStream(sample), encoding), ',', '"', LIMITS);
    for (int i = 0; i <= row && scanner.nextRow(); i++) {
      // to its line
    }
    return (int) scanner.line() - 1;
  }

  /** Names: none is empty, a number or a day, and none stands twice. */
  private static boolean isHeader(List<String> row) {
    Set<String> names = new HashSet<>();
    for (String each : row) {
      if (each.isEmpty() || each.matches("[-+]?[0-9][0-9.,/: -]*") || !names.add(each)) {
        return false;
      }
    }
    return true;
  }

  // ---- columns

  /** What one column holds. */
  private static final class Seen {
    final List<String> values = new ArrayList<>();
    final Set<String> distinct = new TreeSet<>();
    @Nullable String pattern;
    boolean number;
    int decimals;
    long misfits;
    @Nullable String misfit;
  }

  private FormatProfile columns(
      String name, Text text, List<String> names, List<List<String>> data) {
    List<Seen> seen = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      Seen column = new Seen();
      for (List<String> row : data) {
        if (!row.get(i).isEmpty()) {
          column.values.add(row.get(i));
          column.distinct.add(row.get(i));
        }
      }
      seen.add(column);
    }
    Dates dates = dates(names, seen);
    Numbers numbers = numbers(seen);
    Amount amount = amount(names, seen, data);
    AssetFrom asset = asset(names, seen);
    Set<String> used = used(amount, asset);
    List<Field> fields = fields(names, seen, used);
    int decimals = 0;
    for (int i = 0; i < names.size(); i++) {
      if (used.contains(names.get(i)) && seen.get(i).number) {
        Seen column = seen.get(i);
        decimals = Math.max(decimals, column.decimals);
        if (column.misfits > 0) {
          found(
              "amount in " + names.get(i),
              "number",
              column.values.size() - column.misfits,
              column.values.size(),
              "rows with others, as " + Suggestion.shown("" + column.misfit) + ", are rejected");
        }
      }
    }
    found(
        "numbers.scale",
        Integer.toString(decimals),
        data.size(),
        data.size(),
        decimals == 0 ? "no amount has a fraction: is a minor unit really a whole one?" : null);
    return new FormatProfile(
        name,
        Format.DELIMITED,
        text,
        new Numbers(numbers.decimal(), numbers.thousands(), decimals, false),
        dates,
        amount,
        asset,
        fields,
        List.of());
  }

  private static Set<String> used(Amount amount, AssetFrom asset) {
    Set<String> used = new HashSet<>();
    if (amount instanceof Amount.Signed signed) {
      used.add(signed.column());
    } else if (amount instanceof Amount.Split split) {
      used.addAll(List.of(split.in(), split.out()));
    } else if (amount instanceof Amount.Marked marked) {
      used.addAll(List.of(marked.column(), marked.marker()));
    }
    if (asset instanceof AssetFrom.Named named) {
      used.add(named.column());
    }
    return used;
  }

  private Dates dates(List<String> names, List<Seen> seen) {
    Set<String> chosen = new TreeSet<>();
    for (int i = 0; i < seen.size(); i++) {
      Seen column = seen.get(i);
      List<String> fitting = new ArrayList<>();
      for (String pattern : PATTERNS) {
        // Eight or six digits alone are a day only where the name says so.
        boolean bare = pattern.equals("yyyyMMdd") || pattern.equals("yyMMdd");
        if ((!bare || hint(names.get(i), DATE_WORDS) >= 0) && fitsAll(column, pattern)) {
          fitting.add(pattern);
        }
      }
      if (fitting.isEmpty()) {
        continue;
      }
      String pattern = fitting.get(0);
      column.pattern = pattern;
      chosen.add(pattern);
      List<String> others =
          fitting.stream()
              .filter(
                  other ->
                      DatePattern.confuse(pattern, other) && DatePattern.isTurned(pattern, other))
              .toList();
      found(
          "dates.patterns of " + names.get(i),
          pattern,
          column.values.size(),
          column.values.size(),
          others.isEmpty()
              ? null
              : "ambiguous: all "
                  + column.values.size()
                  + " values fit "
                  + String.join(" and ", others)
                  + " too, as no day is above 12: "
                  + column.values.get(0)
                  + " can be two days; ask the bank");
    }
    return chosen.isEmpty() ? Dates.USUAL : new Dates(List.copyOf(chosen), "UTC");
  }

  private static boolean fitsAll(Seen column, String pattern) {
    DatePattern reader = new DatePattern(pattern);
    for (String value : column.values) {
      if (reader.date(value.toCharArray(), 0, value.length()) == null) {
        return false;
      }
    }
    return !column.values.isEmpty();
  }

  private static boolean looksLikeNumber(String value) {
    return value.matches("[-+(]?[0-9.,' \u00a0\u2212-]+\\)?") && value.matches(".*[0-9].*");
  }

  private static boolean isFew(long misfits, Seen column) {
    return misfits * PERCENT <= (long) column.values.size() * MISFITS_MAX_PERCENT;
  }

  private Numbers numbers(List<Seen> seen) {
    Numbers best = MARKS.get(0);
    long bestFits = -1;
    List<Numbers> equal = new ArrayList<>();
    long values = 0;
    List<Seen> candidates =
        seen.stream()
            .filter(each -> each.pattern == null && !each.values.isEmpty())
            .filter(
                each ->
                    isFew(
                        each.values.stream().filter(value -> !looksLikeNumber(value)).count(),
                        each))
            .toList();
    for (Seen each : candidates) {
      values += each.values.size();
    }
    for (Numbers marks : MARKS) {
      NumberReader reader = new NumberReader(marks);
      long fits = 0;
      for (Seen each : candidates) {
        for (String value : each.values) {
          fits += reader.amount(value.toCharArray(), 0, value.length()) == null ? 0 : 1;
        }
      }
      if (fits > bestFits) {
        bestFits = fits;
        best = marks;
        equal.clear();
      } else if (fits == bestFits) {
        equal.add(marks);
      }
    }
    char decimal = best.decimal();
    boolean open =
        equal.stream().anyMatch(each -> each.decimal() != decimal)
            && candidates.stream()
                .anyMatch(
                    each -> each.values.stream().anyMatch(value -> value.matches(".*[.,].*")));
    NumberReader reader = new NumberReader(best);
    for (Seen each : candidates) {
      for (String value : each.values) {
        if (reader.amount(value.toCharArray(), 0, value.length()) == null) {
          each.misfits++;
          each.misfit = each.misfit == null ? value : each.misfit;
          continue;
        }
        int mark = value.lastIndexOf(decimal);
        each.decimals =
            Math.max(
                each.decimals,
                mark < 0
                    ? 0
                    : (int) value.substring(mark + 1).chars().filter(Character::isDigit).count());
      }
      each.number = isFew(each.misfits, each);
    }
    if (!candidates.isEmpty()) {
      found(
          "numbers",
          "decimal '"
              + decimal
              + "'"
              + (best.thousands() == null ? "" : ", thousands '" + best.thousands() + "'"),
          bestFits,
          values,
          open
              ? "ambiguous: with '" + (decimal == '.' ? ',' : '.') + "' as decimal mark as many fit"
              : null);
    }
    return best;
  }

  /** In small letters without accents. */
  private static String plain(String name) {
    return Normalizer.normalize(name, Normalizer.Form.NFD)
        .replaceAll("\\p{M}", "")
        .toLowerCase(Locale.ROOT);
  }

  private static int hint(String name, List<String> words) {
    String plain = plain(name).replaceAll("[^a-z]", "");
    int found = words.indexOf(plain);
    for (int i = 0; found < 0 && i < words.size(); i++) {
      found = words.get(i).length() > 3 && plain.contains(words.get(i)) ? i + words.size() : -1;
    }
    return found;
  }

  /** The column of those that pass whose name says it best; -1 if none does. */
  private static int best(List<String> names, List<String> words, List<Boolean> passes) {
    int best = -1;
    int least = Integer.MAX_VALUE;
    for (int i = 0; i < names.size(); i++) {
      int hint = passes.get(i) ? hint(names.get(i), words) : -1;
      if (hint >= 0 && hint < least) {
        least = hint;
        best = i;
      }
    }
    return best;
  }

  private Amount amount(List<String> names, List<Seen> seen, List<List<String>> data) {
    List<Boolean> numbers = seen.stream().map(each -> each.number).toList();
    int in = best(names, IN_WORDS, numbers);
    int out = best(names, OUT_WORDS, numbers);
    if (in >= 0 && out >= 0 && in != out) {
      int inAt = in;
      int outAt = out;
      long apart =
          data.stream().filter(row -> row.get(inAt).isEmpty() != row.get(outAt).isEmpty()).count();
      found("amount", names.get(in) + " less " + names.get(out), apart, data.size(), null);
      return new Amount.Split(names.get(in), names.get(out));
    }
    int at = best(names, AMOUNT_WORDS, numbers);
    String remark = null;
    if (at < 0) {
      for (int i = 0; i < seen.size(); i++) {
        at = numbers.get(i) && (at < 0 || seen.get(i).decimals > seen.get(at).decimals) ? i : at;
      }
      remark =
          at < 0
              ? "no column holds numbers only: name the one that has the amount"
              : "no name says which column has the amount; this one holds numbers";
      at = Math.max(0, at);
    }
    boolean signed =
        seen.get(at).values.stream().anyMatch(value -> value.matches("[-(\u2212].*|.*-"));
    for (int i = 0; !signed && i < seen.size(); i++) {
      for (List<String> pair : MARK_PAIRS) {
        if (i != at && seen.get(i).distinct.size() == 2 && seen.get(i).distinct.containsAll(pair)) {
          found(
              "amount",
              names.get(at) + ", direction in " + names.get(i),
              seen.get(i).values.size(),
              data.size(),
              remark);
          return new Amount.Marked(
              names.get(at), names.get(i), List.of(pair.get(0)), List.of(pair.get(1)));
        }
      }
    }
    if (!signed && remark == null) {
      remark =
          "no amount is negative: does all money come in, or does another column say which way?";
    }
    found("amount", names.get(at), seen.get(at).values.size(), data.size(), remark);
    return new Amount.Signed(names.get(at), false);
  }

  private AssetFrom asset(List<String> names, List<Seen> seen) {
    for (int i = 0; i < seen.size(); i++) {
      Seen column = seen.get(i);
      boolean codes =
          !column.values.isEmpty()
              && column.distinct.size() <= 200
              && column.values.stream().allMatch(value -> value.matches("[A-Z]{3,5}"));
      if (codes
          && hint(
                  names.get(i),
                  List.of(
                      "currency",
                      "wahrung",
                      "waehrung",
                      "ccy",
                      "mena",
                      "asset",
                      "devise",
                      "waluta"))
              >= 0) {
        found("asset", "column " + names.get(i), column.values.size(), column.values.size(), null);
        return new AssetFrom.Named(names.get(i));
      }
    }
    found(
        "asset", NO_CURRENCY, 0, 0, "no column names a currency: put in which one the file is of");
    return new AssetFrom.Fixed(NO_CURRENCY);
  }

  private static List<Field> fields(List<String> names, List<Seen> seen, Set<String> used) {
    List<Boolean> days = new ArrayList<>();
    List<Boolean> texts = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      boolean free = !used.contains(names.get(i));
      days.add(free && seen.get(i).pattern != null);
      texts.add(free && seen.get(i).pattern == null);
    }
    int date = best(names, DATE_WORDS, days);
    date = date < 0 ? days.indexOf(true) : date;
    int reference = best(names, REFERENCE_WORDS, texts);
    int party = best(names, PARTY_WORDS, texts);
    List<Field> fields = new ArrayList<>();
    Set<String> taken = new HashSet<>(Arrays.asList(Column.AMOUNT, Column.ASSET));
    for (int i = 0; i < names.size(); i++) {
      if (used.contains(names.get(i))) {
        continue;
      }
      String usual =
          i == date
              ? Column.DATE
              : i == reference ? Column.REFERENCE : i == party ? Column.COUNTERPARTY : null;
      String name = usual == null ? fieldName(names.get(i), taken, i) : usual;
      taken.add(name);
      fields.add(
          new Field(name, names.get(i), days.get(i) ? ColumnType.DATE : ColumnType.TEXT, false));
    }
    return fields;
  }

  private static String fieldName(String column, Set<String> taken, int at) {
    String plain = plain(column).replaceAll("[^a-z0-9]+", "_").replaceAll("^[_0-9]+|_+$", "");
    boolean fixed =
        List.of(Column.DATE, Column.TIME, Column.REFERENCE, Column.COUNTERPARTY).contains(plain);
    String name = plain.isEmpty() || fixed ? "column_" + (at + 1) : plain;
    name = name.substring(0, Math.min(name.length(), 60));
    return taken.contains(name) ? name + "_" + (at + 1) : name;
  }
}
