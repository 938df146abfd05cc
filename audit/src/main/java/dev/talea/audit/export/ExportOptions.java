// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import org.jspecify.annotations.Nullable;

/**
 * What of the events, and how.
 *
 * @param path of the one account, for CSV and statements; null for all
 * @param range which days
 * @param opening whether a journal of a later range begins with the balances that accounts had
 * @param excel whether CSV is made for Excel
 */
public record ExportOptions(
    @Nullable String path, DateRange range, boolean opening, boolean excel) {}
