// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.LedgerError;
import dev.talea.tools.TestShell.Result;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What commands read and write: files, devices, pipes, links, and things that are none of them. */
@Timeout(60)
class FilesTest {
  /** Nothing here gets as far as a server. */
  private static final Map<String, String> NO_SERVER = Map.of("TALEA_URL", "http://127.0.0.1:1");

  private static final LedgerError ERROR = new LedgerError.UnknownAccount("b:x");

  @TempDir private Path directory;

  private static DraftLines.Line line(byte... text) throws IOException {
    DraftLines.Line line = new DraftLines(new ByteArrayInputStream(text)).next();
    if (line == null) {
      throw new IOException("no line");
    }
    return line;
  }

  private static DraftLines.Line line(String text) throws IOException {
    return line(text.getBytes(StandardCharsets.UTF_8));
  }

  private Path fifo() throws Exception {
    Path fifo = directory.resolve("fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    return fifo;
  }

  private Result load(String input) {
    return new TestShell(directory, NO_SERVER).talea("load", input, "--patience-secs", "0");
  }

  // --- where rejected lines go ---

  @Test
  void aFileOfAnEarlierRunIsWrittenAnewAndTakenAwayWhenNothingIsRejected() throws IOException {
    Path file = directory.resolve("x.rejected");
    for (int i = 0; i < 2; i++) {
      try (RejectedLines rejected = new RejectedLines(file)) {
        rejected.add(line("text"), ERROR);
        rejected.add(line("text"), ERROR);
      }
      assertEquals(2, Files.readAllLines(file).size());
    }
    try (RejectedLines rejected = new RejectedLines(file)) {
      assertEquals(file, rejected.file());
    }
    assertFalse(Files.exists(file));
  }

  @Test
  void aFileThatHoldsSomethingElseIsLeftAsItIs() throws IOException {
    Path keep = Files.writeString(directory.resolve("keep.txt"), "years of work\n");
    Files.writeString(directory.resolve("drafts.jsonl"), "{}\n");
    Result result =
        new TestShell(directory, NO_SERVER).talea("load", "drafts.jsonl", "--rejected", "keep.txt");
    assertEquals(2, result.exitCode(), result.err());
    assertTrue(result.err().contains("holds something else than rejected lines"), result.err());
    assertEquals("years of work\n", Files.readString(keep));
    // An empty one, as mktemp makes it, may be filled, and is not taken away.
    Path empty = Files.createFile(directory.resolve("empty"));
    try (RejectedLines rejected = new RejectedLines(empty)) {
      assertEquals(empty, rejected.file());
    }
    assertTrue(Files.exists(empty));
  }

  @Test
  void aLinkIsFollowedAndWhatItLeadsToIsAddedTo() throws IOException {
    Path log = Files.writeString(directory.resolve("log"), "before\n");
    Path link = Files.createSymbolicLink(directory.resolve("link"), log);
    for (int i = 0; i < 2; i++) {
      try (RejectedLines rejected = new RejectedLines(link)) {
        if (i == 1) {
          rejected.add(line("text"), ERROR);
        }
      }
      assertTrue(Files.isSymbolicLink(link));
      assertEquals(1 + i, Files.readAllLines(log).size());
    }
  }

  @Test
  void aPipeIsWrittenToAndStays() throws Exception {
    Path fifo = fifo();
    CompletableFuture<String> read =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return Files.readString(fifo);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    try (RejectedLines rejected = new RejectedLines(fifo)) {
      rejected.add(line("text"), ERROR);
    }
    assertTrue(read.get(30, TimeUnit.SECONDS).startsWith("1\t{\"error\":\"unknown_account\""));
    assertTrue(Files.exists(fifo) && !Files.isRegularFile(fifo));
  }

  @Test
  void aPlaceThatTakesNothingIsNamedBeforeAnythingIsPosted() throws IOException {
    Files.writeString(directory.resolve("drafts.jsonl"), "this is no draft\n");
    TestShell shell = new TestShell(directory, NO_SERVER);
    Result nowhere = shell.talea("load", "drafts.jsonl", "--rejected", "nowhere/x");
    assertEquals(1, nowhere.exitCode());
    assertEquals(
        "talea load: cannot write rejected lines to "
            + directory.resolve("nowhere/x")
            + ": there is no such file or folder\n",
        nowhere.err());
    Result folder = shell.talea("load", "drafts.jsonl", "--rejected", ".");
    assertEquals(2, folder.exitCode());
    assertTrue(folder.err().contains(" is a folder"), folder.err());
  }

  @Test
  void aDeviceThatIsFullIsNamed() throws IOException {
    // By a link, so that the worst that could happen here is the loss of the link.
    Path full = Files.createSymbolicLink(directory.resolve("full"), Path.of("/dev/full"));
    try (RejectedLines rejected = new RejectedLines(full)) {
      FailedException failure =
          assertThrows(FailedException.class, () -> rejected.add(line("text"), ERROR));
      assertEquals(
          "cannot write rejected lines to " + full + ": No space left on device",
          failure.getMessage());
    }
    assertTrue(Files.exists(full, LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void rejectedLinesCannotCommandATerminalAndAreTheSameJson() throws IOException {
    Path file = directory.resolve("x.rejected");
    try (RejectedLines rejected = new RejectedLines(file)) {
      rejected.add(line("{\"a\":\"\u001b]0;x\u0007 \u009b2J \u202ee \u200b \uFEFF é\"}\r"), ERROR);
      rejected.add(line((byte) 0xFF, (byte) 'a', (byte) 0xC2, (byte) 0x9B), ERROR);
    }
    byte[] bytes = Files.readAllBytes(file);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    assertTrue(
        text.contains(
            "\t{\"a\":\"\\u001b]0;x\\u0007 \\u009b2J \\u202ee \\u200b \\ufeff \u00c3\u00a9\"}\n"),
        text);
    assertTrue(text.endsWith("\t\u00ffa\\u009b\n"), text);
    assertArrayEquals("a".getBytes(StandardCharsets.UTF_8), TerminalBytes.safe(new byte[] {'a'}));
  }

  // --- what is read ---

  @Test
  void aFileOfTheWrongFormIsRefusedWholeAndByItsName() throws IOException {
    String object = "{\"book\":\"b\"}";
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("compressed (gzip)", gzip(object));
    files.put("compressed (zip)", new byte[] {'P', 'K', 3, 4, 20, 0});
    files.put("compressed (zstd)", new byte[] {0x28, (byte) 0xB5, 0x2F, (byte) 0xFD, 0});
    files.put("UTF-16", ("\uFEFF" + object).getBytes(StandardCharsets.UTF_16LE));
    files.put("UTF-16 or binary", object.getBytes(StandardCharsets.UTF_16BE));
    for (Map.Entry<String, byte[]> wrong : files.entrySet()) {
      Files.write(directory.resolve("wrong"), wrong.getValue());
      for (Result result :
          new Result[] {
            load("wrong"),
            new TestShell(directory, NO_SERVER).talea("post", "--draft", "wrong", "--book", "b")
          }) {
        assertEquals(1, result.exitCode(), result.err());
        assertTrue(result.err().contains(": wrong is "), result.err());
        assertTrue(result.err().contains(wrong.getKey()), result.err());
        assertEquals(1, result.err().lines().count(), result.err());
      }
    }
    files.clear();
    files.put("is a JSON array", ("\n [" + object + "]").getBytes(StandardCharsets.UTF_8));
    files.put("laid out over several lines", "{\n\"book\":1}".getBytes(StandardCharsets.UTF_8));
    for (Map.Entry<String, byte[]> wrong : files.entrySet()) {
      Files.write(directory.resolve("wrong"), wrong.getValue());
      Result result = load("wrong");
      assertEquals(1, result.exitCode(), result.err());
      assertTrue(result.err().contains(wrong.getKey()), result.err());
      assertFalse(Files.exists(directory.resolve("wrong.rejected")));
    }
  }

  private static byte[] gzip(String text) throws IOException {
    var bytes = new java.io.ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  @Test
  void aByteOrderMarkIsSkippedAndEveryByteBehindItIsRead() throws IOException {
    TestShell shell = new TestShell(directory, NO_SERVER);
    for (String text : new String[] {"", "x", "{}\n{}\n", "\n\n{}", "x".repeat(10_000) + "\ny"}) {
      for (String mark : new String[] {"", "\uFEFF"}) {
        Files.writeString(directory.resolve("input"), mark + text);
        try (var in = TextInput.open(shellIn(directory), "input", TextInput.Form.LINES)) {
          assertEquals(text, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
      }
    }
    // Only the server that is not there stands between this draft and its posting.
    Result posted =
        shell.taleaWithInput(
            "\uFEFF{\"book\":\"b\",\"idempotency_key\":\"k\",\"postings\":[]}",
            "post",
            "--draft",
            "-");
    assertTrue(posted.err().contains("unavailable"), posted.err());
  }

  private static Shell shellIn(Path directory) {
    return new Shell(
        new ByteArrayInputStream(new byte[0]),
        new Out(OutputStream.nullOutputStream()),
        new java.io.PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
        Map.of(),
        directory,
        false,
        false);
  }

  @Test
  void aFolderIsNoInputAndNoNameOfAClassReachesAPerson() throws IOException {
    Files.createDirectory(directory.resolve("folder"));
    Files.writeString(directory.resolve("file"), "");
    TestShell shell = new TestShell(directory, NO_SERVER);
    Map<String, Result> results =
        Map.of(
            "talea load: cannot read folder: it is a folder\n", load("folder"),
            "talea post: cannot read folder: it is a folder\n",
                shell.talea("post", "--draft", "folder", "--book", "b"),
            "talea man: cannot write the pages into file: something of that name is there already\n",
                shell.talea("man", "--out-dir", "file"));
    results.forEach(
        (words, result) -> {
          assertEquals(words, result.err());
          assertEquals(1, result.exitCode());
        });
  }

  @Test
  void aDraftFromADeviceThatNeverEndsIsRefused() {
    Result result = new TestShell(directory, NO_SERVER).talea("post", "--draft", "/dev/urandom");
    assertEquals(1, result.exitCode());
    assertFalse(result.err().contains("Exception"), result.err());
  }
}
