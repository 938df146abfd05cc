// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.head.BookHead;
import dev.talea.audit.proof.AddCheckpoint;
import dev.talea.audit.proof.Checkpoint;
import dev.talea.audit.proof.MalformedException;
import dev.talea.audit.proof.NoteSignature;
import dev.talea.audit.proof.SignedCheckpoint;
import dev.talea.audit.proof.SignedNote;
import dev.talea.audit.proof.VerifierKey;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Asks one witness to sign a head, as the specification tlog-witness draws it: sends the head with
 * the proof that it extends what the witness has seen, which the witness says if it is not what was
 * guessed. Believes nothing: a signature that is none of the keys of the policy, or does not fit,
 * is not taken.
 *
 * <p>One thread.
 */
final class WitnessClient {
  private static final Duration CONNECT_MAX = Duration.ofSeconds(10);
  private static final Duration ANSWER_MAX = Duration.ofSeconds(30);

  /** Some lines of signatures; ML-DSA's are 3 kB each. */
  private static final int ANSWER_BYTES_MAX = 64 * 1024;

  /** The first guess, what the witness says then, and once more if it has moved on meanwhile. */
  private static final int TRIES_MAX = 3;

  private static final int OK = 200;
  private static final int CONFLICT = 409;
  private static final String SIZE_TYPE = "text/x.tlog.size";
  private static final Pattern SIZE = Pattern.compile("(0|[1-9][0-9]{0,18})\\n?");

  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(CONNECT_MAX)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /**
   * Asks for signatures.
   *
   * @param url prefix of the witness
   * @param seen how many records the head had that it has seen last, as far as is known
   * @param known keys of witnesses by the policy
   * @return signatures of this head by some of these keys, at least one
   * @throws FailedException if there is none, with what the witness answered
   */
  List<NoteSignature> ask(
      String url, BookHead head, SignedCheckpoint signed, long seen, List<VerifierKey> known) {
    URI place = place(url);
    long old = Math.min(seen, head.checkpoint().size());
    for (int tries = 1; ; tries++) {
      Checkpoint before = head.at(old);
      AddCheckpoint body = head.extending(before, signed);
      HttpResponse<InputStream> answer = send(url, place, body.bytes());
      String text = text(url, answer);
      if (answer.statusCode() == OK) {
        return signatures(url, text, signed, known);
      }
      if (answer.statusCode() != CONFLICT || tries == TRIES_MAX) {
        throw new FailedException(
            "Witness %s refuses: status %d%s"
                .formatted(url, answer.statusCode(), text.isBlank() ? "" : ", " + text.strip()));
      }
      old = seenBy(url, answer, text, head.checkpoint().size());
    }
  }

  private static URI place(String url) {
    try {
      URI place = URI.create((url.endsWith("/") ? url : url + "/") + "add-checkpoint");
      boolean isHttp = "http".equals(place.getScheme()) || "https".equals(place.getScheme());
      if (isHttp && place.getHost() != null) {
        return place;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw new UsageException(
        "--witness wants an address like https://witness.example.org, not " + url);
  }

  private HttpResponse<InputStream> send(String url, URI place, byte[] body) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(place)
              .timeout(ANSWER_MAX)
              .header("Content-Type", "text/plain; charset=utf-8")
              .POST(HttpRequest.BodyPublishers.ofByteArray(body))
              .build();
      return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (IOException e) {
      throw new FailedException("Witness " + url + " does not answer: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FailedException("Witness " + url + " was not waited for.", e);
    }
  }

  private static String text(String url, HttpResponse<InputStream> answer) {
    try (InputStream body = answer.body()) {
      byte[] read = body.readNBytes(ANSWER_BYTES_MAX + 1);
      if (read.length > ANSWER_BYTES_MAX) {
        throw new FailedException(
            "Witness %s answers with more than %d bytes.".formatted(url, ANSWER_BYTES_MAX));
      }
      return new String(read, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new FailedException("Witness " + url + " broke off its answer: " + e, e);
    }
  }

  private static long seenBy(String url, HttpResponse<InputStream> answer, String text, long size) {
    boolean isSize =
        answer.headers().firstValue("Content-Type").orElse("").startsWith(SIZE_TYPE)
            && SIZE.matcher(text).matches();
    if (!isSize) {
      throw new FailedException(
          "Witness " + url + " says that it has seen another head, and not of which size.");
    }
    long seen;
    try {
      seen = Long.parseLong(text.strip());
    } catch (NumberFormatException e) {
      seen = Long.MAX_VALUE;
    }
    if (seen > size) {
      throw new FailedException(
          ("Witness %s has seen a head of %s records of this log, and this one has %d: the ledger"
                  + " was restored, or another signs as it.")
              .formatted(url, text.strip(), size));
    }
    return seen;
  }

  private static List<NoteSignature> signatures(
      String url, String text, SignedCheckpoint signed, List<VerifierKey> known) {
    List<NoteSignature> found = new ArrayList<>();
    try {
      for (String line : text.lines().toList()) {
        NoteSignature signature = NoteSignature.parse(line);
        SignedNote alone = SignedNote.unsigned(signed.note().text()).with(signature);
        SignedNote.Signatures verified = alone.verify(known);
        if (!verified.failed().isEmpty()) {
          throw new FailedException(
              ("Witness %s answers with a signature of '%s' that does not fit this head: it is"
                      + " not taken.")
                  .formatted(url, signature.name()));
        }
        if (verified.areAccepted()) {
          found.add(signature);
        }
      }
    } catch (MalformedException e) {
      throw new FailedException(
          "Witness " + url + " answers with no signature: " + e.getMessage(), e);
    }
    if (found.isEmpty()) {
      throw new FailedException(
          "Witness " + url + " answers with no signature of a key that the policy names.");
    }
    return found;
  }
}
