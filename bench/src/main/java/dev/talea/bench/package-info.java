/**
 * Figures: load generators, the baselines they are compared with, and the reports. Nobody depends
 * on this room.
 */
@NullMarked
package dev.talea.bench;

import org.jspecify.annotations.NullMarked;
