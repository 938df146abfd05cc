// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.server.settings.Setting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The examples and variables that stand at the end of a command's help and in its manual page. In
 * one place so that a person finds them by reading, and so that both pages show the same.
 *
 * <p>Stateless.
 */
final class Guidance {
  /** A line of a file for {@code load}, and what {@code post --draft} reads. */
  static final String DRAFT =
      "{\"book\":\"shop\",\"idempotency_key\":\"order-1\",\"postings\":["
          + "{\"account\":\"cash\",\"amount\":{\"minor\":1250,\"asset\":\"EUR\"},"
          + "\"direction\":\"debit\"},"
          + "{\"account\":\"sales\",\"amount\":{\"minor\":1250,\"asset\":\"EUR\"},"
          + "\"direction\":\"credit\"}]}";

  private static final Map<String, List<String>> EXAMPLES =
      Map.ofEntries(
          Map.entry(
              "asset register",
              List.of("talea asset register --id EUR --class fiat --precision 2 --name Euro")),
          Map.entry(
              "account open",
              List.of(
                  "talea account open --book shop --path cash --asset EUR --kind asset"
                      + " --min-balance 0")),
          Map.entry(
              "post",
              List.of(
                  "talea post --book shop --idem order-1 --debit cash:EUR:1250"
                      + " --credit sales:EUR:1250",
                  "echo '" + DRAFT + "' | talea post --draft -")),
          Map.entry(
              "load", List.of("echo '" + DRAFT + "' > drafts.jsonl", "talea load drafts.jsonl")),
          Map.entry(
              "balance",
              List.of(
                  "talea balance --book shop --path cash",
                  "talea balance --book shop --path cash --as-of 2026-01-31T12:00:00Z")),
          Map.entry(
              "history", List.of("talea history --book shop --path cash --after-seq 0 --limit 10")),
          Map.entry(
              "statement",
              List.of(
                  "talea statement --book shop --path cash --from 2026-01-01 --to 2026-02-01",
                  "talea statement --book shop --path cash --from 2026-01-01 --to 2026-02-01"
                      + " --zone Europe/Prague --output csv > january.csv")),
          Map.entry("tx", List.of("talea tx 01a1fb3e-b560-72e9-874c-070500000003")),
          Map.entry("accounts", List.of("talea accounts --book shop --prefix customer:")),
          Map.entry("trial-balance", List.of("talea trial-balance --book shop")),
          Map.entry("tail", List.of("talea tail --book shop --from 1")),
          Map.entry(
              "restore",
              List.of(
                  "talea restore backup ledger",
                  "talea restore backup ledger --as-of 2026-01-31T12:00:00Z --reason mistake")),
          Map.entry("clock accept", List.of("talea clock accept")),
          Map.entry("projection list", List.of("talea projection list")),
          Map.entry(
              "projection run",
              List.of(
                  "TALEA_URL=http://127.0.0.1:8080 TALEA_PROJECTION_DB_URL=sqlite://tables.db talea"
                      + " projection run postings --once")),
          Map.entry("projection verify", List.of("talea projection verify postings")),
          Map.entry(
              "projection skip",
              List.of(
                  "talea projection skip postings --book shop --seq 42 --why 'a test, see ticket"
                      + " 7'")),
          Map.entry(
              "webhook add",
              List.of(
                  "talea webhook add https://hooks.example.com/talea --book shop --kind"
                      + " transaction_posted")),
          Map.entry(
              "webhook deliveries",
              List.of("talea webhook deliveries wh_3f1c6a0d9be24875c1d2e3f4")),
          Map.entry(
              "webhook replay",
              List.of("talea webhook replay wh_3f1c6a0d9be24875c1d2e3f4 --book shop --seq 42")),
          Map.entry("reconcile demo", List.of("talea reconcile demo --dir demo")),
          Map.entry(
              "reconcile run",
              List.of(
                  "talea reconcile run bank-day --right january.csv --key 2026-01",
                  "talea reconcile run 12")),
          Map.entry(
              "reconcile rows", List.of("talea reconcile rows 12 --state unmatched --side right")),
          Map.entry(
              "reconcile exceptions",
              List.of(
                  "talea reconcile exceptions bank-day",
                  "talea reconcile exceptions 12-left-345 --state explained --note 'fee, see ticket"
                      + " 7'")),
          Map.entry(
              "reconcile verify",
              List.of("talea reconcile verify 12", "talea reconcile verify reconcile/evidence/12")),
          Map.entry(
              "head keygen",
              List.of("talea head keygen ledger.example.com/_anchors --out anchors.key")),
          Map.entry(
              "check",
              List.of(
                  "talea check tx.tlog-proof --policy auditors.policy",
                  "talea check tx.tlog-proof --leaf record.bin")),
          Map.entry(
              "export",
              List.of(
                  "talea export --db-url sqlite://talea.db --book shop --format hledger >"
                      + " shop.journal",
                  "talea export --db-url sqlite://talea.db --book shop --account cash --format"
                      + " camt053 --from 2026-01-01 --to 2026-02-01 --zone Europe/Prague")),
          Map.entry("digest", List.of("talea digest --db-url sqlite://talea.db")),
          Map.entry("backup", List.of("talea backup --db-url sqlite://talea.db talea.backup.db")),
          Map.entry(
              "import",
              List.of(
                  "talea export --db-url sqlite://talea.db | talea import --db-url log://moved -")),
          Map.entry(
              "verify",
              List.of("talea verify talea-data", "talea verify --db-url sqlite://talea.db")),
          Map.entry("init", List.of("talea init --db-url sqlite://talea.db")),
          Map.entry("serve", List.of("TALEA_BIND=127.0.0.1:9090 talea serve")),
          Map.entry("up", List.of("TALEA_BIND=127.0.0.1:9090 talea up")),
          Map.entry(
              "worker",
              List.of(
                  "TALEA_URL=http://127.0.0.1:8080 TALEA_PROJECTION_DB_URL=sqlite://projections.db"
                      + " talea worker",
                  "TALEA_DB_URL=postgres://talea:secret@db/talea talea worker",
                  "talea projection list --url http://127.0.0.1:8081")),
          Map.entry("completions", List.of("source <(talea completions bash)")),
          Map.entry("man", List.of("talea man --out-dir man && man -l man/talea-post.1")));

