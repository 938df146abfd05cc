// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

/** Recipes that several tests read. */
final class Recipes {
  private Recipes() {}

  /** As short as one can be. */
  static final String SHORT =
      """
      {
        "name": "bank-daily",
        "left": {"ledger": {"book": "bank", "accounts": ["assets:bank"]}},
        "right": {"file": {"profile": "mybank"}},
        "rules": [
          {"name": "reference", "conditions": [{"column": "reference"}], "window": {"days": 3}}
        ]
      }
      """;

  /** Every word there is. */
  static final String EVERY_WORD =
      """
      {
        "format": 1,
        "name": "every-word",
        "description": "Everything \\"quoted\\" and ünïcödé",
        "parameters": [
          {"name": "from", "type": "date", "preset": "2026-01-01"},
          {"name": "to", "type": "date"},
          {"name": "least", "type": "integer", "preset": 170141183460469231731687303715884105727},
          {"name": "few", "type": "integer", "preset": "-5"},
          {"name": "since", "type": "time", "preset": "2026-01-31T23:59:59.250Z"},
          {"name": "strict", "type": "boolean", "preset": true},
          {"name": "account", "preset": "assets"}
        ],
        "left": {
          "ledger": {
            "book": "bank", "accounts": ["assets:bank", "assets:cash"],
            "asset": "EUR", "from": "$from", "to": "2026-12-31"
          },
          "derived": [
            {"name": "invoice",
             "expression": {"column": "reference", "normalise": [
               "trim", "upper", {"capture": "INV-([0-9]+)"}, "strip_zeros", "digits",
               "strip_punctuation"]}},
            {"name": "both", "expression": {"concatenated": [{"column": "reference"}, "/",
              {"first_of": [{"column": "counterparty"}, "none"]}]}},
            {"name": "turned", "expression": {"negated": {"absolute": {"column": "amount"}}}}
          ],
          "filter": {"and": [
            {"column": "date", "greater_or_equal": {"parameter": "from"}},
            {"or": [
              {"column": "counterparty", "in": ["A", "B"]},
              {"column": "counterparty", "is_null": true},
              {"column": "reference", "is_null": false},
              {"not": {"column": "reference", "prefix": "TEST"}}
            ]},
            {"value": {"absolute": {"column": "amount"}}, "greater": 100},
            {"parameter": "strict", "equal": true},
            {"column": "time", "less": {"time": "2026-01-31T23:59:59.25+00:00"}},
            {"column": "date", "less_or_equal": {"date": "2026-12-31"}},
            {"column": "reference", "contains": "INV"},
            {"column": "reference", "suffix": "9"},
            {"column": "amount", "not_equal": 0}
          ]}
        },
        "right": {
          "sql": {"source": "shop", "query": "SELECT * FROM payments", "profile": "payments"}
        },
        "anchor": "left",
        "rules": [
          {
            "name": "all of it", "cardinality": "1:1", "sign": "opposite",
            "conditions": [
              {"left": "invoice", "is": "equal", "right": "invoice_no", "normalise": ["trim"]},
              {"column": "counterparty", "is": "similar", "threshold": 0.90},
              {"column": "reference", "is": "contains"},
              {"column": "reference", "is": "contained"},
              {"column": "reference", "is": "prefix"},
              {"column": "reference", "is": "suffix"},
              {"column": "amount", "is": "greater"},
              {"column": "amount", "is": "greater_or_equal"},
              {"column": "amount", "is": "less"},
              {"column": "amount", "is": "less_or_equal"}
            ],
            "tolerance": {"absolute": 5, "by_asset": {"USD": "7", "EUR": 1}, "percent": 0.5},
            "window": {"left": "date", "right": "booked", "before": 1, "after": 4},
            "effect": "suggest"
          },
          {"name": "split", "cardinality": "1:N", "conditions": [{"column": "reference"}]},
          {"name": "batch", "cardinality": "N:1", "grouping": "subset", "group_max": 6,
           "window": {"column": "time", "before": 2}},
          {"name": "both", "cardinality": "N:M", "conditions": [{"column": "reference"}]},
          {"name": "expert", "effect": "suggest",
           "sql": "SELECT l.left_row, r.right_row FROM left_open l JOIN right_open r USING (amount)"}
        ]
      }
      """;
}
