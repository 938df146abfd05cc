// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whose signatures are enough, by the policy file. */
class PolicyTest {
  private static final Random RANDOM = new Random(11);
  private static final SigningKey LOG = SigningKey.generate("log.example/a", RANDOM);
  private static final List<SigningKey> WITNESSES = new ArrayList<>();
  private static final Checkpoint HEAD =
      new Checkpoint("log.example/a", 5, NaiveTree.of(5).root(5));
  private static final SignedCheckpoint SIGNED = SignedCheckpoint.unsigned(HEAD).signedBy(LOG);
  private static final String LOG_LINE = "log " + LOG.verifier() + "\n";

  static {
    for (int i = 1; i <= 6; i++) {
      WITNESSES.add(SigningKey.generateWitness("w" + i + ".example", RANDOM));
    }
  }

  private static String witness(int number) {
    return "witness W%d %s\n".formatted(number, WITNESSES.get(number - 1).verifier());
  }

  private static SignedCheckpoint cosigned(int... numbers) {
    SignedCheckpoint head = SIGNED;
    for (int number : numbers) {
      head = head.with(WITNESSES.get(number - 1).cosign(HEAD, 1_700_000_000L + number));
    }
    return head;
  }

  private static Policy policy(String text) {
    return Policy.parse(text.getBytes(UTF_8));
  }

  @Test
  void groupsOfGroupsAreCounted() {
    Policy policy =
        policy(
            "# two houses\n\n  \t\n"
                + LOG_LINE.replace("\n", " https://log.example/\n")
                + witness(1)
                + witness(2)
                + "\t "
                + witness(3).replace(" ", "\t  ")
                + "group X 2 W1 W2 W3\n"
                + witness(4).replace("\n", " https://w4.example/ \n")
                + witness(5)
                + "group Y any W4 W5\n  # and both of them\ngroup both all X Y\nquorum both\n"
                + witness(6));
    assertTrue(policy.judge(cosigned(1, 3, 5)).isAccepted());
    assertTrue(policy.judge(cosigned(1, 2, 3, 4, 5, 6)).isAccepted());
    assertFalse(policy.judge(cosigned(1, 3, 6)).isAccepted());
    assertFalse(policy.judge(cosigned(1, 1, 4)).isAccepted());
    assertFalse(policy.judge(cosigned(4, 5)).isAccepted());
    assertEquals(
        List.of(
            "signed by 'log.example/a'",
            "witnessed by 'w1.example' at 2023-11-14T22:13:21Z",
            "witnessed by 'w2.example' at 2023-11-14T22:13:22Z",
            "witnessed by 'w4.example' at 2023-11-14T22:13:24Z",
            "enough witnesses have signed: the quorum 'both' is met"),
        policy.judge(cosigned(1, 2, 4)).words());
    assertEquals(
        List.of("too few witnesses have signed: the quorum 'both' is not met"),
        policy.judge(cosigned(1)).words());
  }

  @Test
  void witnessesWithoutTheLogAreNotEnough() {
    Policy policy = policy(LOG_LINE + witness(1) + "quorum W1\n");
    SignedCheckpoint head =
        SignedCheckpoint.unsigned(HEAD).with(WITNESSES.get(0).cosign(HEAD, 1_700_000_000));
    assertFalse(policy.judge(head).isAccepted());
    assertTrue(policy.judge(head.signedBy(LOG)).isAccepted());
  }

  @Test
  void aKnownSignatureThatDoesNotHoldRejectsWhateverTheQuorum() {
    Policy policy = policy(LOG_LINE + witness(1) + "quorum none\n");
    Checkpoint other = new Checkpoint("log.example/a", 4, NaiveTree.of(4).root(4));
    Policy.Finding finding =
        policy.judge(SIGNED.with(WITNESSES.get(0).cosign(other, 1_700_000_000)));
    assertEquals(List.of("the signature of 'w1.example' does not fit the head"), finding.words());
    assertTrue(
        policy.judge(SIGNED.with(WITNESSES.get(1).cosign(other, 1_700_000_000))).isAccepted());
  }

  @Test
  void aLogsKeyCountsForTheLogOfItsNameOnly() {
    SigningKey second = SigningKey.generate("log.example/b", RANDOM);
    Policy policy = policy(LOG_LINE + "log " + second.verifier() + "\nquorum none\n");
    assertTrue(policy.judge(SIGNED).isAccepted());
    assertFalse(policy.judge(SignedCheckpoint.unsigned(HEAD).signedBy(second)).isAccepted());
  }

