// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDealingVerifier} from "./interfaces/IDealingVerifier.sol";
import {BN254, G1Point} from "./libraries/BN254.sol";
import {CommitmentVector} from "./libraries/CommitmentVector.sol";
import {Field} from "./libraries/Field.sol";
import {Hashing} from "./libraries/Hashing.sol";
import {Schnorr} from "./libraries/Schnorr.sol";
import {Dealing, DealingDigest, KeyEvidence, ShareEquation} from "./types/ProofTypes.sol";

/// @title DealingVerifier
/// @notice The mathematics of complaints, apart from the sessions that they belong to.
contract DealingVerifier is IDealingVerifier {
    using BN254 for G1Point;
    using CommitmentVector for G1Point[];

    /// @inheritdoc IDealingVerifier
    function shareHolds(
        ShareContext calldata context,
        KeyEvidence calldata evidence,
        ShareEquation equation,
        G1Point[] calldata vector
    ) external view returns (bool) {
        bool shared = Schnorr.provesSharedKey(
            context.sid, context.dealer, context.recipient, context.dealerD, context.recipientP, evidence
        );
        if (!shared) revert InvalidKeyEvidence(context.dealer, context.recipient);

        G1Point memory expected;
        uint256 z = Field.subtract(context.c1, _mask(context, evidence.K, 1));
        if (equation == ShareEquation.B) {
            expected = BN254.generator().multiply(z);
        } else {
            uint256 y = Field.subtract(context.c0, _mask(context, evidence.K, 0));
            G1Point memory A = context.A;
            expected = BN254.generator().multiply(y).addMultiple(A, z);
        }
        return vector.evaluate(context.x).equals(expected);
    }

    /// @inheritdoc IDealingVerifier
    function proofHolds(
        bytes32 sid,
        address dealer,
        G1Point calldata A,
        DealingDigest calldata digest,
        Dealing calldata dealing
    ) external view returns (bool) {
        uint256 zeta = Schnorr.zeta(sid, dealer, digest);
        return Schnorr.provesPolynomial(
            sid, dealer, digest, A, zeta, dealing.B.evaluate(zeta), dealing.C.evaluate(zeta)
        );
    }

    function _mask(ShareContext calldata context, G1Point calldata K, uint256 u) private pure returns (uint256) {
        return Hashing.shareMask(
            context.sid, K, context.dealer, context.recipient, u, context.hashB, context.hashC
        );
    }
}
