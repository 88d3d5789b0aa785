// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {G1Point, G2Point} from "../libraries/BN254.sol";

/// @notice How the query points of a trace were derived from the nonce.
enum QueryMode {
    /// Fresh field elements.
    Free,
    /// Points of participants who are not accused.
    Registered
}

/// @notice The challenge of the one answer that the proof is about.
struct QueryChallenge {
    QueryMode mode;
    /// Secret until the proof is sent.
    bytes32 nonce;
    /// One bit a query point that the box dropped, by its place in Q; d is the number of bits.
    uint256 dropped;
}

/// @notice What the tracer claims about the transcript. The proof is bound to all of it, a record keeps the figures and a
/// hash of all; the contract cannot check any of it.
struct TranscriptClaim {
    /// Merkle root over all queries and answers.
    bytes32 queriesRoot;
    /// Merkle root over the published evaluations of the trace polynomial.
    bytes32 evaluationsRoot;
    uint24 queries;
    uint24 evaluations;
    /// How many evaluations agree with the trace polynomial of the accused.
    uint24 agreeing;
}

/// @notice The pairing proof: commitments d1 to alpha and d2 to T, and pi; 320 bytes.
struct TraceProof {
    G2Point d1;
    G2Point d2;
    G1Point pi;
}

/// @notice A conviction. Records are never changed or deleted.
struct Record {
    bytes32 sid;
    /// Its place among the session's records, from 0.
    uint256 number;
    address auditor;
    address[] accused;
    uint40 time;
    QueryMode mode;
    /// What the tracer claims; see {TranscriptClaim}.
    uint24 queries;
    uint24 evaluations;
    uint24 agreeing;
    /// H(record): challenge and claim, which the event {ITraces-TraceRecorded} has in full.
    bytes32 evidenceHash;
}
