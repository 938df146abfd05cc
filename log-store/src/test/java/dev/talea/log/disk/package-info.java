/** Tests of this package. */
@NullMarked
package dev.talea.log.disk;

import org.jspecify.annotations.NullMarked;
