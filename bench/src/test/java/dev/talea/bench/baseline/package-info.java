@NullMarked
package dev.talea.bench.baseline;

import org.jspecify.annotations.NullMarked;
