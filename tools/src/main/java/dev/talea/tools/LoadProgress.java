// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.time.Duration;

/** Tells a person how a load is doing. Called by the loader's one thread, often. */
interface LoadProgress extends AutoCloseable {

  /** How far it is: what the numbers are at this moment. */
  void update(LoadTally tally);

  /** The server does not take drafts for this reason; the load waits. Called at every try. */
  void waiting(String why, Duration patienceLeft);

  /** It takes them again. */
  void resumed();

  /** Takes the display away; the summary comes next. */
  @Override
  void close();
}
