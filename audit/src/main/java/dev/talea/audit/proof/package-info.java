// SPDX-License-Identifier: Apache-2.0
/**
 * Proofs that can be checked with a file and nothing else: Merkle paths, tiles of hashes, signed
 * notes, checkpoints, cosignatures, and the files that hold them, in the formats of C2SP that other
 * people's tools read.
 *
 * <pre>
 *   TreeProofs, Tile...       hashes: paths through the tree of RFC 9162, and where they lie
 *   SignedNote, keys          text and who signed it
 *   Checkpoint, TlogProof     what the text says, and the file that joins it to a record
 *   Policy, ProofCheck        whose signatures count, and the verdict in words
 * </pre>
 *
 * <p>Pure code over bytes: no files, no clock, no chance but what is handed in. Every class is
 * immutable, or says that it belongs to one thread. Everything that is read has a limit, because
 * these files come from outside.
 */
@NullMarked
package dev.talea.audit.proof;

import org.jspecify.annotations.NullMarked;
