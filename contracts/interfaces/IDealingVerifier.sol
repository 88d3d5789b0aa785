// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {G1Point} from "../libraries/BN254.sol";
import {Dealing, DealingDigest, KeyEvidence, ShareEquation} from "../types/ProofTypes.sol";
import {IVerifierErrors} from "./IVerifierErrors.sol";

/// @title IDealingVerifier
/// @notice Checks what a dealer made. It has no state and takes what it is given: that keys, point and hashes are the
/// session's, and a digest that of the dealing, is for the caller to check.
interface IDealingVerifier is IVerifierErrors {
    /// @notice Whose share is judged, and against what.
    struct ShareContext {
        bytes32 sid;
        address dealer;
        address recipient;
        /// D_k, the dealer's dealing key.
        G1Point dealerD;
        /// P_j, the recipient's encryption key.
        G1Point recipientP;
        /// A, the auditor's key; looked at for equation C only.
        G1Point A;
        /// x_j, the recipient's evaluation point.
        uint256 x;
        /// The hashes of the dealer's vectors B and C.
        bytes32 hashB;
        bytes32 hashC;
        /// The words of the encrypted share, both below r.
        uint256 c0;
        uint256 c1;
    }

    /// @notice Whether the share that K decrypts satisfies the named equation.
    /// @param context Whose share is judged.
    /// @param evidence The shared key K and its proof.
    /// @param equation Which equation is evaluated.
    /// @param vector The vector of that equation.
    function shareHolds(
        ShareContext calldata context,
        KeyEvidence calldata evidence,
        ShareEquation equation,
        G1Point[] calldata vector
    ) external view returns (bool);

    /// @notice Whether the dealer's proof of knowledge of its polynomials is valid.
    /// @param sid The session.
    /// @param dealer Who dealt.
    /// @param A The auditor's key.
    /// @param digest The dealing without its vectors.
    /// @param dealing The same dealing with its vectors.
    function proofHolds(
        bytes32 sid,
        address dealer,
        G1Point calldata A,
        DealingDigest calldata digest,
        Dealing calldata dealing
    ) external view returns (bool);
}
