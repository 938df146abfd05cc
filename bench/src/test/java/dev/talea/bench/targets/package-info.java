@NullMarked
package dev.talea.bench.targets;

import org.jspecify.annotations.NullMarked;
