// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITraceVerifier} from "./interfaces/ITraceVerifier.sol";
import {TraceProof} from "./types/TraceTypes.sol";
import {BN254, G1Point, G2Point} from "./libraries/BN254.sol";
import {CommitmentVector} from "./libraries/CommitmentVector.sol";
import {Field} from "./libraries/Field.sol";
import {SeatSetLibrary} from "./types/SeatSet.sol";
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
        (G2Point memory d1, G2Point memory d2, G1Point memory pi) = (proof.d1, proof.d2, proof.pi);
        BN254.requirePoint(pi);
        BN254.requireCanonical(d1);
        BN254.requireCanonical(d2);
        uint256 d = SeatSetLibrary.popcount(statement.challenge.dropped);
        uint256[] memory query =
            TraceQuery.usedPoints(statement, d, rosterHash, unaccused, Bbar.length - accused.length);
        uint256[] memory coefficients = _coefficients(Hashing.evaluationPoints(statement.sid, rosterHash, accused), query);
        // Ebar = sum_i w_i*E(x_i), the encryption to the auditor of T*G.
        G1Point memory sealedFirst = Bbar.combine(coefficients);
        G1Point memory sealedSecond = Cbar.combine(coefficients);

        uint256 delta = Hashing.toScalar(
            keccak256(
                abi.encode(
                    TRACE,
                    statement.sid,
                    statement.auditor,
                    statement.accused,
                    statement.challenge,
                    d,
                    statement.claim,
                    statement.aggregateHash,
                    statement.A,
                    sealedFirst,
                    sealedSecond,
                    d1,
                    d2
                )
            )
        );
        G1Point memory A = statement.A;
        G1Point[4] memory left = [
            BN254.generator().addMultiple(sealedFirst, delta),
            BN254.generator().multiply(delta),
            A.addMultiple(sealedSecond, delta).negate(),
            pi.negate()
        ];
        G2Point[4] memory right = [d1, d2, _generatorU(), _generatorV()];
        return BN254.pairingProductIsOne(left, right);
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
            coefficients[m] = _sumAndStep(terms, accused);
        }
    }

    /// @dev w_i = prod_{m in S, m != i} x_m/(x_m - x_i), from the product of all points, which counts x_i once too often.
    /// Points that meet or are zero are refused: a weight would vanish, and an innocent could be convicted with somebody
    /// else's share.
    function _weights(uint256[] memory accused, uint256[] memory query)
        private
        view
        returns (uint256[] memory weights)
    {
        _requireDistinct(query);
        // Differences from zero: the points themselves.
        uint256 all = _timesDifferences(1, query, 0, query.length);
        all = _timesDifferences(all, accused, 0, accused.length);
        if (all == 0) revert DegeneratePoints();
        weights = new uint256[](accused.length);
        for (uint256 i = 0; i < accused.length; ++i) {
            uint256 x = accused[i];
            uint256 denominator = _timesDifferences(x, query, x, query.length);
            weights[i] = _timesDifferences(denominator, accused, x, i);
        }
        Field.invertAll(weights);
        for (uint256 i = 0; i < weights.length; ++i) {
            weights[i] = mulmod(all, weights[i], BN254.R);
        }
    }

    /// @dev factor*prod_m (points[m] - x), without the point at index `skipped`. For x below r. Assembly, as this runs t
    /// times for each of the accused, and both may be more than a hundred.
    function _timesDifferences(uint256 factor, uint256[] memory points, uint256 x, uint256 skipped)
        private
        pure
        returns (uint256 product)
    {
        uint256 r = BN254.R;
        assembly ("memory-safe") {
            product := factor
            let minusX := sub(r, x)
            let first := add(points, 0x20)
            let end := add(first, shl(5, mload(points)))
            let skip := add(first, shl(5, skipped))
            for { let place := first } lt(place, end) { place := add(place, 0x20) } {
                if iszero(eq(place, skip)) {
                    product := mulmod(product, addmod(mload(place), minusX, r), r)
                }
            }
        }
    }

    /// @dev The sum of the terms, each of which is then multiplied by its factor, in place. As many terms as factors.
    function _sumAndStep(uint256[] memory terms, uint256[] memory factors) private pure returns (uint256 sum) {
        uint256 r = BN254.R;
        assembly ("memory-safe") {
            let end := add(add(terms, 0x20), shl(5, mload(terms)))
            let factor := add(factors, 0x20)
            for { let term := add(terms, 0x20) } lt(term, end) { term := add(term, 0x20) } {
                let value := mload(term)
                sum := addmod(sum, value, r)
                mstore(term, mulmod(value, mload(factor), r))
                factor := add(factor, 0x20)
            }
        }
    }

    /// @dev Points differ if the product of all differences is not zero. That query points differ from accused points is
    /// seen when the denominators are inverted.
    function _requireDistinct(uint256[] memory points) private pure {
        uint256 product = 1;
        uint256 r = BN254.R;
        assembly ("memory-safe") {
            let first := add(points, 0x20)
            let end := add(first, shl(5, mload(points)))
            for { let place := first } lt(place, end) { place := add(place, 0x20) } {
                let minusX := sub(r, mload(place))
                for { let other := first } lt(other, place) { other := add(other, 0x20) } {
                    product := mulmod(product, addmod(mload(other), minusX, r), r)
                }
            }
        }
        if (product == 0) revert DegeneratePoints();
    }
}
