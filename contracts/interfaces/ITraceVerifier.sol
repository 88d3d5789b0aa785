// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {G1Point} from "../libraries/BN254.sol";
import {QueryChallenge, TraceProof, TranscriptClaim} from "../types/TraceTypes.sol";
import {SeatSet} from "../types/SeatSet.sol";
import {IVerifierErrors} from "./IVerifierErrors.sol";

/// @title ITraceVerifier
/// @notice Checks trace proofs. It has no state and takes what it is given: that seats are those of the addresses, and the
/// vectors those of the hash, is for the caller to check. A true answer to a question of one's own is no verdict.
interface ITraceVerifier is IVerifierErrors {
    /// @notice What a proof is bound to: every field is an input of delta.
    struct Statement {
        bytes32 sid;
        address auditor;
        SeatSet accused;
        QueryChallenge challenge;
        TranscriptClaim claim;
        bytes32 aggregateHash;
        G1Point A;
    }

    /// @notice Whether e(X, d1)*e(delta*G, d2)*e(-(A + delta*Ebar2), U)*e(-pi, V) is one, with X = G + delta*Ebar1 and
    /// Ebar the encryption to the auditor of the combination of the accused participants' shares.
    /// @param statement What the proof is bound to.
    /// @param rosterHash The roster hash, which the evaluation points depend on.
    /// @param accused The addresses of the accused.
    /// @param unaccused The other participants by seat; looked at in registered mode only.
    /// @param Bbar First halves of the aggregate.
    /// @param Cbar Second halves of the aggregate.
    /// @param proof The proof.
    function verify(
        Statement calldata statement,
        bytes32 rosterHash,
        address[] calldata accused,
        address[] calldata unaccused,
        G1Point[] calldata Bbar,
        G1Point[] calldata Cbar,
        TraceProof calldata proof
    ) external view returns (bool);
}
