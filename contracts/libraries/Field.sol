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
}
