// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whose signatures count: logs, witnesses, and how many of which have to have signed, as the
 * specification tlog-policy draws it. It is what the verifier brings along, and the only thing in a
 * check that is believed. Immutable.
 */
public final class Policy {
  /** Far more than any policy that a person reads. */
  public static final int BYTES_MAX = 1_000_000;

  private static final int NAMES_MAX = 1000;
  private static final String NONE = "none";
  private static final Pattern GAPS = Pattern.compile("[ \t]+");
  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,3}");

  /** The last second of the year 9999, behind which a time is shown as a number. */
  private static final long LAST_SECOND = 253_402_300_799L;

  /** At least so many of these have to have signed. */
  private record Group(int needed, List<String> members) {}

  /**
   * Whether a head is accepted, and why.
   *
   * @param words one sentence each, without an end mark
   */
  public record Finding(boolean isAccepted, List<String> words) {}

  private final List<VerifierKey> logs = new ArrayList<>();
  private final Map<String, VerifierKey> witnesses = new LinkedHashMap<>();
  private final Map<String, Group> groups = new HashMap<>();

  /** Names that are in a group already: each may count in one way only. */
  private final Set<String> grouped = new HashSet<>();

  /** A witness or a group; null if no witness is needed. */
  private @Nullable String quorum;

  private Policy() {}

  /** The policy that wants one signature, that of this log. */
  public static Policy ofLog(VerifierKey log) {
    require(
        log.isSupported(), "key '" + log.name() + "' is of a kind that cannot be verified here");
    Policy policy = new Policy();
    policy.logs.add(log);
    return policy;
  }

  /** Reads a policy file. */
  public static Policy parse(byte[] file) {
    if (file.length > BYTES_MAX) {
      throw new MalformedException(
          "a policy has at most %d bytes, not %d".formatted(BYTES_MAX, file.length));
    }
    // Octets: names that look alike and are spelled differently are different names.
    String[] lines = new String(file, StandardCharsets.ISO_8859_1).split("\n", -1);
    Policy policy = new Policy();
    boolean quorumSeen = false;
    for (int i = 0; i < lines.length; i++) {
      try {
        String line = withoutGaps(lines[i]);
        if (!line.isEmpty() && !line.startsWith("#")) {
          quorumSeen |= policy.line(GAPS.split(line), quorumSeen);
        }
      } catch (MalformedException e) {
        throw new MalformedException("line " + (i + 1) + " of the policy: " + e.getMessage());
      }
    }
    if (!quorumSeen) {
      throw new MalformedException(
          "the policy has no line 'quorum'; without witnesses it is 'quorum none'");
    }
    if (policy.logs.isEmpty()) {
      throw new MalformedException("the policy has no line 'log', so no head could be right by it");
    }
    return policy;
  }

  private static String withoutGaps(String line) {
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if ((c < 0x20 && c != '\t') || c == 0x7F) {
        throw new MalformedException("it holds the control character U+%04X".formatted((int) c));
      }
    }
    return line.replaceAll("^[ \t]+|[ \t]+$", "");
  }

  /** Takes a line; says whether it was the quorum. */
  private boolean line(String[] words, boolean quorumSeen) {
    switch (words[0]) {
      case "log" -> {
        require(words.length == 2 || words.length == 3, "a log is 'log VKEY [URL]'");
        VerifierKey key = key(words[1]);
        require(logs.stream().noneMatch(key::hasKeyOf), "the key of this log has its line already");
        require(logs.size() < NAMES_MAX, "there are more than " + NAMES_MAX + " logs");
        logs.add(key);
      }
      case "witness" -> {
        require(words.length == 3 || words.length == 4, "a witness is 'witness NAME VKEY [URL]'");
        VerifierKey key = key(words[2]);
        require(key.isCosigner(), "the key is of a kind that witnesses do not sign with");
        require(
            witnesses.values().stream().noneMatch(key::hasKeyOf),
            "the key of this witness has its line already");
        witnesses.put(fresh(words[1]), key);
      }
      case "group" -> {
        require(words.length >= 4, "a group is 'group NAME (all|any|K) NAME...'");
        List<String> members = List.of(words).subList(3, words.length);
        int needed = needed(words[2], members.size());
        for (String member : members) {
          requireKnown(member);
          require(grouped.add(member), "'" + shown(member) + "' is a member already");
        }
        groups.put(fresh(words[1]), new Group(needed, members));
      }
      case "quorum" -> {
        require(!quorumSeen, "there is a second line 'quorum'");
        require(words.length == 2, "a quorum is 'quorum (NAME|none)'");
        if (!words[1].equals(NONE)) {
          requireKnown(words[1]);
          quorum = words[1];
        }
        return true;
      }
      default ->
          throw new MalformedException(
              "it begins with '" + shown(words[0]) + "' instead of log, witness, group or quorum");
    }
    return false;
  }

  private static void require(boolean right, String otherwise) {
    if (!right) {
      throw new MalformedException(otherwise);
    }
  }

  private void requireKnown(String name) {
    require(
        witnesses.containsKey(name) || groups.containsKey(name),
        "'" + shown(name) + "' is neither a witness nor a group of a line above");
  }

  private String fresh(String name) {
    require(
        !name.equals(NONE) && !witnesses.containsKey(name) && !groups.containsKey(name),
        "the name '" + shown(name) + "' is taken");
    require(witnesses.size() + groups.size() < NAMES_MAX, "there are more than " + NAMES_MAX);
    return name;
  }

  private static int needed(String word, int members) {
    int needed =
        switch (word) {
          case "all" -> members;
          case "any" -> 1;
          default -> NUMBER.matcher(word).matches() ? Integer.parseInt(word) : 0;
        };
    require(
        needed >= 1 && needed <= members,
        "a group of %d wants all, any or 1 to %d of them, not '%s'"
            .formatted(members, members, shown(word)));
    return needed;
  }

  private static VerifierKey key(String octets) {
    return VerifierKey.parse(
        StrictText.decoded("a key", octets.getBytes(StandardCharsets.ISO_8859_1), BYTES_MAX));
  }

  /** Octets as people wrote them. */
  private static String shown(String octets) {
    return new String(octets.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  /** The keys of the witnesses that it names. */
  public List<VerifierKey> witnesses() {
    return List.copyOf(witnesses.values());
  }

  /** Whether the signatures of a head are those that are wanted. */
  public Finding judge(SignedCheckpoint head) {
    String origin = head.checkpoint().origin();
    // A key counts for the log of its name: one operator's log must not speak for another's.
    List<VerifierKey> ofThisLog = logs.stream().filter(key -> key.name().equals(origin)).toList();
    if (ofThisLog.isEmpty()) {
      return refused(
          "the head is of the log '%s', and you named %s".formatted(origin, namesOfLogs()));
    }
    Set<VerifierKey> known = new LinkedHashSet<>(ofThisLog);
    known.addAll(witnesses.values());
    SignedNote.Signatures found = head.note().verify(known);
    if (!found.failed().isEmpty()) {
      return refused("the signature of '" + found.failed().get(0) + "' does not fit the head");
    }
    List<String> words = new ArrayList<>();
    Set<VerifierKey> signed = new LinkedHashSet<>();
    for (SignedNote.Signed each : found.verified()) {
      signed.add(each.key());
      words.add(
          ofThisLog.contains(each.key())
              ? "signed by '" + each.key().name() + "'"
              : "witnessed by '%s' at %s"
                  .formatted(each.key().name(), time(VerifierKey.seconds(each.signature()))));
    }
    if (ofThisLog.stream().noneMatch(signed::contains)) {
      return refused(
          head.note().signatures().isEmpty()
              ? "the head is not signed"
              : "the head is not signed by the key of the log '" + origin + "' that you named");
    }
    if (quorum == null) {
      words.add("no witness was asked for");
    } else if (isWitnessed(quorum, signed)) {
      words.add("enough witnesses have signed: the quorum '" + shown(quorum) + "' is met");
    } else {
      return refused(
          "too few witnesses have signed: the quorum '" + shown(quorum) + "' is not met");
    }
    return new Finding(true, List.copyOf(words));
  }

  private boolean isWitnessed(String name, Set<VerifierKey> signed) {
    Group group = groups.get(name);
    if (group == null) {
      VerifierKey witness = witnesses.get(name);
      return witness != null && signed.contains(witness);
    }
    return group.members().stream().filter(member -> isWitnessed(member, signed)).count()
        >= group.needed();
  }

  private String namesOfLogs() {
    return String.join(", ", logs.stream().map(key -> "'" + key.name() + "'").toList());
  }

  private static Finding refused(String why) {
    return new Finding(false, List.of(why));
  }

  private static String time(long seconds) {
    return seconds > LAST_SECOND ? "second " + seconds : Instant.ofEpochSecond(seconds).toString();
  }
}
