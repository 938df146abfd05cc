@NullMarked
package dev.talea.jdbc;

import org.jspecify.annotations.NullMarked;
