// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {G1Point} from "../libraries/BN254.sol";

/// @notice A Schnorr proof of knowledge of a key's discrete logarithm: challenge and response, both below r.
struct PossessionProof {
    uint256 challenge;
    uint256 response;
}

/// @notice The encryption key P and the dealing key D of a participant.
struct ParticipantKeys {
    G1Point P;
    G1Point D;
}

/// @notice Proof of knowledge of the dealt polynomials at zeta: (u, v) with v*G and u*G + v*A.
struct PolynomialProof {
    uint256 challenge;
    uint256 responseU;
    uint256 responseV;
}

/// @notice A dealing without its vectors: what `H("deal", ...)` is made of.
struct DealingDigest {
    bytes32 hashB;
    bytes32 hashC;
    bytes32 shareRoot;
    PolynomialProof proof;
}

/// @notice A whole dealing.
struct Dealing {
    G1Point[] B;
    G1Point[] C;
    bytes32 shareRoot;
    PolynomialProof proof;
}

/// @notice A dealing with the hash of the keys that its dealer joined with: together they are what is kept of a dealer.
struct PostedDealing {
    bytes32 keysHash;
    Dealing dealing;
}

/// @notice An encrypted share with its path to the dealer's share root. The words may be any 256 bits: they are judged.
struct EncryptedShare {
    uint256 c0;
    uint256 c1;
    bytes32[7] path;
}

/// @notice The shared key K of a dealer and a recipient, with a Chaum-Pedersen proof of log_G P_j = log_{D_k} K.
struct KeyEvidence {
    G1Point K;
    uint256 challenge;
    uint256 response;
}

/// @notice Which of the two share equations a complaint says to fail.
enum ShareEquation {
    /// sum_m x^m*B_m == z*G
    B,
    /// sum_m x^m*C_m == y*G + z*A
    C
}
