// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.ledger.LedgerException;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import dev.talea.reconcile.row.RowSource;
import dev.talea.reconcile.source.ProfileDetector;
import dev.talea.reconcile.source.ProfileDetector.Finding;
import dev.talea.reconcile.source.ProfileJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds out the format of a file from its beginning: a profile as a proposal, what each setting was
 * drawn from, and the first rows as that profile reads them, by which a person sees what is wrong
 * with it.
 *
 * <p>Stateless; any thread.
 */
public final class Detection {
  private static final int ROWS_SHOWN = 5;
  private static final int NAME_CHARS_MAX = 64;

  private Detection() {}

  /**
   * Looks at a file of this machine; no server is needed.
   *
   * @throws IOException if it cannot be read, or is nothing that can be read by a profile
   */
  public static Map<String, @Nullable Object> of(Path file) throws IOException {
    return of(new StandardForms(), file, String.valueOf(file.getFileName()));
  }

  static Map<String, @Nullable Object> of(RunForms forms, Path file, String name)
      throws IOException {
    ProfileDetector.Proposed proposed =
        ProfileDetector.of(plain(name), () -> SystemFiles.read(file));
    byte[] profile = ProfileJson.write(proposed.profile());
    List<Object> findings = new ArrayList<>();
    long open = 0;
    for (Finding finding : proposed.findings()) {
      open += finding.isOpen() ? 1 : 0;
      findings.add(
          JsonTree.of(
              "setting",
              finding.setting(),
              "value",
              finding.value(),
              "fits",
              finding.fits(),
              "of",
              finding.of(),
              "open",
              finding.isOpen(),
              "remark",
              finding.remark()));
    }
    Map<String, @Nullable Object> answer =
        JsonTree.of(
            "profile", JsonTree.object("profile", profile), "open", open, "findings", findings);
    rows(forms, profile, file, name, answer);
    return answer;
  }

  /** A name for the profile, of that of the file: {@code My Bank.2026.csv} is {@code my-bank}. */
  static String plain(String file) {
    String plain =
        file.toLowerCase(Locale.ROOT)
            .replaceFirst("\\..*$", "")
            .replaceAll("[^a-z0-9]+", "-")
            .replaceAll("^-+|-+$", "");
    return plain.isEmpty()
        ? "file"
        : plain.substring(0, Math.min(plain.length(), NAME_CHARS_MAX)).replaceAll("-$", "");
  }

  private static void rows(
      RunForms forms,
      byte[] profile,
      Path file,
      String name,
      Map<String, @Nullable Object> answer) {
    List<Object> rows = new ArrayList<>();
    List<Object> rejects = new ArrayList<>();
    try (RowSource source =
        new SampleSource(forms.file(profile, file, name), ROWS_SHOWN, SampleSource.CHARS_MAX)) {
      source.read(
          new RowSink() {
            @Override
            public void row(long line, @Nullable Object[] values) {
              Map<String, @Nullable Object> row = new LinkedHashMap<>();
              row.put("line", line);
              for (int i = 0; i < values.length; i++) {
                Object value = values[i];
                row.put(
                    source.columns().get(i).name(),
                    value == null ? null : Previews.cut(value.toString()));
              }
              rows.add(row);
            }

            @Override
            public void reject(Reject reject) {
              rejects.add(
                  JsonTree.of(
                      "line",
                      reject.line(),
                      "field",
                      reject.field(),
                      "reason",
                      reject.reason(),
                      "text",
                      Previews.cut(reject.text())));
            }
          });
    } catch (IOException e) {
      answer.put("remark", "No row can be read by this profile yet: " + SystemFiles.words(e));
    } catch (LedgerException e) {
      answer.put("remark", "This profile is not whole yet: " + RunWorker.words(e));
    }
    answer.put("rows", rows);
    answer.put("rejected", rejects);
  }
}
