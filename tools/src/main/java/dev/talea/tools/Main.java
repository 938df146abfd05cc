// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.export.ExportException;
import dev.talea.index.failure.BrokenRecordException;
import dev.talea.jdbc.SqlStoreException;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.json.ResultJson;
import dev.talea.ledger.json.StringAmounts;
import dev.talea.log.LogException;
import dev.talea.server.NoLedgerException;
import dev.talea.server.settings.FileTrouble;
import dev.talea.server.settings.StartException;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;

/**
 * Where the program starts: picks the commands by the name it was called by, runs one, and turns
 * whatever comes of it into an exit code.
 */
public final class Main {
  /** All is well. */
  static final int OK = 0;

  /** The ledger, or the machine, said no; standard error says why. */
  static final int FAILED = 1;

  /** The command line makes no sense. */
  static final int USAGE = 2;

  /** Something was checked and found to be wrong. */
  static final int WRONG = 3;

  /** A server's heap ran out. */
  static final int HEAP_RAN_OUT = 4;

  /** As if SIGINT had ended us; the shell's own number for Ctrl-C in 'load' and 'tail'. */
  static final int INTERRUPTED = 128 + 2;

  /** As if SIGPIPE had ended us: the reader of our output has seen enough. */
  static final int PIPE_CLOSED = 128 + 13;

  private Main() {}

  /** Runs and exits. */
  public static void main(String[] args) {
    // Netty looks for the address of a network card to make names of channels that nothing here
    // uses, and complains at length where there is none.
    if (System.getProperty("io.netty.machineId") == null) {
      System.setProperty("io.netty.machineId", "02:74:61:6c:65:61");
    }
    System.exit(run(System.getProperty("talea.name", "talea"), List.of(args), Shell.ofProcess()));
  }

  /**
   * Runs one command.
   *
   * @param name what the program was called by
   * @return the exit code
   */
  static int run(String name, List<String> args, Shell shell) {
    CommandLine commandLine = commandLine(name, shell);
    try {
      int code = commandLine.execute(asked(args).toArray(String[]::new));
      shell.out().flush();
      return code;
    } catch (Out.WriteFailedException e) {
      return writeFailed(e, shell);
    }
  }

  /** "help" and "version" are what people try first; they mean the options. */
  private static List<String> asked(List<String> args) {
    if (args.isEmpty() || !List.of("help", "version").contains(args.get(0))) {
      return args;
    }
    List<String> words = new ArrayList<>(args.subList(1, args.size()));
    words.add("--" + args.get(0));
    return words;
  }

  static CommandLine commandLine(String name, Shell shell) {
    // A copy of the file may be called anything; only this one name means less than everything.
    Object commands = name.equals("talead") ? new TaleadCommand() : new TaleaCommand();
    CommandLine commandLine = new CommandLine(commands, new ShellFactory(shell));
    Converters.register(commandLine);
    addHelp(commandLine);
    commandLine.setOut(shell.out().writer());
    commandLine.setErr(new PrintWriter(shell.err(), true, StandardCharsets.UTF_8));
    commandLine.setColorScheme(
        CommandLine.Help.defaultColorScheme(shell.coloursWelcome() ? Ansi.ON : Ansi.OFF));
    commandLine.setParameterExceptionHandler((e, words) -> misused(e, words, shell));
    commandLine.setExecutionExceptionHandler((e, command, result) -> failed(e, command, shell));
    return commandLine;
  }

  /** Every command has --help; giving it in each annotation would be one more thing to forget. */
  private static void addHelp(CommandLine commandLine) {
    commandLine.getCommandSpec().mixinStandardHelpOptions(true).version(version());
    // As it stands: the library would break lines that are there to be copied.
    commandLine
        .getHelpSectionMap()
        .put(UsageMessageSpec.SECTION_KEY_FOOTER, help -> Guidance.footer(help.commandSpec()));
    commandLine.getSubcommands().values().forEach(Main::addHelp);
  }

