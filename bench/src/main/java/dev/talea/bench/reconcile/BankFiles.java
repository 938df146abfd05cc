// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.reconcile;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;

/**
 * What is matched: a file of rows, and the same without every twentieth. Amounts, references and
 * names are those of payments, and follow from the number of a row alone. Stateless.
 */
public final class BankFiles {
  /** The header of both files. */
  public static final String HEADER = "amount,reference,date,counterparty";

  private static final int WITHOUT = 20;
  private static final int DAYS = 365;

  private BankFiles() {}

  /** Writes both sides into a folder and returns the rows of the right one. */
  public static long write(Path folder, int rows) throws IOException {
    write(left(folder), rows, 0);
    return write(right(folder), rows, WITHOUT);
  }

  /** The left file of a folder. */
  public static Path left(Path folder) {
    return folder.resolve("left.csv");
  }

  /** The right file of a folder. */
  public static Path right(Path folder) {
    return folder.resolve("right.csv");
  }

  private static long write(Path file, int rows, int without) throws IOException {
    LocalDate[] days = new LocalDate[DAYS];
    for (int i = 0; i < DAYS; i++) {
      days[i] = LocalDate.of(2026, 1, 1).plusDays(i);
    }
    long written = 0;
    try (BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      out.write(HEADER + "\n");
      for (int i = 0; i < rows; i++) {
        if (without == 0 || i % without != 0) {
          long minor = 100 + i * 7919L % 1_000_003;
          out.write(minor / 100 + "." + minor / 10 % 10 + minor % 10);
          out.write(",INV-2026-" + i + "," + days[i % DAYS] + ",Customer " + i % 5_003 + "\n");
          written++;
        }
      }
    }
    return written;
  }
}