  @Test
  void aTimeThatNoCalendarHasIsANumber() {
    Policy policy = policy(LOG_LINE + witness(1) + "quorum W1\n");
    SignedCheckpoint head = SIGNED.with(WITNESSES.get(0).cosign(HEAD, Long.MAX_VALUE));
    assertEquals(
        "witnessed by 'w1.example' at second 9223372036854775807",
        policy.judge(head).words().get(1));
  }

  @Test
  void witnessesOfOtherKindsMayStandThereAndDoNotCount() {
    VerifierKey later = VerifierKey.of("pq.example", (byte) 6, new byte[1312]);
    Policy policy =
        policy(LOG_LINE + witness(1) + "witness P " + later + "\ngroup g any W1 P\nquorum g\n");
    assertTrue(policy.judge(cosigned(1)).isAccepted());
    assertFalse(policy.judge(SIGNED).isAccepted());
    assertThrows(MalformedException.class, () -> Policy.ofLog(later));
  }

  @Test
  void namesAreOctets() {
    byte[] latin =
        (LOG_LINE + witness(1).replace("W1", "\u00e4") + "quorum \u00e4\n").getBytes(ISO_8859_1);
    assertTrue(Policy.parse(latin).judge(cosigned(1)).isAccepted());
    // The sign for kelvin looks like a K and is none.
    assertThrows(
        MalformedException.class,
        () -> policy(LOG_LINE + witness(1).replace("W1", "\u212a") + "quorum K\n"));
  }

  @Test
  void asManyNamesAsTheSpecificationAsksForAndMore() {
    StringBuilder text = new StringBuilder(LOG_LINE);
    StringBuilder group = new StringBuilder("group all any");
    for (int i = 0; i < 40; i++) {
      SigningKey key = SigningKey.generateWitness("many" + i, RANDOM);
      text.append("witness m%d %s\n".formatted(i, key.verifier()));
      text.append("group g%d any m%d\n".formatted(i, i));
      group.append(" g").append(i);
    }
    assertFalse(policy(text + group.toString() + "\nquorum all\n").judge(SIGNED).isAccepted());
  }

  @Test
  void whatIsNoPolicyIsRefusedWithItsLine() {
    String w1 = witness(1);
    assertEquals(
        "line 2 of the policy: it begins with 'quorun' instead of log, witness, group or quorum",
        assertThrows(MalformedException.class, () -> policy(LOG_LINE + "quorun none\n"))
            .getMessage());
    for (String wrong :
        List.of(
            "",
            "quorum none\n",
            LOG_LINE,
            LOG_LINE + "quorum none\nquorum none\n",
            LOG_LINE + "quorum W1\n" + w1,
            LOG_LINE + "quorum\n",
            LOG_LINE + "quorum none none\n",
            LOG_LINE + LOG_LINE + "quorum none\n",
            "log\nquorum none\n",
            "log a+b+c\nquorum none\n",
            LOG_LINE.strip() + " u v\nquorum none\n",
            LOG_LINE + w1 + w1 + "quorum none\n",
            LOG_LINE + w1 + w1.replace("W1", "W2") + "quorum none\n",
            LOG_LINE + w1.replace("W1", "none") + "quorum none\n",
            LOG_LINE + "witness W1 " + LOG.verifier() + "\nquorum none\n",
            LOG_LINE + w1 + "group W1 any W1\nquorum none\n",
            LOG_LINE + w1 + "group g any\nquorum none\n",
            LOG_LINE + w1 + "group g 2 W1\nquorum none\n",
            LOG_LINE + w1 + "group g 0 W1\nquorum none\n",
            LOG_LINE + w1 + "group g 01 W1\nquorum none\n",
            LOG_LINE + w1 + "group g some W1\nquorum none\n",
            LOG_LINE + w1 + "group g any none\nquorum none\n",
            LOG_LINE + w1 + "group g any W1 W1\nquorum none\n",
            LOG_LINE + w1 + "group g any W1\ngroup h any W1\nquorum none\n",
            LOG_LINE + w1 + "group g any g\nquorum none\n",
            LOG_LINE + "quorum none\r\n",
            LOG_LINE + "quorum\u0000 none\n")) {
      assertThrows(MalformedException.class, () -> policy(wrong), wrong);
    }
    assertThrows(MalformedException.class, () -> Policy.parse(new byte[Policy.BYTES_MAX + 1]));
  }
}
