// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page that checks a proof in a browser says the same words as {@link ProofCheck}, case by
 * case, in a real browser without a network. Where there is no chromium it says that it is skipped.
 */
@Tag("slow")
class CheckPageTest {
  private static final NaiveTree TREE = NaiveTree.of(21);
  private static final Checkpoint HEAD = new Checkpoint("log.example/ä", 21, TREE.root(21));
  private static final SigningKey LOG = SigningKey.generate("log.example/ä", new Random(3));
  private static final SigningKey OTHER = SigningKey.generate("other.example", new Random(4));
  private static final SigningKey W1 = SigningKey.generateWitness("w1.example", new Random(5));
  private static final SigningKey W2 = SigningKey.generateWitness("w2.example", new Random(6));
  private static final SignedCheckpoint SIGNED =
      SignedCheckpoint.unsigned(HEAD)
          .signedBy(LOG)
          .with(W1.cosign(HEAD, 1_790_000_001))
          .with(W2.cosign(HEAD, 1_790_000_002));

  @TempDir private Path folder;

  @Test
  void thePageNeedsNothingFromElsewhere() throws IOException {
    String page = page();
    assertTrue(page.contains("default-src 'none'"));
    assertFalse(Pattern.compile("https?://|<script src|<link|@import|url\\(").matcher(page).find());
  }

  @Test
  void thePageSaysWhatWeSay() throws Exception {
    Programs.assume("chromium", "CheckPageTest.thePageSaysWhatWeSay");
    List<EvidenceCases.Files> cases = cases();
    int alone = cases.size();
    cases.addAll(EvidenceCases.all());
    assertTrue(cases.size() > alone + 500);
    StringBuilder script = new StringBuilder("<script>\n(async () => {\nconst cases = [\n");
    for (EvidenceCases.Files each : cases) {
      script.append(
          "[\"%s\", %s, \"%s\", %s, %s],\n"
              .formatted(
                  base64(each.proof),
                  quoted(each.leaf),
                  base64(each.trusted.getBytes(UTF_8)),
                  quoted(each.anchor),
                  quoted(each.accounts)));
    }
    script.append(
        """
        ];
        const bytes = text => ofLatin1(atob(text));
        let all = "";
        for (let i = 0; i < cases.length; i++) {
          const [proof, leaf, trusted, anchor, accounts] = cases[i];
          const of = text => text === null ? null : bytes(text);
          const verdict = await check(
            bytes(proof), of(leaf), await trustedIn(bytes(trusted)), of(anchor), of(accounts));
          const words = [verdict.outcome, ...verdict.lines].join("\\n");
          all += `RESULT ${i} ${btoa(latin1(utf8(words)))} END\\n`;
        }
        document.body.textContent = all;
        })();
        </script>
        </body>""");
    Path harness = folder.resolve("harness.html");
    Files.writeString(harness, page().replace("</body>", script));
    Matcher results =
        Pattern.compile("RESULT (\\d+) (\\S*) END")
            .matcher(Programs.chromium(folder, harness.toUri().toString()));
    Map<Integer, String> said = new TreeMap<>();
    while (results.find()) {
      said.put(
          Integer.valueOf(results.group(1)),
          new String(Base64.getDecoder().decode(results.group(2)), UTF_8));
    }
    assertEquals(cases.size(), said.size());
    for (int i = 0; i < cases.size(); i++) {
      Verdict verdict = cases.get(i).verdict();
      assertEquals(
          verdict.outcome() + "\n" + String.join("\n", verdict.lines()), said.get(i), "case " + i);
    }
  }

  @Test
  void aLinkMayBringAProofAlong() throws Exception {
    Programs.assume("chromium", "CheckPageTest.aLinkMayBringAProofAlong");
    Path page = folder.resolve("check.html");
    Files.writeString(page, page());
    String proof = Base64.getUrlEncoder().encodeToString(proof(7).bytes());
    String key = URLEncoder.encode(LOG.verifier().toString(), UTF_8);
    String dom = Programs.chromium(folder, page.toUri() + "#proof=" + proof + "&trusted=" + key);
    assertTrue(dom.contains("data-outcome=\"PROVEN\""), dom);
    assertTrue(dom.contains("RIGHT: this is record 7 of 21 in 'log.example/ä'"), dom);
  }

  private static TlogProof proof(int seq) {
    return TlogProof.of(seq, NaiveTree.provenPart(seq - 1), SIGNED, TREE.subtrees());
  }

