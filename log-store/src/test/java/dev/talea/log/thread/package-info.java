/** Tests of this package. */
@NullMarked
package dev.talea.log.thread;

import org.jspecify.annotations.NullMarked;
