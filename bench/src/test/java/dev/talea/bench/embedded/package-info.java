@NullMarked
package dev.talea.bench.embedded;

import org.jspecify.annotations.NullMarked;