  private static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return "talea " + (version == null ? "(not from its binary)" : version);
  }

  private static int misused(ParameterException e, String[] arguments, Shell shell) {
    CommandLine commandLine = e.getCommandLine();
    String command = commandLine.getCommandSpec().qualifiedName();
    if (!commandLine.getSubcommands().isEmpty()
        && arguments.length <= command.split(" ").length - 1) {
      // Only its name was typed: what there is to choose from is the answer.
      shell.err().print(commandLine.getUsageMessage(Ansi.OFF));
      return USAGE;
    }
    shell.err().println(command + ": " + Terminal.safe(Mistakes.inWords(e, arguments)));
    shell.err().println("Try '" + command + " --help'.");
    return USAGE;
  }

  private static int failed(Exception e, CommandLine command, Shell shell) {
    Throwable cause = LedgerErrors.unwrap(e);
    String name = command.getCommandSpec().qualifiedName();
    if (cause instanceof NoTokenException refusal) {
      shell.err().println(new String(ResultJson.error(refusal.error()), StandardCharsets.UTF_8));
      shell.err().println(name + ": " + Terminal.safe(refusal.advice()));
      return FAILED;
    }
    if (cause instanceof StringAmountsException refusal) {
      byte[] envelope = StringAmounts.of(ResultJson.error(refusal.error()));
      shell.err().println(Terminal.safe(new String(envelope, StandardCharsets.UTF_8)));
      return FAILED;
    }
    if (cause instanceof LedgerException refusal) {
      byte[] envelope = ResultJson.error(refusal.error());
      shell.err().println(Terminal.safe(new String(envelope, StandardCharsets.UTF_8)));
      return FAILED;
    }
    if (cause instanceof UsageException) {
      shell.err().println(name + ": " + Terminal.safeLines("" + cause.getMessage()));
      shell.err().println("Try '" + name + " --help'.");
      return USAGE;
    }
    if (cause instanceof NoLedgerException) {
      shell.err().println(name + ": " + noLedger(command, "" + cause.getMessage()));
      return FAILED;
    }
    if (cause instanceof ExportException) {
      shell.err().println(name + ": " + Terminal.safe("" + cause.getMessage()));
      return FAILED;
    }
    if (cause instanceof StartException
        || cause instanceof FailedException
        || cause instanceof SqlStoreException) {
      // Advice that names a command of ours is to be typed as it stands.
      String words = ("" + cause.getMessage()).replace("'talead ", "'" + CommandName.typed() + " ");
      shell.err().println(name + ": " + Terminal.safeLines(words));
      return FAILED;
    }
    if (cause instanceof Out.WriteFailedException failure) {
      return writeFailed(failure, shell);
    }
    if (cause instanceof LogException || cause instanceof BrokenRecordException) {
      shell.err().println(name + ": " + Terminal.safe("" + cause.getMessage()));
      return FAILED;
    }
    if (cause instanceof IOException) {
      shell.err().println(name + ": " + FileTrouble.words(cause));
      return FAILED;
    }
    shell.err().println(name + ": this is a fault in talea, please report it:");
    cause.printStackTrace(shell.err());
    return FAILED;
  }

  private static String noLedger(CommandLine command, String what) {
    String words = what.endsWith(".") ? what : what + ".";
    String typed = CommandName.typed();
    return Terminal.safe(words)
        + " If there should be one, see that its disk is mounted and that its name is right. '"
        + typed
        + " init' prepares a new one"
        + (command.getCommandName().equals("serve")
            ? ", and '" + typed + " serve --create' does that as well."
            : ".");
  }

  private static int writeFailed(Out.WriteFailedException e, Shell shell) {
    if (e.pipeClosed()) {
      return PIPE_CLOSED;
    }
    shell
        .err()
        .println(
            "talea: cannot write the output: "
                + FileTrouble.words(e.getCause() == null ? e : e.getCause()));
    return FAILED;
  }

  /** Makes commands, most of which want to know their shell. */
  private static final class ShellFactory implements IFactory {
    private final Shell shell;

    ShellFactory(Shell shell) {
      this.shell = shell;
    }

    @Override
    public <K> K create(Class<K> type) throws Exception {
      try {
        return type.getDeclaredConstructor(Shell.class).newInstance(shell);
      } catch (NoSuchMethodException e) {
        return CommandLine.defaultFactory().create(type);
      } catch (InvocationTargetException e) {
        throw new IllegalStateException(e.getCause());
      }
    }
  }
}
