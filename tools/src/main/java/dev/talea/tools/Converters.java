package dev.talea.tools;

import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
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

  static Int128 integer(String digits) {
    Int128 value = Int128.parse(digits);
    if (value == null) {
      throw new TypeConversionException(
          "'" + digits + "' is not a whole number of minor units up to 2^127-1");
    }
    return value;
  }

  static Instant moment(String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw new TypeConversionException(
          "'" + text + "' is not a time such as 2026-01-31T12:00:00Z");
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
