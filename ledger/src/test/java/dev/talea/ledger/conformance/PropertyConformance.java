package dev.talea.ledger.conformance;

/** Random commands, answered as the model answers them. */
abstract class PropertyConformance extends StreamConformance {}
