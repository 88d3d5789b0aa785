// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BN254, G1Point} from "./BN254.sol";

/// @title CommitmentVector
/// @notice Vectors of commitments to the coefficients of a polynomial, lowest degree first.
library CommitmentVector {
    using BN254 for G1Point;

    /// @notice A dealing's vectors have one commitment a coefficient, as many as the threshold.
    error WrongVectorLength(uint256 length, uint256 threshold);

    /// @notice Refuses a vector that has not `threshold` points of the curve; identities are legitimate.
    function requireValid(G1Point[] calldata vector, uint256 threshold) internal pure {
        if (vector.length != threshold) revert WrongVectorLength(vector.length, threshold);
        for (uint256 m = 0; m < threshold; ++m) {
            BN254.requirePoint(vector[m]);
        }
    }

    /// @notice sum_m x^m*vector[m], by Horner's rule.
    function evaluate(G1Point[] calldata vector, uint256 x) internal view returns (G1Point memory value) {
        uint256 m = vector.length - 1;
        value = vector[m];
        while (m != 0) {
            --m;
            value = value.multiply(x).add(vector[m]);
        }
    }

    /// @notice sum_m coefficients[m]*vector[m].
    function combine(G1Point[] calldata vector, uint256[] memory coefficients)
        internal
        view
        returns (G1Point memory value)
    {
        for (uint256 m = 0; m < coefficients.length; ++m) {
            G1Point memory point = vector[m];
            value = value.add(point.multiply(coefficients[m]));
        }
    }

    /// @notice Adds `vector` to `sums`, in place.
    function addTo(G1Point[] calldata vector, G1Point[] memory sums) internal view {
        for (uint256 m = 0; m < sums.length; ++m) {
            sums[m] = sums[m].add(vector[m]);
        }
    }
}
