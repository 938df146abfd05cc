// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.evidence;

import dev.talea.reconcile.engine.Origin;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.row.SourceFacts;

/** One source that a run has loaded, as a manifest names it. */
public record RunInput(MatchSide side, Origin origin, SourceFacts facts) {}
