// SPDX-License-Identifier: Apache-2.0
/**
 * Named, durable read models that follow the ledger: tables in SQLite or PostgreSQL that a
 * statement, a report or a webhook is built on without asking the ledger.
 *
 * <p>A {@link dev.talea.projections.Projection} says what it keeps; the {@link
 * dev.talea.projections.ProjectionEngine} brings it events from an {@link
 * dev.talea.projections.EventSource} and keeps the rows and how far they go in one transaction of a
 * {@link dev.talea.projections.ProjectionTarget}.
 */
@NullMarked
package dev.talea.projections;

import org.jspecify.annotations.NullMarked;
