// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITraceVerifier} from "./interfaces/ITraceVerifier.sol";
import {TraceProof} from "./types/TraceTypes.sol";
import {BN254, G1Point, G2Point} from "./libraries/BN254.sol";
import {CommitmentVector} from "./libraries/CommitmentVector.sol";
import {Field} from "./libraries/Field.sol";
import {Hashing} from "./libraries/Hashing.sol";
import {TraceQuery} from "./libraries/TraceQuery.sol";

/// @title TraceVerifier
/// @notice Checks that the prover knows T, the combination of the accused participants' shares that a right answer of the
/// box reveals, against the sealed aggregate. Nothing is opened, for anyone.
/// @dev WARNING: sound only while nothing else in G2 depends on a secret, and while the points come from {TraceQuery}.
contract TraceVerifier is ITraceVerifier {
    using BN254 for G1Point;
    using CommitmentVector for G1Point[];

    bytes32 private constant TRACE = "tcss.v1.trace";

    /// @notice U, the generator of G2 of EIP-197.
    function _generatorU() private pure returns (G2Point memory) {
        return G2Point(
            0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2,
            0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed,
            0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b,
            0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa
        );
    }

    /// @notice V, a generator of G2 whose logarithm nobody knows: hashed to the twist, see docs/protocol.md.
    function _generatorV() private pure returns (G2Point memory) {
        return G2Point(
            0x18f2364b745379dd322d17ebb50e8af7cbc04341872b5bd63ef2bb3396ef5aa3,
            0x17d16eeb967ddbf165d30d7c4a64a26afcdd11a174c7a52033bde80983774d47,
            0x17e8e477bdca68b77cb375211230332683aa9dcc3ccb490a056571cdfb3a0d6c,
            0x20daf62fa0e4e8860d09dc5bddfd21147296f7c7222093392aefc643faf16770
        );
    }

    /// @inheritdoc ITraceVerifier
    function verify(
        Statement calldata statement,
        bytes32 rosterHash,
        address[] calldata accused,
        address[] calldata unaccused,
        G1Point[] calldata Bbar,
        G1Point[] calldata Cbar,
        TraceProof calldata proof
    ) external view returns (bool) {
        BN254.requirePoint(proof.pi);
        BN254.requireCanonical(proof.d1);
        BN254.requireCanonical(proof.d2);
        uint256[] memory query =
            TraceQuery.usedPoints(statement, rosterHash, unaccused, Bbar.length - accused.length);
        uint256[] memory coefficients = _coefficients(_points(statement.sid, rosterHash, accused), query);
        // Ebar = sum_i w_i*E(x_i), the encryption to the auditor of T*G.
        G1Point memory sealedFirst = Bbar.combine(coefficients);
        G1Point memory sealedSecond = Cbar.combine(coefficients);

        uint256 delta = Hashing.toScalar(
            keccak256(abi.encode(TRACE, statement, sealedFirst, sealedSecond, proof.d1, proof.d2))
        );
        G1Point memory A = statement.A;
        G1Point[4] memory left = [
            BN254.generator().add(sealedFirst.multiply(delta)),
            BN254.generator().multiply(delta),
            A.add(sealedSecond.multiply(delta)).negate(),
            BN254.negate(proof.pi)
        ];
        G2Point[4] memory right = [proof.d1, proof.d2, _generatorU(), _generatorV()];
        return BN254.pairingProductIsOne(left, right);
    }

    function _points(bytes32 sid, bytes32 rosterHash, address[] calldata accounts)
        private
        pure
        returns (uint256[] memory points)
    {
        points = new uint256[](accounts.length);
        for (uint256 i = 0; i < accounts.length; ++i) {
            points[i] = Hashing.evaluationPoint(sid, rosterHash, accounts[i]);
        }
    }

    /// @dev c_m = sum_i w_i*x_i^m for m in 0..t-1, with the Lagrange weights w_i = L_i^S, S = Q' and I together.
    function _coefficients(uint256[] memory accused, uint256[] memory query)
        private
        view
        returns (uint256[] memory coefficients)
    {
        uint256[] memory terms = _weights(accused, query);
        coefficients = new uint256[](accused.length + query.length);
        for (uint256 m = 0; m < coefficients.length; ++m) {
            uint256 sum = 0;
            for (uint256 i = 0; i < accused.length; ++i) {
                sum = addmod(sum, terms[i], BN254.R);
                terms[i] = mulmod(terms[i], accused[i], BN254.R);
            }
            coefficients[m] = sum;
        }
    }

    /// @dev w_i = prod_{m in S, m != i} x_m/(x_m - x_i). Points that meet or are zero are refused: a weight would vanish, and
    /// an innocent could be convicted with somebody else's share.
    function _weights(uint256[] memory accused, uint256[] memory query)
        private
        view
        returns (uint256[] memory weights)
    {
        _requireDistinct(query);
        weights = new uint256[](accused.length);
        for (uint256 i = 0; i < accused.length; ++i) {
            uint256 x = accused[i];
            if (x == 0) revert DegeneratePoints();
            uint256 numerator = 1;
            uint256 denominator = 1;
            for (uint256 m = 0; m < query.length; ++m) {
                numerator = mulmod(numerator, query[m], BN254.R);
                denominator = mulmod(denominator, Field.subtract(query[m], x), BN254.R);
            }
            for (uint256 m = 0; m < accused.length; ++m) {
                if (m == i) continue;
                numerator = mulmod(numerator, accused[m], BN254.R);
                denominator = mulmod(denominator, Field.subtract(accused[m], x), BN254.R);
            }
            weights[i] = mulmod(numerator, Field.inverse(denominator), BN254.R);
        }
    }

    /// @dev That query points differ from accused points is seen when the denominator is inverted.
    function _requireDistinct(uint256[] memory points) private pure {
        for (uint256 i = 0; i < points.length; ++i) {
            if (points[i] == 0) revert DegeneratePoints();
            for (uint256 j = 0; j < i; ++j) {
                if (points[i] == points[j]) revert DegeneratePoints();
            }
        }
    }
}
