// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.Micros;
import dev.talea.log.LogReader;
import dev.talea.log.disk.LogLook;
import dev.talea.log.disk.SegmentView;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code talea inspect}. */
@Command(
    name = "inspect",
    description = {
      "Shows what lies in the directory of a ledger: the logs, their segments, and the files that"
          + " were derived from them.",
      "Takes no lock and touches nothing; a server may be running."
    })
final class InspectCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The directory of the ledger.")
  private String directory = "";

  @Option(names = "--book", paramLabel = "B", description = "This book alone.")
  private @Nullable String book;

  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      description = "json, or table for people; else table on a terminal and json elsewhere.")
  private ClientOptions.@Nullable Format output;

  private final Shell shell;

  InspectCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws IOException {
    LedgerDirectory ledger = LedgerDirectory.of(shell, directory);
    String only = book;
    if (only != null) {
      ledger.requireLog(only);
    }
    List<String> books = only == null ? ledger.files().names() : List.of(only);
    boolean table = output == null ? shell.outIsTerminal() : output == ClientOptions.Format.table;
    for (String each : books) {
      if (table) {
        table(ledger, each);
      } else {
        json(ledger, each);
      }
    }
    shell.out().flush();
    return Main.OK;
  }

  private void table(LedgerDirectory ledger, String name) throws IOException {
    LogLook look = ledger.files().read(name);
    LogReader log = look.found();
    shell
        .out()
        .line(
            Terminal.safe(
                "Book %s, log id %016x, %s, head %s"
                    .formatted(
                        name,
                        log.id(),
                        log.durableSeq() == 0
                            ? "no event"
                            : "seq 1 to "
                                + log.durableSeq()
                                + ", last commit "
                                + Micros.instant(log.durableTime()),
                        HexFormat.of().formatHex(log.treeHead().root()))));
    Table table = new Table("  file", ">from seq", ">from block", ">position", ">bytes", ">used");
    for (SegmentView each : look.segments()) {
      table.row(
          "  " + each.file().getFileName(),
          each.firstSeq(),
          each.firstBlock(),
          each.basePosition(),
          each.fileBytes(),
          each.usedBytes());
    }
    for (Path file : others(ledger, name)) {
      table.row("  " + file.getFileName(), "", "", "", Files.size(file), "");
    }
    shell.out().line(table + "\n");
  }

  private void json(LedgerDirectory ledger, String name) throws IOException {
    LogLook look = ledger.files().read(name);
    LogReader log = look.found();
    StringWriter line = new StringWriter();
    try (JsonGenerator out = new JsonFactory().createGenerator(line)) {
      out.writeStartObject();
      out.writeStringField("book", name);
      out.writeStringField("log_id", String.format(Locale.ROOT, "%016x", log.id()));
      out.writeNumberField("last_seq", log.durableSeq());
      out.writeStringField("root", HexFormat.of().formatHex(log.treeHead().root()));
      out.writeArrayFieldStart("segments");
      for (SegmentView each : look.segments()) {
        out.writeStartObject();
        out.writeStringField("file", String.valueOf(each.file().getFileName()));
        out.writeNumberField("first_seq", each.firstSeq());
        out.writeNumberField("first_block", each.firstBlock());
        out.writeNumberField("position", each.basePosition());
        out.writeNumberField("bytes", each.fileBytes());
        out.writeNumberField("used", each.usedBytes());
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeArrayFieldStart("other_files");
      for (Path file : others(ledger, name)) {
        out.writeStartObject();
        out.writeStringField("file", String.valueOf(file.getFileName()));
        out.writeNumberField("bytes", Files.size(file));
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeEndObject();
    }
    shell.out().line(line.toString());
  }

  private static List<Path> others(LedgerDirectory ledger, String name) throws IOException {
    try (Stream<Path> files = Files.list(ledger.files().folder(name))) {
      return files
          .filter(file -> !String.valueOf(file.getFileName()).matches("\\d{20}\\.log"))
          .sorted()
          .toList();
    }
  }
}
