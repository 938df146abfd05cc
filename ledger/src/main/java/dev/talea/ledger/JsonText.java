package dev.talea.ledger;

/**
 * A JSON value as text: no insignificant white space, key order and number spelling as given. Made
 * by the JSON reader, which has checked that it is well-formed; the ledger never looks inside.
 *
 * @param text one line of valid JSON
 */
public record JsonText(String text) {
  @Override
  public String toString() {
    return text;
  }
}
