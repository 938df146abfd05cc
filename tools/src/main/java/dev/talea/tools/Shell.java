// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.io.BufferedInputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a command sees of the process it runs in: streams, environment, directory. Handed to every
 * command, so that a test can run one without a process.
 *
 * @param in standard input
 * @param out standard output
 * @param err standard error; UTF-8, flushed at every line
 * @param environment the environment variables
 * @param directory what relative paths are relative to
 * @param outIsTerminal whether a person looks at standard output
 * @param errIsTerminal whether a person looks at standard error
 */
record Shell(
    InputStream in,
    Out out,
    PrintStream err,
    Map<String, String> environment,
    Path directory,
    boolean outIsTerminal,
    boolean errIsTerminal) {

  /**
   * The real one. Text is UTF-8 whatever the locale says, as JSON is. Which streams are terminals
   * only the launcher script can tell: Java's console needs both at once, and newer ones always
   * have it.
   */
  static Shell ofProcess() {
    return new Shell(
        // The raw stream asks where it stands before it reads all, and a pipe has no such place.
        new BufferedInputStream(new FileInputStream(FileDescriptor.in)),
        new Out(new FileOutputStream(FileDescriptor.out)),
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
        System.getenv(),
        Path.of(""),
        Boolean.getBoolean("talea.stdout.terminal"),
        Boolean.getBoolean("talea.stderr.terminal"));
  }

  /** Whether colours may be used on standard output. */
  boolean coloursWelcome() {
    return outIsTerminal
        && environment.getOrDefault("NO_COLOR", "").isEmpty()
        && !environment.getOrDefault("TERM", "").equals("dumb");
  }
}
