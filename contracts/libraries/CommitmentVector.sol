// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BN254, G1Point} from "./BN254.sol";

/// @title CommitmentVector
/// @notice Vectors of commitments to the coefficients of a polynomial, lowest degree first.
library CommitmentVector {
    using BN254 for G1Point;

    /// @notice A vector has one commitment a coefficient, as many as the threshold.
    error WrongVectorLength(uint256 length, uint256 threshold);

    /// @notice Refuses a vector that has not `threshold` points of the curve; identities are legitimate.
    function requireValid(G1Point[] calldata vector, uint256 threshold) internal pure {
        if (vector.length != threshold) revert WrongVectorLength(vector.length, threshold);
        for (uint256 m = 0; m < threshold; ++m) {
            BN254.requirePoint(vector[m]);
        }
    }

    /// @notice sum_m x^m*vector[m], by Horner's rule.
    /// @dev In assembly, as each allocation would cost as much as an addition.
    function evaluate(G1Point[] calldata vector, uint256 x) internal view returns (G1Point memory value) {
        if (vector.length == 0) revert WrongVectorLength(0, 1);
        (address ecAdd, address ecMul) = (BN254.EC_ADD, BN254.EC_MUL);
        bool success = true;
        assembly ("memory-safe") {
            // The value, then the scalar or the point that it meets next.
            let operands := mload(0x40)
            let place := add(vector.offset, shl(6, sub(vector.length, 1)))
            calldatacopy(operands, place, 0x40)
            for {} and(success, gt(place, vector.offset)) {} {
                place := sub(place, 0x40)
                mstore(add(operands, 0x40), x)
                success := staticcall(gas(), ecMul, operands, 0x60, operands, 0x40)
                // A failing precompile burns nearly all gas: what is left must do for the error.
                if iszero(success) { break }
                calldatacopy(add(operands, 0x40), place, 0x40)
                success := staticcall(gas(), ecAdd, operands, 0x80, operands, 0x40)
            }
            mcopy(value, operands, 0x40)
        }
        if (!success) revert BN254.PrecompileFailed();
    }

    /// @notice sum_m coefficients[m]*vector[m].
    function combine(G1Point[] calldata vector, uint256[] memory coefficients)
        internal
        view
        returns (G1Point memory value)
    {
        if (vector.length != coefficients.length) revert WrongVectorLength(vector.length, coefficients.length);
        (address ecAdd, address ecMul) = (BN254.EC_ADD, BN254.EC_MUL);
        bool success = true;
        assembly ("memory-safe") {
            // The sum, then the term, then the coefficient. The first term is where the sum is.
            let sum := mload(0x40)
            let term := sum
            mcopy(sum, value, 0x40)
            let place := vector.offset
            let coefficient := add(coefficients, 0x20)
            let end := add(coefficient, shl(5, mload(coefficients)))
            for {} and(success, lt(coefficient, end)) { coefficient := add(coefficient, 0x20) } {
                calldatacopy(term, place, 0x40)
                mstore(add(term, 0x40), mload(coefficient))
                success := staticcall(gas(), ecMul, term, 0x60, term, 0x40)
                if and(success, gt(term, sum)) { success := staticcall(gas(), ecAdd, sum, 0x80, sum, 0x40) }
                term := add(sum, 0x40)
                place := add(place, 0x40)
            }
            mcopy(value, sum, 0x40)
        }
        if (!success) revert BN254.PrecompileFailed();
    }

    /// @notice Adds `vector` to `sums`, in place.
    function addTo(G1Point[] calldata vector, G1Point[] memory sums) internal view {
        for (uint256 m = 0; m < sums.length; ++m) {
            sums[m] = sums[m].add(vector[m]);
        }
    }
}
