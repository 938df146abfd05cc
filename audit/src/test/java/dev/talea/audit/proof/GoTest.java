// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What we write is accepted by Go's own packages for notes and logs, and what Go signs with our key
 * file is accepted by us. Debian has both in golang-go and golang-golang-x-mod-dev.
 */
@Tag("slow")
class GoTest {
  private static final int SIZE = 700;

  @TempDir private Path folder;

  @Test
  void goAcceptsHeadsProofsCosignaturesExtensionsAndTiles() throws Exception {
    Programs.assumeGoWithNotesAndLogs("GoTest.goAcceptsHeadsProofsCosignaturesExtensionsAndTiles");
    SigningKey log = SigningKey.generate("ledger.example/_anchors", new Random(1));
    SigningKey witness = SigningKey.generateWitness("witness.example", new Random(2));
    NaiveTree tree = NaiveTree.of(SIZE);
    TileBuilder builder = new TileBuilder((tile, hashes) -> write(tile.path(), hashes));
    tree.leaves.forEach(leaf -> builder.add(Hash.of(leaf)));
    builder.partial();
    TileHashes hashes = new TileHashes(SIZE, tile -> read(tile.path()));

    Checkpoint checkpoint = new Checkpoint("ledger.example/_anchors", SIZE, builder.root());
    SignedCheckpoint head =
        SignedCheckpoint.unsigned(checkpoint)
            .signedBy(log)
            .with(witness.cosign(checkpoint, 1_790_000_000));
    write("log.vkey", (log.verifier() + "\n").getBytes(UTF_8));
    write("witness.vkey", (witness.verifier() + "\n").getBytes(UTF_8));
    write("log.key", log.toKeyFile().getBytes(UTF_8));
    List<Integer> seqs = List.of(1, 2, 255, 256, 257, 512, 513, 699, 700);
    for (int seq : seqs) {
      TlogProof proof = TlogProof.of(seq, NaiveTree.provenPart(seq - 1), head, hashes);
      write(seq + ".tlog-proof", proof.bytes());
    }
    Checkpoint old = new Checkpoint("ledger.example/_anchors", 300, tree.root(300));
    write("old.checkpoint", SignedCheckpoint.unsigned(old).bytes());
    write("add-checkpoint", AddCheckpoint.of(old, head, hashes).bytes());
    try (InputStream page = Objects.requireNonNull(GoTest.class.getResourceAsStream("check.go"))) {
      write("check.go", page.readAllBytes());
    }

    String said = Programs.go(folder, 0, "check.go", ".");
    assertEquals(seqs.size(), said.split("is right, and no leaf", -1).length - 1, said);
    assertTrue(said.contains("700 extends 300\n700 records are proven by the tiles\n"), said);
    SignedNote signed = SignedNote.parse(read("signed-by-go"));
    assertEquals("signed by Go\n", signed.text());
    assertTrue(signed.verify(List.of(log.verifier())).areAccepted());
  }

  private void write(String name, byte[] bytes) {
    try {
      Path file = folder.resolve(name);
      Files.createDirectories(Objects.requireNonNull(file.getParent()));
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] read(String name) {
    try {
      return Files.readAllBytes(folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
