// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DealingDigest, KeyEvidence, PolynomialProof, PossessionProof} from "../types/ProofTypes.sol";
import {BN254, G1Point} from "./BN254.sol";
import {Hashing} from "./Hashing.sol";

/// @title Schnorr
/// @notice The protocol's proofs of knowledge. A proof holds the challenge and the responses; the verifier recomputes the
/// prover's commitments from them and asks whether they hash to that challenge.
library Schnorr {
    using BN254 for G1Point;

    bytes32 private constant POSSESSION = "tcss.v1.possession";
    bytes32 private constant POLYNOMIAL_POINT = "tcss.v1.pok.point";
    bytes32 private constant POLYNOMIAL = "tcss.v1.pok.challenge";
    bytes32 private constant EVIDENCE = "tcss.v1.evidence";

    /// @notice What a key is for: part of the challenge, so that a proof for one key serves no other.
    uint256 internal constant ROLE_AUDITOR = 1;
    uint256 internal constant ROLE_ENCRYPTION = 2;
    uint256 internal constant ROLE_DEALING = 3;

    /// @notice Whether the owner of `key` knows its logarithm.
    function provesPossession(
        bytes32 sid,
        address owner,
        uint256 role,
        G1Point memory key,
        PossessionProof memory proof
    ) internal view returns (bool) {
        BN254.requireScalar(proof.challenge);
        BN254.requireScalar(proof.response);
        G1Point memory commitment =
            BN254.generator().multiply(proof.response).addMultiple(key, BN254.R - proof.challenge);
        bytes32 seed = keccak256(abi.encode(POSSESSION, sid, owner, role, key, commitment));
        return Hashing.toScalar(seed) == proof.challenge;
    }

    /// @notice zeta, the random point at which a dealer proves to know its polynomials.
    function zeta(bytes32 sid, address dealer, DealingDigest memory digest) internal pure returns (uint256) {
        return Hashing.toScalar(
            keccak256(abi.encode(POLYNOMIAL_POINT, sid, dealer, digest.hashB, digest.hashC, digest.shareRoot))
        );
    }

    /// @notice Whether the dealer knows (u, v) with `valueB = v*G` and `valueC = u*G + v*A`, its vectors' values at zeta.
    function provesPolynomial(
        bytes32 sid,
        address dealer,
        DealingDigest memory digest,
        G1Point memory A,
        uint256 zeta_,
        G1Point memory valueB,
        G1Point memory valueC
    ) internal view returns (bool) {
        PolynomialProof memory proof = digest.proof;
        // `deal` has refused a challenge that is not below r; anybody may ask here about any other.
        uint256 minusChallenge = BN254.R - proof.challenge % BN254.R;
        G1Point memory commitmentB =
            BN254.generator().multiply(proof.responseV).addMultiple(valueB, minusChallenge);
        G1Point memory commitmentC = BN254.generator().multiply(proof.responseU).addMultiple(A, proof.responseV)
            .addMultiple(valueC, minusChallenge);
        bytes32 seed = keccak256(
            abi.encode(
                POLYNOMIAL,
                sid,
                dealer,
                digest.hashB,
                digest.hashC,
                digest.shareRoot,
                zeta_,
                A,
                valueB,
                valueC,
                commitmentB,
                commitmentC
            )
        );
        return Hashing.toScalar(seed) == proof.challenge;
    }

    /// @notice Whether `evidence.K` is the key that dealer and recipient share: log_G P_j = log_{D_k} K.
    function provesSharedKey(
        bytes32 sid,
        address dealer,
        address recipient,
        G1Point memory dealerD,
        G1Point memory recipientP,
        KeyEvidence memory evidence
    ) internal view returns (bool) {
        BN254.requireScalar(evidence.challenge);
        BN254.requireScalar(evidence.response);
        BN254.requirePoint(evidence.K);
        G1Point memory commitmentG =
            BN254.generator().multiply(evidence.response).addMultiple(recipientP, BN254.R - evidence.challenge);
        G1Point memory commitmentD =
            dealerD.multiply(evidence.response).addMultiple(evidence.K, BN254.R - evidence.challenge);
        bytes32 seed = keccak256(
            abi.encode(
                EVIDENCE, sid, dealer, recipient, recipientP, dealerD, evidence.K, commitmentG, commitmentD
            )
        );
        return Hashing.toScalar(seed) == evidence.challenge;
    }
}
