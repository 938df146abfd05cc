package dev.talea.ledger;

/**
 * A pointer to something outside the ledger, such as a bank statement line or a chain transaction.
 *
 * @param kind what it points to
 * @param value its name there
 */
public record ExternalRef(String kind, String value) {}
