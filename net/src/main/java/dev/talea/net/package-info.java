// SPDX-License-Identifier: Apache-2.0
/**
 * An HTTP/1.1 server and client on Netty: connections, limits, routing, streamed answers.
 *
 * <p>What lives here knows requests and answers, and nothing of money or JSON. Netty's types stay
 * behind the package's own, so that a change of Netty is felt in this package only.
 */
@NullMarked
package dev.talea.net;

import org.jspecify.annotations.NullMarked;