  private static List<EvidenceCases.Files> cases() {
    String key = LOG.verifier().toString();
    String both =
        "log %s\nwitness a %s https://w.example/\nwitness ä %s\ngroup g all a ä\nquorum g\n"
            .formatted(LOG.verifier(), W1.verifier(), W2.verifier());
    byte[] good = proof(7).bytes();
    String text = new String(good, UTF_8);
    List<EvidenceCases.Files> cases = new ArrayList<>();
    for (int seq = 1; seq <= 21; seq++) {
      cases.add(new EvidenceCases.Files(proof(seq).bytes(), null, key));
    }
    cases.add(new EvidenceCases.Files(good, null, ""));
    cases.add(new EvidenceCases.Files(good, null, both));
    cases.add(new EvidenceCases.Files(good, null, both.replace("group g all", "group g 1")));
    cases.add(new EvidenceCases.Files(good, null, both.replace("quorum g", "quorum none")));
    cases.add(new EvidenceCases.Files(good, null, OTHER.verifier().toString()));
    cases.add(
        new EvidenceCases.Files(
            good, null, SigningKey.generate("log.example/ä", new Random(9)).verifier().toString()));
    TlogProof unsigned = proof(7).under(SignedCheckpoint.unsigned(HEAD));
    cases.add(new EvidenceCases.Files(unsigned.bytes(), null, key));
    cases.add(new EvidenceCases.Files(unsigned.bytes(), null, ""));
    SignedCheckpoint alone = SignedCheckpoint.unsigned(HEAD).signedBy(LOG);
    cases.add(new EvidenceCases.Files(proof(7).under(alone).bytes(), null, both));
    Checkpoint elsewhere = new Checkpoint("log.example/ä", 20, TREE.root(20));
    SignedCheckpoint forged = alone.with(W1.cosign(elsewhere, 1_790_000_001));
    cases.add(new EvidenceCases.Files(proof(7).under(forged).bytes(), null, both));
    cases.add(new EvidenceCases.Files(proof(7).under(forged).bytes(), null, key));

    byte[] bare = proof(7).withoutContent().bytes();
    cases.add(new EvidenceCases.Files(bare, null, key));
    cases.add(new EvidenceCases.Files(bare, NaiveTree.provenPart(6), key));
    cases.add(new EvidenceCases.Files(bare, NaiveTree.provenPart(5), key));
    cases.add(new EvidenceCases.Files(bare, Leaf.data(7, NaiveTree.provenPart(6)), key));
    cases.add(new EvidenceCases.Files(bare, Leaf.data(8, NaiveTree.provenPart(6)), key));
    cases.add(new EvidenceCases.Files(bare, Leaf.data(-1, NaiveTree.provenPart(6)), key));
    cases.add(new EvidenceCases.Files(bare, Leaf.data(7, NaiveTree.provenPart(5)), key));
    cases.add(new EvidenceCases.Files(good, Leaf.data(7, NaiveTree.provenPart(6)), ""));

    String hash = TREE.leaf(0).base64() + "\n";
    for (String wrong :
        List.of(
            "",
            "hello",
            "c2sp.org/tlog-proof@v1\n",
            text.replace("@v1", "@v2"),
            text.replace("extra ", "Extra "),
            text.replace("extra cmVj", "extra cmV"),
            text.replace("extra cmVj", "extra cm\u00e4j"),
            text.replace("extra cmVj", "extra cmVk"),
            text.replace("index 6", "index 06"),
            text.replace("index 6", "index 9223372036854775807"),
            text.replace("index 6", "index 9223372036854775808"),
            text.replace("index 6", "index 21"),
            text.replace("index 6", "index 7"),
            text.replace("index 6\n", ""),
            text.replace("index 6\n", "index 6\nAAAA\n"),
            text.replace("index 6\n", "index 6\n" + hash.repeat(59)),
            text.replace("index 6\n", "index 6\n" + hash),
            text.replace("\n21\n", "\n22\n"),
            text.replace("\n21\n", "\n021\n"),
            text.replace("\n21\n", "\n"),
            text.replace("\n21\n", "\n0\n"),
            text.replace("\u2014 w1", "- w1"),
            text.replace("\u2014 w1.example ", "\u2014 w1\u00a0example "),
            text.replace("\u2014 w1.example ", "\u2014 w1+example "),
            text.replace("\u2014 w1.example ", "\u2014  "),
            text.replace("log.example/ä", "log.example/b"),
            text.replace("log.example/ä", "\ud83d\ude00"),
            text.replace("\n", "\r\n"),
            text + "\n",
            text + "\u2014 a AAAA\n",
            text + "\u2014 a AAAAAAAA\n",
            text + "x".repeat(100) + "\n")) {
      cases.add(new EvidenceCases.Files(wrong.getBytes(UTF_8), null, key));
      cases.add(new EvidenceCases.Files(wrong.getBytes(UTF_8), null, ""));
    }
    Random random = new Random(12);
    for (int i = 0; i < 300; i++) {
      byte[] broken = good.clone();
      broken[random.nextInt(broken.length)] ^= (byte) (1 << random.nextInt(8));
      cases.add(new EvidenceCases.Files(broken, null, i % 2 == 0 ? key : both));
    }
    for (int length = 0; length < good.length; length += 23) {
      cases.add(new EvidenceCases.Files(Arrays.copyOf(good, length), null, key));
    }
    return cases;
  }

  private static String quoted(byte @Nullable [] bytes) {
    return bytes == null ? "null" : "\"" + base64(bytes) + "\"";
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static String page() throws IOException {
    try (InputStream page =
        Objects.requireNonNull(
            ProofCheck.class.getResourceAsStream("/dev/talea/audit/check.html"))) {
      return new String(page.readAllBytes(), UTF_8);
    }
  }
}
