// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import dev.talea.log.TreeHead;
import java.util.Arrays;
import java.util.List;

/**
 * The head of a log in words, as the specification tlog-checkpoint draws it: its name, its size,
 * and the root over its records. The text that a log signs. Immutable.
 *
 * @param origin the name of the log
 * @param size how many records, from seq 1 on
 * @param root over their leaves
 * @param extensions lines that others add; we write none, because not every signature covers them
 */
public record Checkpoint(String origin, long size, Hash root, List<String> extensions) {

  public Checkpoint {
    extensions = List.copyOf(extensions);
    requireLine("origin", origin);
    extensions.forEach(line -> requireLine("extension line", line));
    if (size < 0 || (size == 0 && !root.equals(new TreeHasher().empty()))) {
      throw new MalformedException(
          "a checkpoint of size %d cannot have the root %s".formatted(size, root.base64()));
    }
  }

  /** The head of a log without anything else. */
  public Checkpoint(String origin, long size, Hash root) {
    this(origin, size, root, List.of());
  }

  /** The head of a log of ours. */
  public static Checkpoint of(String origin, TreeHead head) {
    return new Checkpoint(origin, head.size(), Hash.of(head.root()));
  }

  private static void requireLine(String what, String line) {
    StrictText.requireNoControls("the " + what + " of a checkpoint", line);
    if (line.isEmpty() || line.indexOf('\n') >= 0) {
      throw new MalformedException(
          "the %s of a checkpoint is one line that is not empty, not %s"
              .formatted(what, StrictText.quoted(line)));
    }
  }

  /** Reads the text of a checkpoint, without signatures. */
  public static Checkpoint parse(String text) {
    if (!text.endsWith("\n")) {
      throw new MalformedException(
          "the text of a checkpoint ends with a line feed, and this one does not");
    }
    String[] lines = text.substring(0, text.length() - 1).split("\n", -1);
    if (lines.length < 3) {
      throw new MalformedException(
          "a checkpoint has three lines, origin, size and root; this one has " + lines.length);
    }
    return new Checkpoint(
        lines[0],
        StrictText.decimal("the size of a checkpoint", lines[1]),
        StrictText.hash("the root of a checkpoint", lines[2]),
        Arrays.asList(lines).subList(3, lines.length));
  }

  /** Three lines, each with its line feed, and those that others have added. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append(origin).append('\n').append(size).append('\n').append(root.base64()).append('\n');
    extensions.forEach(line -> text.append(line).append('\n'));
    return text.toString();
  }

  /** The head without its name. */
  public TreeHead head() {
    return new TreeHead(size, root.bytes());
  }
}
