// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.projection;

import java.math.BigInteger;

/** What all accounts below a prefix of their paths hold now: raw, in minor units. */
public record PrefixTotal(String prefix, String asset, BigInteger total) {}
