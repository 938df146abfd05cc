// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.audit.anchor.Anchorer;
import dev.talea.audit.proof.Programs;
import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.TransactionDraft;
import dev.talea.tools.TestShell.Result;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The trees of a ledger as static files, read by a reader of its own, which knows the specification
 * and nothing of ours, and by Go's packages where they are installed.
 */
@Tag("slow")
class TileExportTest {
  private static final String ANCHORS = "ledger.example/_anchors";

  @TempDir private Path directory;
  private TestShell shell = new TestShell(Path.of(""), Map.of());
  private UUID third = new UUID(0, 0);

  @BeforeEach
  void writeALedger() {
    shell = new TestShell(directory, Map.of("TALEA_ORIGIN", "ledger.example"));
    third = serve("a", 700).get(2);
  }

  private List<UUID> serve(String key, int transactions) {
    try (LogLedgerStore store =
        LogLedgerStore.open(directory.resolve("ledger"), LogStoreSettings.DEFAULTS)) {
      store.registerAsset(fiat("EUR")).join();
      store.openAccount(account("Shop", "till", "EUR")).join();
      store.openAccount(account("Shop", "sales", "EUR")).join();
      List<TransactionDraft> drafts = new ArrayList<>();
      for (int i = 1; i <= transactions; i++) {
        drafts.add(move("Shop", key + i, "sales", "till", i, "EUR"));
      }
      List<PostResult> results = store.commit("Shop", drafts, false).join();
      new Anchorer(store).round();
      return results.stream().map(each -> ((Posted) each).txId()).toList();
    }
  }

  private Result ok(String... command) {
    Result result = shell.talea(command);
    assertEquals(0, result.exitCode(), result.out() + result.err());
    return result;
  }

  private void refused(int code, String words, String... command) {
    Result result = shell.talea(command);
    assertEquals(code, result.exitCode(), result.out() + result.err());
    assertTrue((result.out() + result.err()).contains(words), result.out() + result.err());
  }

  @Test
  void theTilesHoldEveryRecordOfEveryLog() throws IOException {
    Result made = ok("export", "ledger", "--tiles", "tiles");
    assertTrue(made.out().contains("%53hop: 702 records are new\n"), made::out);
    assertEquals("", made.err());
    assertEquals(702, read("%53hop").size());
    assertEquals(1, read("_system").size());
    assertEquals(2, read("_anchors").size());
    assertEquals(ok("head", "ledger", "--book", "Shop").out(), text("%53hop/checkpoint"));
    assertEquals(ok("head", "ledger").out(), text("_anchors/checkpoint"));
    // The path out of the tiles is the one that prove writes, and the entry is its leaf.
    String[] proof = ok("prove", "ledger", third.toString()).out().split("\n", -1);
    byte[] content = Base64.getDecoder().decode(proof[1].substring("extra ".length()));
    int index = Integer.parseInt(proof[2].substring("index ".length()));
    List<byte[]> leaves = read("%53hop");
    ByteBuffer leaf = ByteBuffer.allocate(40);
    leaf.put((byte) (index + 1)).position(8).put(sha256(content));
    assertArrayEquals(sha256(new byte[] {0}, leaf.array()), leaves.get(index));
    List<String> path = new ArrayList<>();
    path(leaves, index, path);
    assertEquals(path, List.of(proof).subList(3, 3 + path.size()));
    assertEquals("", proof[3 + path.size()]);
  }

