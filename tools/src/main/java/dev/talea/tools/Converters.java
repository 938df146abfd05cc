// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.export.ExportFormat;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.Timestamps;
import dev.talea.server.http.QueryValues;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How words on a command line become the ledger's. Each refuses with the reason, exit code 2. */
final class Converters {
  private Converters() {}

  /** Teaches them to a command line and all its commands. */
  static void register(CommandLine commandLine) {
    commandLine.registerConverter(AccountKind.class, Converters::kind);
    commandLine.registerConverter(Side.class, Converters::side);
    commandLine.registerConverter(Int128.class, Converters::integer);
    commandLine.registerConverter(Instant.class, Converters::moment);
    commandLine.registerConverter(ExportFormat.class, Converters::exportFormat);
    commandLine.registerConverter(LocalDate.class, Converters::date);
    commandLine.registerConverter(ZoneId.class, Converters::zone);
    // Once: two references to one method crash the JDK 17 when the build makes the class archive,
    // because interfaces compiled for as old a Java as the library's cannot be in it.
    ITypeConverter<Integer> count = Converters::count;
    commandLine.registerConverter(Integer.class, count);
    commandLine.registerConverter(int.class, count);
  }

  static AccountKind kind(String word) {
    return Arrays.stream(AccountKind.values())
        .filter(kind -> kind.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "'"
                        + word
                        + "' is none of "
                        + Arrays.stream(AccountKind.values())
                            .map(AccountKind::word)
                            .collect(Collectors.joining(", "))));
  }

  static Side side(String word) {
    return switch (word) {
      case "debit" -> Side.DEBIT;
      case "credit" -> Side.CREDIT;
      default -> throw new TypeConversionException("'" + word + "' is neither debit nor credit");
    };
  }

  static ExportFormat exportFormat(String word) {
    return Arrays.stream(ExportFormat.values())
        .filter(format -> format.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "'"
                        + word
                        + "' is none of "
                        + Arrays.stream(ExportFormat.values())
                            .map(ExportFormat::word)
                            .collect(Collectors.joining(", "))));
  }

  static LocalDate date(String text) {
    try {
      return LocalDate.parse(text);
    } catch (DateTimeException e) {
      throw new TypeConversionException("'" + text + "' is not a date such as 2026-01-31");
    }
  }

  static ZoneId zone(String text) {
    try {
      return ZoneId.of(text);
    } catch (DateTimeException e) {
      throw new TypeConversionException(
          "'" + text + "' is not a time zone such as UTC or Europe/Prague");
    }
  }

  static Int128 integer(String digits) {
    Int128 value = Int128.parse(digits);
    if (value == null) {
      throw new TypeConversionException(
          "'" + digits + "' is not a whole number of minor units up to 2^127-1");
    }
    return value;
  }

  static Instant moment(String text) {
    Instant moment = Timestamps.parse(text);
    if (moment == null) {
      throw noTime(text);
    }
    return moment;
  }

  /** A moment asked about, read as over HTTP. */
  static final class AsOf implements ITypeConverter<Instant> {
    @Override
    public Instant convert(String text) {
      Instant moment = QueryValues.moment(text);
      if (moment == null) {
        throw noTime(text);
      }
      return moment;
    }
  }

  private static TypeConversionException noTime(String text) {
    return new TypeConversionException("'" + text + "' is not a time such as 2026-01-31T12:00:00Z");
  }

  static int count(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'" + text + "' is not a whole number of this size");
    }
  }

  /** A seq, read as over HTTP: any sign, and below 0 it counts as 0. */
  static final class Cursor implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      Long seq = QueryValues.cursor(text);
      if (seq == null) {
        throw new TypeConversionException("'" + text + "' is not a whole number of 64 bits");
      }
      return seq;
    }
  }

  /** How many, read as over HTTP: 0 or more, and beyond what a page takes it is a full page. */
  static final class Limit implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      Long limit = QueryValues.limit(text);
      if (limit == null) {
        throw new TypeConversionException("'" + text + "' is not a whole number of 0 or more");
      }
      return (int) Math.min(limit, Integer.MAX_VALUE);
    }
  }

  /** {@code ACCOUNT:ASSET:MINOR}, split from the right, because paths may contain colons. */
  static Posting posting(String text, Side direction) {
    int beforeMinor = text.lastIndexOf(':');
    int beforeAsset = beforeMinor < 0 ? -1 : text.lastIndexOf(':', beforeMinor - 1);
    if (beforeAsset < 0) {
      throw new TypeConversionException("'" + text + "' is not ACCOUNT:ASSET:MINOR");
    }
    return new Posting(
        text.substring(0, beforeAsset),
        integer(text.substring(beforeMinor + 1)),
        text.substring(beforeAsset + 1, beforeMinor),
        direction);
  }

  /** {@link #posting} for debits, in the shape picocli wants. */
  static final class Debit implements ITypeConverter<Posting> {
    @Override
    public Posting convert(String text) {
      return posting(text, Side.DEBIT);
    }
  }

  /** {@link #posting} for credits, in the shape picocli wants. */
  static final class Credit implements ITypeConverter<Posting> {
    @Override
    public Posting convert(String text) {
      return posting(text, Side.CREDIT);
    }
  }
}
