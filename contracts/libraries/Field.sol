// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVerifierErrors} from "../interfaces/IVerifierErrors.sol";
import {BN254} from "./BN254.sol";

/// @title Field
/// @notice Arithmetic in F_r, the field of the shares.
library Field {
    address private constant MODEXP = address(5);

    /// @notice a - b mod r, for a and b below r.
    function subtract(uint256 a, uint256 b) internal pure returns (uint256) {
        return addmod(a, BN254.R - b, BN254.R);
    }

    /// @notice 1/a mod r. Reverts for zero, which has no inverse; the precompile would answer zero.
    function inverse(uint256 a) internal view returns (uint256 result) {
        // Fermat: a^(r-2). The input of EIP-198 is three lengths, then base, exponent, modulus.
        uint256[6] memory input = [uint256(32), 32, 32, a, BN254.R - 2, BN254.R];
        address precompile = MODEXP;
        bool success;
        assembly ("memory-safe") {
            success := staticcall(gas(), precompile, input, 0xc0, 0x00, 0x20)
            result := mload(0x00)
        }
        if (!success || mulmod(a, result, BN254.R) != 1) revert IVerifierErrors.ZeroDenominator();
    }

    /// @notice 1/a mod r of every value, in place, at the price of one inversion. Reverts if any is zero.
    function invertAll(uint256[] memory values) internal view {
        uint256 length = values.length;
        // before[i] is the product of the values before i.
        uint256[] memory before = new uint256[](length);
        uint256 product = 1;
        for (uint256 i = 0; i < length; ++i) {
            before[i] = product;
            product = mulmod(product, values[i], BN254.R);
        }
        uint256 inverted = inverse(product);
        for (uint256 i = length; i > 0; --i) {
            uint256 value = values[i - 1];
            values[i - 1] = mulmod(inverted, before[i - 1], BN254.R);
            inverted = mulmod(inverted, value, BN254.R);
        }
    }
}
