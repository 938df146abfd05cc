// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

/** What every ledger must do, from the client over a real socket down to a SQLite file. */
@Tag("slow")
class SqliteHttpConformanceTest extends HttpConformanceTest {
  @Override
  String url(Path directory) {
    return "sqlite://" + directory.resolve("sub").resolve("talea.db");
  }
}
