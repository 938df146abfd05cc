// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

/**
 * A write to a book.
 *
 * @param <T> what the future gets
 */
abstract sealed class BookRequest<T> extends Request<T>
    permits OpenRequest, CommitRequest, TidyRequest, ProbeRequest {}