  private Guidance() {}

  private static String name(CommandSpec command) {
    String name = command.qualifiedName(" ");
    int space = name.indexOf(' ');
    return space < 0 ? "" : name.substring(space + 1);
  }

  /** Commands as they are typed. */
  static List<String> examples(CommandSpec command) {
    return EXAMPLES.getOrDefault(name(command), List.of());
  }

  /** The variables that a command reads, with what each is for. */
  static Map<String, String> environment(CommandSpec command) {
    Map<String, String> variables = new LinkedHashMap<>();
    if (command.userObject() instanceof ClientCommand) {
      variables.put("TALEA_URL", "the server; else TALEA_BIND of ./.env");
      variables.put("TALEA_TOKEN", "the bearer token; else TALEA_API_TOKEN of ./.env");
      variables.put("TALEA_OUTPUT", "json or table");
    }
    if (List.of("worker", "projection run").contains(name(command))) {
      variables.put("TALEA_URL", "the server whose ledger is followed; else TALEA_DB_URL");
      variables.put("TALEA_TOKEN", "its bearer token; else TALEA_API_TOKEN of ./.env");
      for (Setting setting : Setting.values()) {
        if (setting.isOfWorker()) {
          variables.put(setting.variable(), setting.help());
        }
      }
    }
    if (List.of("serve", "up", "init", "config").contains(name(command))) {
      for (Setting setting : Setting.values()) {
        variables.put(setting.variable(), setting.help());
      }
    }
    return variables;
  }

  /** What follows the options in a command's help; empty for most groups of commands. */
  static String footer(CommandSpec command) {
    List<String> lines = new ArrayList<>();
    if (!examples(command).isEmpty()) {
      lines.add("");
      lines.add("Examples:");
      examples(command).forEach(example -> lines.add("  " + example));
    }
    Map<String, String> environment = environment(command);
    if (!environment.isEmpty()) {
      lines.add("");
      lines.add("Environment:");
      environment.forEach((variable, help) -> lines.add("  " + variable + ": " + help));
    }
    return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
  }
}