  @Test
  void aSecondRunAddsWhatIsNew() throws IOException {
    ok("export", "ledger", "--tiles", "tiles");
    Path full = directory.resolve("tiles/%53hop/tile/entries/000");
    Path last = directory.resolve("tiles/%53hop/tile/entries/002.p/190");
    assertEquals(256 * 42, Files.size(full));
    assertEquals(190 * 42, Files.size(last));
    Files.write(full, new byte[0]);
    serve("b", 100);
    Result more = ok("export", "ledger", "--tiles", "tiles");
    assertTrue(more.out().contains("%53hop: 100 records are new\n"), more::out);
    assertEquals(0, Files.size(full), "what is full is not written again");
    Files.delete(full);
    ok("export", "ledger", "--tiles", "again");
    Files.copy(directory.resolve("again/%53hop/tile/entries/000"), full);
    assertEquals(802, read("%53hop").size());
    assertTrue(Files.exists(last), "those who have the older head still find their tiles");
    Result none = ok("export", "ledger", "--tiles", "tiles", "--book", "Shop");
    assertTrue(none.out().endsWith("%53hop: 0 records are new\n"), none::out);
    assertEquals(1, none.out().lines().count());
  }

  @Test
  void whatDoesNotBelongTogetherIsRefused() throws IOException {
    ok("export", "ledger", "--tiles", "tiles");
    ok("head", "keygen", ANCHORS, "--out", "key");
    Files.writeString(directory.resolve("head"), ok("head", "ledger", "--sign", "key").out());
    serve("b", 300);
    ok("export", "ledger", "--tiles", "tiles");
    String[] older = {"export", "ledger", "--tiles", "tiles", "--checkpoint", "head"};
    refused(1, "the files hold 1002 records of 'ledger.example/%53hop' already", older);
    Path checkpoint = directory.resolve("tiles/%53hop/checkpoint");
    String right = Files.readString(checkpoint);
    Files.writeString(checkpoint, right.replace("1002", "1001"));
    refused(1, "does not extend: name another folder", "export", "ledger", "--tiles", "tiles");
    Files.writeString(checkpoint, right);
    // A hash above the leaves that was changed: the root is not that of the head.
    Path tile = directory.resolve("tiles/%53hop/tile/1/000.p/3");
    byte[] hashes = Files.readAllBytes(tile);
    hashes[40] ^= 1;
    Files.write(tile, hashes);
    refused(1, "they are damaged, delete them", "export", "ledger", "--tiles", "tiles");
    Files.delete(tile);
    refused(1, "tile/1/000.p/3 is missing", "export", "ledger", "--tiles", "tiles");
    refused(1, "lies within the ledger", "export", "ledger", "--tiles", "ledger/books");
    refused(2, "only --book and --checkpoint fit", "export", "ledger", "--tiles", "t", "--excel");
    refused(2, "has no tree", "export", "--db-url", "sqlite://x.db", "--tiles", "t");
    refused(2, "--checkpoint is the head of --tiles", "export", "ledger", "--checkpoint", "head");
    assertFalse(Files.exists(directory.resolve("t")));
  }

  @Test
  void goChecksASignedHeadAProofUnderItAndTheTiles() throws Exception {
    Programs.assumeGoWithNotesAndLogs("TileExportTest.goChecksASignedHeadAProofUnderItAndTheTiles");
    Files.writeString(
        directory.resolve("vkey"), ok("head", "keygen", ANCHORS, "--out", "key").out());
    Files.writeString(directory.resolve("head"), ok("head", "ledger", "--sign", "key").out());
    serve("b", 20);
    ok("prove", "ledger", third.toString(), "--checkpoint", "head", "--out", "tx");
    ok("export", "ledger", "--tiles", "tiles", "--checkpoint", "head");
    try (InputStream page = requireNonNull(TileExportTest.class.getResourceAsStream("ledger.go"))) {
      Files.write(directory.resolve("ledger.go"), page.readAllBytes());
    }
    assertEquals(
        "the head is signed by "
            + ANCHORS
            + "\n"
            + "the transaction is in ledger.example/%53hop of Shop\n"
            + "%53hop: 702 entries are right\n"
            + "_anchors: 2 entries are right\n"
            + "_system: 1 entries are right\n",
        go(0));
    // A byte of a tile, and then one of what the head says.
    Path tile = directory.resolve("tiles/%53hop/tile/0/001");
    byte[] hashes = Files.readAllBytes(tile);
    hashes[77] ^= 1;
    Files.write(tile, hashes);
    String broken = go(1);
    assertFalse(broken.contains("entries are right"), broken);
    Path head = directory.resolve("head");
    Files.writeString(head, Files.readString(head).replaceFirst("\n2\n", "\n3\n"));
    String forged = go(1);
    assertTrue(forged.contains("invalid signature for key"), forged);
  }

