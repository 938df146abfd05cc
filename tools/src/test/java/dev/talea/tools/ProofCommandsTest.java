// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.audit.proof.Checkpoint;
import dev.talea.audit.proof.Leaf;
import dev.talea.audit.proof.SignedCheckpoint;
import dev.talea.audit.proof.SigningKey;
import dev.talea.audit.proof.SubtreeHashes;
import dev.talea.audit.proof.TlogProof;
import dev.talea.audit.proof.TreeProofs;
import dev.talea.tools.TestShell.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code talea check} and {@code talea head keygen}: words, files and exit codes. */
class ProofCommandsTest {
  private static final byte[] RECORD = "a record".getBytes(StandardCharsets.UTF_8);
  private static final SubtreeHashes ONE_LEAF = (level, index) -> Leaf.hash(1, RECORD);
  private static final Checkpoint HEAD =
      new Checkpoint("log.example/a", 1, TreeProofs.root(1, ONE_LEAF));

  @TempDir private Path directory;
  private TestShell shell;
  private String vkey = "";

  @BeforeEach
  void write() throws IOException {
    shell = new TestShell(directory, Map.of());
    SigningKey key = SigningKey.generate("log.example/a", new Random(1));
    vkey = key.verifier().toString();
    TlogProof proof =
        TlogProof.of(1, RECORD, SignedCheckpoint.unsigned(HEAD).signedBy(key), ONE_LEAF);
    Files.write(directory.resolve("tx.tlog-proof"), proof.bytes());
    Files.write(directory.resolve("bare.tlog-proof"), proof.withoutContent().bytes());
    Files.write(directory.resolve("record"), RECORD);
    Files.writeString(directory.resolve("policy"), "log " + vkey + "\nquorum none\n");
  }

  @Test
  void aRightProofIsExitCode0AndSaysWhatItRestsOn() {
    String expected =
        """
        RIGHT: this is record 1 of 1 in 'log.example/a'
          the content in the file (8 bytes) is the record's
          signed by 'log.example/a'
          no witness was asked for
        """;
    assertEquals(
        new Result(0, expected, ""), shell.talea("check", "tx.tlog-proof", "--vkey", vkey));
    assertEquals(
        new Result(0, expected, ""), shell.talea("check", "tx.tlog-proof", "--policy", "policy"));
  }

  @Test
  void withoutAKeyItIsSaidLoudly() throws IOException {
    Result result = shell.talea("check", "tx.tlog-proof");
    assertEquals(0, result.exitCode());
    assertTrue(
        result.out().startsWith("CONSISTENT IN ITSELF, AND SIGNED BY NO KEY THAT YOU NAMED\n"));
    String text = Files.readString(directory.resolve("tx.tlog-proof"));
    assertEquals(result, shell.taleaWithInput(text, "check", "-"));
  }

  @Test
  void aProofWithoutContentTakesALeaf() {
    assertEquals(3, shell.talea("check", "bare.tlog-proof").exitCode());
    Result right = shell.talea("check", "bare.tlog-proof", "--leaf", "record", "--vkey", vkey);
    assertEquals(0, right.exitCode(), right.out());
    assertEquals(3, shell.talea("check", "bare.tlog-proof", "--leaf", "policy").exitCode());
  }

  @Test
  void aWrongProofIsExitCode3() throws IOException {
    String text = Files.readString(directory.resolve("tx.tlog-proof"));
    Files.writeString(directory.resolve("bad"), text.replace("index 0", "index 1"));
    assertEquals(
        new Result(3, "WRONG: it is about record 2, and its head has 1\n", ""),
        shell.talea("check", "bad"));
    Files.writeString(directory.resolve("bad"), "c2sp.org\u001b[2J");
    Result hostile = shell.talea("check", "bad");
    assertEquals(3, hostile.exitCode());
    assertFalse(hostile.out().contains("\u001b"), "a file must not command a terminal");
    Files.writeString(directory.resolve("named"), text.replace("log.example/a", "evil\u202e"));
    assertTrue(shell.talea("check", "named").out().contains("evil\\u202e"));
  }

  @Test
  void whatTheVerifierBringsAlongHasToBeRight() {
    assertUsage("there is no file nowhere", "check", "nowhere");
    assertUsage("this is 'hello'", "check", "tx.tlog-proof", "--vkey", "hello");
    assertUsage("line 1 of the policy", "check", "tx.tlog-proof", "--policy", "record");
    assertUsage("there is no file nowhere", "check", "tx.tlog-proof", "--policy", "nowhere");
    assertUsage("exclusive", "check", "tx.tlog-proof", "--policy", "policy", "--vkey", vkey);
    assertEquals(1, shell.talea("check", ".").exitCode());
  }

  @Test
  void aKeyIsMadeOnceAndForItsOwnerOnly() throws IOException {
    Result made = shell.talea("head", "keygen", "ledger.example/_anchors", "--out", "key");
    assertEquals(0, made.exitCode(), made.err());
    Path file = directory.resolve("key");
    SigningKey key = SigningKey.parse(Files.readString(file));
    assertEquals(key.verifier() + "\n", made.out());
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    byte[] before = Files.readAllBytes(file);
    Result again = shell.talea("head", "keygen", "ledger.example/_anchors", "--out", "key");
    assertEquals(1, again.exitCode());
    assertEquals("", again.out());
    assertTrue(again.err().contains("never overwritten"), again.err());
    assertArrayEquals(before, Files.readAllBytes(file));
    Result other = shell.talea("head", "keygen", "ledger.example/_anchors", "--out", "key2");
    assertFalse(made.out().equals(other.out()), "two keys are never the same");
  }

  @Test
  void aKeyWithoutAProperNameIsNotMade() {
    assertUsage("white space", "head", "keygen", "two words", "--out", "key");
    assertUsage("'+'", "head", "keygen", "a+b", "--out", "key");
    assertUsage("--out", "head", "keygen", "a");
    assertFalse(Files.exists(directory.resolve("key")));
    assertEquals(1, shell.talea("head", "keygen", "a", "--out", "nowhere/key").exitCode());
    assertEquals(2, shell.talea("head").exitCode());
  }

  private void assertUsage(String part, String... arguments) {
    Result result = shell.talea(arguments);
    assertEquals(2, result.exitCode(), result.out() + result.err());
    assertTrue(result.err().contains(part), result.err());
  }
}
