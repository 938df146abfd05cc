package dev.talea.ledger;

/**
 * A JSON value as text: no insignificant white space, key order and number spelling as given. Made
 * by {@link dev.talea.ledger.json.DraftReader} or {@link dev.talea.ledger.json.JsonTexts}, which
 * check it; the ledger never looks inside, beyond refusing a draft whose text was not made by them
 * and is something else.
 *
 * @param text one line of valid JSON
 */
public record JsonText(String text) {
  @Override
  public String toString() {
    return text;
  }
}
