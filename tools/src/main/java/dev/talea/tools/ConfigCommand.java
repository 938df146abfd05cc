// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.server.Initializer;
import dev.talea.server.settings.Settings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code talead config}. */
@Command(
    name = "config",
    description = {
      "Shows the settings that 'serve' would run with here, and where each comes from.",
      "Secrets are masked."
    })
final class ConfigCommand implements Callable<Integer> {
  private final Shell shell;

  ConfigCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    Settings settings =
        Settings.preview(
            shell.environment(), shell.directory().resolve(Initializer.DEFAULT_ENV_FILE));
    Table table = new Table("variable", "value", "from");
    for (Settings.Line line : settings.describe()) {
      table.row(line.variable(), line.value(), line.origin());
    }
    shell.out().line(table.toString());
    shell.out().flush();
    settings.unknownInWords().forEach(words -> shell.err().println(Terminal.safe(words)));
    settings.warnings().forEach(words -> shell.err().println(Terminal.safe(words)));
    return Main.OK;
  }
}
