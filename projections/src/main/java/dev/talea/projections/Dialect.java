// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

/**
 * The two kinds of SQL that tables of projections are kept in, and what they call the types of the
 * ledger. Exact amounts of any size are {@link #amount}: a numeric in PostgreSQL; text in SQLite,
 * whose integers end at 64 bits, with {@link #plus} for what its own plus would round.
 */
public enum Dialect {
  /** One file, one writer. */
  SQLITE("TEXT", "TEXT", "TEXT", "TEXT", "TEXT") {
    @Override
    public String sum(String amount) {
      return "talea_sum(" + amount + ")";
    }

    @Override
    public String minus(String amount) {
      return "talea_minus(" + amount + ")";
    }

    @Override
    public String plus(String one, String other) {
      return "talea_plus(" + one + ", " + other + ")";
    }

    @Override
    public String isIn(String column) {
      return column + " IN (SELECT value FROM json_each(?))";
    }

    @Override
    String row(String table) {
      return "SELECT * FROM " + table;
    }

    @Override
    public String now() {
      return "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
    }

    @Override
    public String inMillis() {
      return "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', (? / 1000.0) || ' seconds')";
    }

    @Override
    public String scaled(String amount, String precision) {
      return "CAST(" + amount + " AS REAL) / power(10, " + precision + ")";
    }
  },

  /** A server. */
  POSTGRES("numeric", "timestamptz", "date", "json", "uuid") {
    @Override
    public String sum(String amount) {
      return "COALESCE(sum(" + amount + "), 0)";
    }

    @Override
    public String minus(String amount) {
      return "(-" + amount + ")";
    }

    @Override
    public String plus(String one, String other) {
      return "(" + one + " + " + other + ")";
    }

    @Override
    public String isIn(String column) {
      return column + " IN (SELECT json_array_elements_text(CAST(? AS json)))";
    }

    @Override
    String row(String table) {
      return "SELECT r::text FROM " + table + " r";
    }

    @Override
    public String now() {
      return "clock_timestamp()";
    }

    @Override
    public String inMillis() {
      return "clock_timestamp() + ? * interval '1 millisecond'";
    }

    @Override
    public String scaled(String amount, String precision) {
      return "(" + amount + " / power(10::numeric, " + precision + "))";
    }
  };

  private final String amount;
  private final String time;
  private final String day;
  private final String json;
  private final String uuid;

  Dialect(String amount, String time, String day, String json, String uuid) {
    this.amount = amount;
    this.time = time;
    this.day = day;
    this.json = json;
    this.uuid = uuid;
  }

  /** Type of an exact integer of any size. */
  public String amount() {
    return amount;
  }

  /** Type of a moment; text that sorts by time in SQLite. */
  public String time() {
    return time;
  }

  /** Type of a day; text that sorts by time in SQLite. */
  public String day() {
    return day;
  }

  /**
   * Type of a JSON document, kept as it was written: PostgreSQL's jsonb refuses some that are
   * valid.
   */
  public String json() {
    return json;
  }

  /** Type of the id of a transaction. */
  public String uuid() {
    return uuid;
  }

  /** An expression for the exact sum of the amounts of all rows, {@code 0} if there are none. */
  public abstract String sum(String amount);

  /** An expression for the negated amount. */
  public abstract String minus(String amount);

  /** An expression for the exact sum of two amounts. */
  public abstract String plus(String one, String other);

  /** A condition on a text column, with one parameter: {@link Values#texts}. */
  public abstract String isIn(String column);

  /** Rows of a table in a form in which any two can be compared. */
  abstract String row(String table);

  /** The moment by the database's clock. */
  public abstract String now();

  /** The moment that is a parameter of milliseconds from now. */
  public abstract String inMillis();

  /** An expression for an amount in units, for people: exact in PostgreSQL, rounded in SQLite. */
  public abstract String scaled(String amount, String precision);
}
