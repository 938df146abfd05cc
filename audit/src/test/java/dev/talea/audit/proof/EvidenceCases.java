// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import static dev.talea.ledger.conformance.Drafts.account;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.talea.audit.anchor.AnchorRecord;
import dev.talea.audit.anchor.AnchorRecord.Anchor;
import dev.talea.audit.anchor.AnchorRecord.Restore;
import dev.talea.audit.anchor.Anchorer;
import dev.talea.audit.evidence.EvidenceCheck;
import dev.talea.audit.evidence.TransactionEvidence;
import dev.talea.audit.head.LedgerHead;
import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.TreeHead;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.SystemLogEnvironment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Proofs of transactions with what lies beside them, as a ledger makes them, and broken in every
 * way that comes to mind; for the two programs that check them.
 */
final class EvidenceCases {
  private static final Path DIRECTORY = Path.of("/data/talea");
  private static final String ORIGIN = "ledger.example";
  private static final SigningKey LOG = SigningKey.generate(ORIGIN + "/_anchors", new Random(31));
  private static final List<String> BOOKS = List.of("shop", "L\u00e4den / 1", "\u00e9".repeat(60));

  private EvidenceCases() {}

  /** What a verifier has in hand. */
  static final class Files {
    final byte[] proof;
    final byte @Nullable [] leaf;
    final String trusted;
    final byte @Nullable [] anchor;
    final byte @Nullable [] accounts;

    Files(byte[] proof, byte @Nullable [] leaf, String trusted) {
      this(proof, leaf, trusted, null, null);
    }

    Files(
        byte[] proof,
        byte @Nullable [] leaf,
        String trusted,
        byte @Nullable [] anchor,
        byte @Nullable [] accounts) {
      this.proof = proof;
      this.leaf = leaf;
      this.trusted = trusted;
      this.anchor = anchor;
      this.accounts = accounts;
    }

    /** What we say of them. */
    Verdict verdict() {
      Policy policy =
          trusted.isEmpty()
              ? null
              : trusted.contains(" ")
                  ? Policy.parse(trusted.getBytes(UTF_8))
                  : Policy.ofLog(VerifierKey.parse(trusted));
      return EvidenceCheck.check(proof, leaf, anchor, accounts, policy);
    }
  }

  static String key() {
    return LOG.verifier().toString();
  }

  /** Of a ledger with three books, under a signed head, one of each book. */
  static List<TransactionEvidence> real() {
    SimulatedDisk disk = new SimulatedDisk(1);
    try (LogLedgerStore store =
        LogLedgerStore.open(
            DIRECTORY,
            LogStoreSettings.DEFAULTS,
            SystemLogEnvironment.create().withDisk(disk).withBackground(Runnable::run),
            Runnable::run)) {
      store.registerAsset(new Asset("EUR", AssetClass.FIAT, 2, "Euro")).join();
      store.registerAsset(new Asset("JPY", AssetClass.FIAT, 0, "Yen")).join();
      AssetClass chain = new AssetClass.Crypto("eth", null);
      store.registerAsset(new Asset("ETH", chain, 18, "Ether")).join();
      for (String book : BOOKS) {
        for (String asset : List.of("EUR", "JPY", "ETH")) {
          store.openAccount(account(book, "in " + asset, asset)).join();
          store
              .openAccount(
                  new Account(
                      new AccountId(book, "out " + asset + " \u2028"),
                      asset,
                      AccountKind.INCOME,
                      Side.CREDIT,
                      null))
              .join();
        }
        for (Int128 amount : List.of(Int128.of(5), Int128.of(1234), Int128.MAX)) {
          List<Posting> postings = new ArrayList<>();
          for (String asset : List.of("EUR", "JPY", "ETH")) {
            postings.add(new Posting("in " + asset, amount, asset, Side.DEBIT));
            postings.add(new Posting("out " + asset + " \u2028", amount, asset, Side.CREDIT));
            if (amount.equals(Int128.MAX)) { // nothing more goes into an account than this
              postings.set(
                  postings.size() - 1, new Posting("in " + asset, amount, asset, Side.CREDIT));
            }
          }
          TransactionDraft draft =
              new TransactionDraft(book, "key " + amount, postings, List.of(), null, null);
          store.commit(book, List.of(draft), false).join();
        }
      }
      new Anchorer(store).round();
    }
    LogFiles files = new LogFiles(DIRECTORY, disk);
    LedgerHead now = requireNonNull(LedgerHead.now(files, LedgerOrigin.of(ORIGIN)));
    SignedCheckpoint signed = SignedCheckpoint.unsigned(now.head().checkpoint()).signedBy(LOG);
    LedgerHead ledger = LedgerHead.under(signed, files);
    List<TransactionEvidence> made = new ArrayList<>();
    for (String book : BOOKS) {
      for (long seq = 7; seq <= 9; seq++) {
        made.add(requireNonNull(TransactionEvidence.of(ledger, book, seq)));
      }
    }
    return made;
  }

