// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import dev.talea.ledger.LedgerException;
import dev.talea.ledger.projection.Notice;
import dev.talea.projections.TargetException;
import dev.talea.projections.webhook.WebhookNotice;
import dev.talea.projections.webhook.Webhooks;
import dev.talea.reconcile.run.Reconciliation;
import dev.talea.reconcile.run.RunEnds;
import dev.talea.server.projections.ProjectionService;
import dev.talea.server.reconcile.ReconcileService;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands the ends of runs of reconciliation to those who deliver webhooks: what was recorded is
 * written into their tables, each end once, in one transaction with how far they have been written.
 * So none is left out while the tables are away or this process is. Apart from both rooms, which do
 * not know each other.
 *
 * <p>A thread of its own, which waits for the tables and nothing else for it.
 */
final class RunNotices implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunNotices.class);
  private static final long LOOK_MILLIS = 500;
  private static final int PAGE = 100;

  private final ReconcileService reconciliation;
  private final ProjectionService projections;
  private final ScheduledThreadPoolExecutor thread;

  /** Of the thread: whose ends have been handed over, and up to where. */
  private @Nullable RunEnds known;

  private long position;
  private boolean away;

  RunNotices(ReconcileService reconciliation, ProjectionService projections) {
    this.reconciliation = reconciliation;
    this.projections = projections;
    this.thread =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread fresh = new Thread(task, "talea-run-notices");
              fresh.setDaemon(true);
              return fresh;
            });
  }

  void start() {
    var unused =
        thread.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    Reconciliation there = reconciliation.opened();
    if (there == null) {
      return;
    }
    try {
      handOver(there.ends());
      away = false;
    } catch (TargetException | LedgerException e) {
      if (!away) {
        LOG.warn("Webhooks are not told of runs at present; they will be: {}", e.getMessage());
      }
      away = true;
      known = null;
    } catch (RuntimeException | Error e) {
      LOG.error("Telling webhooks of runs has a fault of ours, and is tried again", e);
      known = null;
    }
  }

  private void handOver(RunEnds ends) {
    Webhooks webhooks = projections.webhooks();
    String source = "reconcile " + ends.source();
    if (known != ends) {
      position = webhooks.handedOver(source, ends.lastAtOpening());
      known = ends;
    }
    while (position < ends.last()) {
      List<WebhookNotice> notices = new ArrayList<>();
      long to = position;
      for (RunEnds.End end : ends.after(position, PAGE)) {
        notices.add(
            new WebhookNotice(
                0, end.id(), Notice.RECONCILE_RUN_FINISHED, end.at(), end.books(), end.data()));
        to = end.seq();
      }
      if (!webhooks.take(source, position, to, notices)) {
        known = null; // it is not where it was thought to be: look again
        return;
      }
      position = to;
      projections.webhooksChanged();
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