  private String go(int expected) throws IOException, InterruptedException {
    return Programs.go(directory, expected, "ledger.go", ".");
  }

  // ------------------------------------------------------------------ a reader of the files

  private String text(String file) throws IOException {
    return Files.readString(directory.resolve("tiles").resolve(file));
  }

  /** The leaf hashes of a log: entries, tiles of all levels and checkpoint have to agree. */
  private List<byte[]> read(String log) throws IOException {
    Path folder = directory.resolve("tiles").resolve(log);
    String[] checkpoint = text(log + "/checkpoint").split("\n", -1);
    assertEquals("ledger.example/" + log, checkpoint[0]);
    int size = Integer.parseInt(checkpoint[1]);
    List<byte[]> leaves = new ArrayList<>();
    for (int first = 0; first < size; first += 256) {
      ByteBuffer bundle =
          ByteBuffer.wrap(
              Files.readAllBytes(folder.resolve("tile/entries/" + name(size, first / 256))));
      while (bundle.hasRemaining()) {
        byte[] entry = new byte[bundle.getShort()];
        bundle.get(entry);
        leaves.add(sha256(new byte[] {0}, entry));
      }
    }
    assertEquals(size, leaves.size());
    List<byte[]> level = leaves;
    for (int number = 0; !level.isEmpty(); number++) {
      for (int first = 0; first < level.size(); first += 256) {
        byte[] tile =
            Files.readAllBytes(
                folder.resolve("tile/" + number + "/" + name(level.size(), first / 256)));
        List<byte[]> due = level.subList(first, Math.min(first + 256, level.size()));
        assertEquals(due.size() * 32, tile.length);
        for (int i = 0; i < due.size(); i++) {
          assertArrayEquals(due.get(i), Arrays.copyOfRange(tile, 32 * i, 32 * i + 32));
        }
      }
      List<byte[]> above = new ArrayList<>();
      for (int first = 0; first + 256 <= level.size(); first += 256) {
        above.add(root(level.subList(first, first + 256)));
      }
      level = above;
    }
    assertEquals(checkpoint[2], Base64.getEncoder().encodeToString(root(leaves)));
    try (Stream<Path> files = Files.walk(folder)) {
      assertTrue(files.noneMatch(file -> file.toString().endsWith(".unfinished")));
    }
    return leaves;
  }

  private static String name(int size, int tile) {
    int width = Math.min(256, size - 256 * tile);
    return "%03d".formatted(tile) + (width == 256 ? "" : ".p/" + width);
  }

  /** RFC 6962, section 2.1, as it stands there. */
  private static byte[] root(List<byte[]> leaves) {
    if (leaves.size() == 1) {
      return leaves.get(0);
    }
    int split = Integer.highestOneBit(leaves.size() - 1);
    return sha256(
        new byte[] {1}, root(leaves.subList(0, split)), root(leaves.subList(split, leaves.size())));
  }

  /** Section 2.1.1. */
  private static void path(List<byte[]> leaves, int index, List<String> to) {
    if (leaves.size() == 1) {
      return;
    }
    int split = Integer.highestOneBit(leaves.size() - 1);
    List<byte[]> left = leaves.subList(0, split);
    List<byte[]> right = leaves.subList(split, leaves.size());
    path(index < split ? left : right, index < split ? index : index - split, to);
    to.add(Base64.getEncoder().encodeToString(root(index < split ? right : left)));
  }

  private static byte[] sha256(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        digest.update(part);
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