  static List<Files> all() {
    List<Files> cases = new ArrayList<>();
    List<TransactionEvidence> real = real();
    for (TransactionEvidence each : real) {
      byte[] proof = each.transaction().bytes();
      byte[] anchor = each.anchor().bytes();
      byte[] accounts = each.accountsFile();
      for (String trusted : List.of(key(), "")) {
        cases.add(new Files(proof, null, trusted, anchor, accounts));
        cases.add(new Files(proof, null, trusted, anchor, null));
        cases.add(new Files(proof, null, trusted, null, accounts));
      }
      byte[] bare = each.transaction().withoutContent().bytes();
      cases.add(new Files(bare, each.transaction().extra(), key(), anchor, accounts));
      cases.add(
          new Files(
              bare,
              Leaf.data(each.transaction().seq(), requireNonNull(each.transaction().extra())),
              key(),
              anchor,
              accounts));
      cases.add(new Files(proof, null, key(), proof, accounts));
      cases.add(new Files(proof, null, key(), each.anchor().withoutContent().bytes(), null));
      cases.add(new Files(proof, null, "", anchor, each.accounts().get(0).bytes()));
      cases.add(new Files(proof, null, "", anchor, proof));
      cases.add(new Files(proof, null, "", null, each.accounts().get(0).withoutContent().bytes()));
      cases.add(new Files(each.accounts().get(0).bytes(), null, "", anchor, accounts));
      for (TransactionEvidence other : real) {
        cases.add(new Files(proof, null, key(), other.anchor().bytes(), other.accountsFile()));
        cases.add(new Files(proof, null, key(), other.anchor().bytes(), accounts));
      }
    }
    byte[] proof = real.get(0).transaction().bytes();
    byte[] anchor = real.get(0).anchor().bytes();
    byte[] accounts = real.get(0).accountsFile();
    cases.add(new Files(proof, null, "", null, twice(real.get(0).accounts().get(0).bytes())));
    for (String wrong : List.of("", "hello", "c2sp.org/tlog-proof@v1\n", "\n")) {
      cases.add(new Files(proof, null, "", wrong.getBytes(UTF_8), null));
      cases.add(new Files(proof, null, "", null, wrong.getBytes(UTF_8)));
    }
    Random random = new Random(77);
    for (int i = 0; i < 100; i++) {
      cases.add(new Files(proof, null, key(), flipped(anchor, random), accounts));
      cases.add(new Files(proof, null, key(), anchor, flipped(accounts, random)));
    }
    cases.addAll(contents(random));
    return cases;
  }

  private static byte[] twice(byte[] bytes) {
    byte[] both = Arrays.copyOf(bytes, 2 * bytes.length);
    System.arraycopy(bytes, 0, both, bytes.length, bytes.length);
    return both;
  }

  private static byte[] flipped(byte[] bytes, Random random) {
    byte[] other = bytes.clone();
    other[random.nextInt(other.length)] ^= (byte) (1 << random.nextInt(8));
    return other;
  }

  /** Records that are none, or say strange things, in trees that hash. */
  private static List<Files> contents(Random random) {
    List<Files> cases = new ArrayList<>();
    TransactionEvidence real = real().get(2);
    byte[] account = requireNonNull(real.accounts().get(0).extra());
    byte[] posted = requireNonNull(real.transaction().extra());
    List<byte[]> anchors = new ArrayList<>();
    TreeHead head = new TreeHead(2, new byte[32]);
    anchors.add(encoded(new Restore("shop", head, new TreeHead(1, new byte[32]), "why"), 5));
    byte[] other = encoded(new Anchor("shop", head), 1_790_000_000_000_000L);
    for (int i = 0; i < 60; i++) {
      anchors.add(flipped(other, random));
      anchors.add(flipped(anchors.get(0), random));
    }
    for (int length : List.of(0, 1, 55, 56, 57, 59, 61)) {
      anchors.add(Arrays.copyOf(other, length));
    }
    TlogProof plain = proofs("shop", List.of(account, posted)).get(1);
    for (byte[] content : anchors) {
      cases.add(
          new Files(
              plain.bytes(), null, "", proofs("_anchors", List.of(content)).get(0).bytes(), null));
    }
    for (long at : new long[] {0, -1, Long.MIN_VALUE, 1, 1000, 1_000_000, 999_999_999_999_999L}) {
      Anchor right = new Anchor("shop", plain.head().checkpoint().head());
      byte[] content = encoded(right, at);
      for (String origin : List.of("_anchors", "/_anchors", "a/_anchors", "anchors")) {
        cases.add(
            new Files(
                plain.bytes(), null, "", proofs(origin, List.of(content)).get(0).bytes(), null));
      }
    }
    for (int i = 0; i < 120; i++) {
      List<TlogProof> both =
          proofs(
              "shop",
              List.of(
                  i % 2 == 0 ? account : flipped(account, random),
                  i % 2 == 1 ? posted : flipped(posted, random)));
      cases.add(new Files(both.get(1).bytes(), null, "", null, both.get(0).bytes()));
    }
    for (int length = 0; length < posted.length; length += 7) {
      List<TlogProof> both =
          proofs(
              "shop",
              List.of(
                  Arrays.copyOf(account, Math.min(length, account.length)),
                  Arrays.copyOf(posted, length)));
      cases.add(new Files(both.get(1).bytes(), null, "", null, both.get(0).bytes()));
    }
    return cases;
  }

  private static byte[] encoded(AnchorRecord record, long at) {
    ByteBuffer to = ByteBuffer.allocate(record.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    record.encode(to, at);
    return to.array();
  }

  /** Proofs of all records of a log that holds these. */
  private static List<TlogProof> proofs(String origin, List<byte[]> contents) {
    Map<Tile, byte[]> tiles = new HashMap<>();
    TileBuilder builder = new TileBuilder(tiles::put);
    for (byte[] content : contents) {
      builder.add(Leaf.hash(builder.size() + 1, content));
    }
    builder.partial();
    SignedCheckpoint head =
        SignedCheckpoint.unsigned(new Checkpoint(origin, builder.size(), builder.root()));
    TileHashes hashes =
        new TileHashes(builder.size(), tile -> requireNonNull(tiles.get(tile), tile::path));
    List<TlogProof> proofs = new ArrayList<>();
    for (byte[] content : contents) {
      proofs.add(TlogProof.of(proofs.size() + 1, content, head, hashes));
    }
    return proofs;
  }
}
