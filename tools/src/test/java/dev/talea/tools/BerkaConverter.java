// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.json.DraftWriter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Makes a ledger of the bank transactions of the PKDD'99 Discovery Challenge ("Berka" data set):
 * from {@code transactions.csv}, a seed with the asset and all accounts, and a file of drafts for
 * {@code talea load}.
 *
 * <p>The bank's view: what a customer has is what the bank owes, a liability that grows with
 * credits. The other side of each transaction is cash, the clearing account of the other bank,
 * interest the bank pays, interest it charges, or its fees. Amounts are hellers, hundredths of a
 * crown. The bank's own transaction number is the idempotency key.
 *
 * <p>As a program: {@code BerkaConverter transactions.csv OUT-DIR}.
 */
public final class BerkaConverter {
  /** The book all of it lives in. */
  static final String BOOK = "berka";

  static final String ASSET = "CZK";

  private static final Pattern COMMA = Pattern.compile(",");
  private static final int COLUMNS = 10;

  private BerkaConverter() {}

  /** Converts a file. */
  public static void main(String[] args) throws IOException {
    if (args.length != 2) {
      System.err.println("usage: BerkaConverter transactions.csv OUT-DIR");
      System.exit(2);
    }
    Path out = Files.createDirectories(Path.of(args[1]));
    int drafts = convert(Path.of(args[0]), out, Integer.MAX_VALUE);
    System.out.println(drafts + " drafts in " + out.resolve("drafts.jsonl"));
  }

  /**
   * Writes {@code talea.seed.toml} and {@code drafts.jsonl}.
   *
   * @param most transactions, from the first on
   * @return how many drafts there are
   */
  static int convert(Path csv, Path outDirectory, int most) throws IOException {
    Map<String, String> accounts = new TreeMap<>();
    int count = 0;
    try (BufferedReader lines = Files.newBufferedReader(csv);
        OutputStream drafts = Files.newOutputStream(outDirectory.resolve("drafts.jsonl"))) {
      String header = lines.readLine();
      if (header == null || !header.startsWith("trans_id,account_id,date,type,operation,amount,")) {
        throw new IOException(csv + " does not begin with the header of the transaction file");
      }
      for (String line = lines.readLine(); line != null && count < most; line = lines.readLine()) {
        String[] row = COMMA.split(line, -1);
        if (row.length != COLUMNS) {
          throw new IOException(csv + ", transaction " + row[0] + ": not " + COLUMNS + " columns");
        }
        drafts.write(DraftWriter.transaction(draft(row, accounts)));
        drafts.write('\n');
        count++;
      }
    }
    Files.writeString(outDirectory.resolve("talea.seed.toml"), seed(accounts));
    return count;
  }

  /** The draft of a row, whose accounts are added with their kinds. */
  static TransactionDraft draft(String[] row, Map<String, String> accounts) {
    String customer = customer(row[1]);
    String other = otherSide(row);
    accounts.put(customer, "liability");
    accounts.put(other, kind(other));
    Int128 hellers = Int128.of(new BigDecimal(row[5]).movePointRight(2).longValueExact());
    boolean moneyIn = row[3].equals("credit");
    List<Posting> postings =
        List.of(
            new Posting(moneyIn ? other : customer, hellers, ASSET, Side.DEBIT),
            new Posting(moneyIn ? customer : other, hellers, ASSET, Side.CREDIT));
    List<ExternalRef> refs = new ArrayList<>();
    if (!row[8].isEmpty()) {
      refs.add(new ExternalRef("bank-account", row[8] + ":" + row[9]));
    }
    String words = "{\"operation\":\"" + row[4] + "\",\"symbol\":\"" + row[7].strip() + "\"}";
    return new TransactionDraft(
        BOOK,
        row[0],
        postings,
        refs,
        new JsonText(words),
        LocalDate.parse(row[2]).atStartOfDay(ZoneOffset.UTC).toInstant());
  }

  /** The account of a customer in the book. */
  static String customer(String accountId) {
    return "customer:" + accountId;
  }

  private static String otherSide(String[] row) {
    return switch (row[7]) {
      case "UROK" -> "interest:paid";
      case "SANKC. UROK" -> "interest:charged";
      case "SLUZBY" -> "fees";
      default -> {
        if (!row[8].isEmpty()) {
          yield "clearing:" + row[8];
        }
        yield row[4].startsWith("card") ? "clearing:cards" : "cash";
      }
    };
  }

  private static String kind(String account) {
    if (account.startsWith("clearing:")) {
      return "clearing";
    }
    return switch (account) {
      case "interest:paid" -> "expense";
      case "interest:charged", "fees" -> "income";
      default -> "asset";
    };
  }

  private static String seed(Map<String, String> accounts) {
    StringBuilder toml = new StringBuilder();
    toml.append("[[assets]]\nid = \"CZK\"\nclass = \"fiat\"\nprecision = 2\n");
    toml.append("name = \"Czech crown\"\n");
    accounts.forEach(
        (path, kind) -> {
          toml.append("\n[[accounts]]\nbook = \"").append(BOOK).append("\"\npath = \"");
          toml.append(path).append("\"\nasset = \"CZK\"\nkind = \"").append(kind).append("\"\n");
          if (kind.equals("liability") || kind.equals("income")) {
            toml.append("normal_side = \"credit\"\n");
          }
        });
    return toml.toString();
  }
}
