// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;

/**
 * Connections to a database at a moment, for metrics; the one that listens is not among them.
 *
 * @param size how many there are
 * @param idle how many of them are not in use
 */
public record PoolSize(int size, int idle) {
  static PoolSize of(HikariDataSource pool) {
    HikariPoolMXBean state = pool.getHikariPoolMXBean();
    return state == null
        ? new PoolSize(0, 0)
        : new PoolSize(state.getTotalConnections(), state.getIdleConnections());
  }
}
