// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A point of G1 in affine coordinates; (0, 0) is the identity.
struct G1Point {
    uint256 x;
    uint256 y;
}

/// @notice A point of G2 in affine coordinates, words in the order of EIP-197; all zero is the identity.
struct G2Point {
    uint256 xImaginary;
    uint256 xReal;
    uint256 yImaginary;
    uint256 yReal;
}

/// @title BN254
/// @notice The curve of EIP-196 and EIP-197: validation of what comes from outside, and the three precompiles.
/// @dev Coordinates are checked to be below q before any precompile is called: x + q would pass a check by `mulmod` here
/// and be refused by the precompile later, which would make a complaint about such a point impossible.
library BN254 {
    /// @notice The field of the coordinates.
    uint256 internal constant Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583;
    /// @notice The order of the groups, and the field of the shares.
    uint256 internal constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    address internal constant EC_ADD = address(6);
    address internal constant EC_MUL = address(7);
    address private constant EC_PAIRING = address(8);

    /// @dev A failing precompile burns all gas that it was given, so it does not get everything. Today's price is 181,000
    /// (EIP-1108); the cap leaves room, because this contract cannot follow when a fork raises the price.
    uint256 private constant PAIRING_GAS_CAP = 1_000_000;

    /// @notice The scalar is not below r. Send it reduced.
    error ScalarOutOfRange(uint256 scalar);
    /// @notice The coordinate is not below q. Send it reduced.
    error CoordinateOutOfRange(uint256 coordinate);
    /// @notice The point is neither on the curve nor the identity (0, 0).
    error NotOnCurve(uint256 x, uint256 y);
    /// @notice A key must not be the identity: everybody knows its logarithm.
    error IdentityNotAllowed();
    /// @notice A curve precompile failed: too little gas, or, asked directly, a point that is not on the curve.
    error PrecompileFailed();

    /// @notice G, the generator of G1.
    function generator() internal pure returns (G1Point memory) {
        return G1Point(1, 2);
    }

    /// @notice Whether `a` is the identity.
    function isIdentity(G1Point memory a) internal pure returns (bool) {
        return a.x == 0 && a.y == 0;
    }

    /// @notice Whether `a` and `b` are the same point.
    function equals(G1Point memory a, G1Point memory b) internal pure returns (bool) {
        return a.x == b.x && a.y == b.y;
    }

    /// @notice Refuses a scalar that is not below r.
    function requireScalar(uint256 scalar) internal pure {
        if (scalar >= R) revert ScalarOutOfRange(scalar);
    }

    /// @notice Refuses what is neither a point of the curve in canonical coordinates nor the identity.
    function requirePoint(G1Point memory a) internal pure {
        (uint256 x, uint256 y) = (a.x, a.y);
        if (x >= Q) revert CoordinateOutOfRange(x);
        if (y >= Q) revert CoordinateOutOfRange(y);
        if (x == 0 && y == 0) return;
        if (mulmod(y, y, Q) != addmod(mulmod(mulmod(x, x, Q), x, Q), 3, Q)) revert NotOnCurve(x, y);
    }

    /// @notice Refuses what is not a point of the curve, and the identity: nobody may hold the key zero.
    function requireKey(G1Point memory a) internal pure {
        requirePoint(a);
        if (isIdentity(a)) revert IdentityNotAllowed();
    }

    /// @notice Refuses coordinates that are not below q. The pairing precompile checks curve and subgroup.
    function requireCanonical(G2Point memory a) internal pure {
        if (a.xImaginary >= Q) revert CoordinateOutOfRange(a.xImaginary);
        if (a.xReal >= Q) revert CoordinateOutOfRange(a.xReal);
        if (a.yImaginary >= Q) revert CoordinateOutOfRange(a.yImaginary);
        if (a.yReal >= Q) revert CoordinateOutOfRange(a.yReal);
    }

    /// @notice -a.
    function negate(G1Point memory a) internal pure returns (G1Point memory) {
        return G1Point(a.x, a.y == 0 ? 0 : Q - a.y);
    }

    /// @notice a + b.
    function add(G1Point memory a, G1Point memory b) internal view returns (G1Point memory sum) {
        address precompile = EC_ADD;
        bool success;
        assembly ("memory-safe") {
            let input := mload(0x40)
            mcopy(input, a, 0x40)
            mcopy(add(input, 0x40), b, 0x40)
            success := staticcall(gas(), precompile, input, 0x80, sum, 0x40)
        }
        if (!success) revert PrecompileFailed();
    }

    /// @notice scalar*a.
    function multiply(G1Point memory a, uint256 scalar) internal view returns (G1Point memory product) {
        address precompile = EC_MUL;
        bool success;
        assembly ("memory-safe") {
            let input := mload(0x40)
            mcopy(input, a, 0x40)
            mstore(add(input, 0x40), scalar)
            success := staticcall(gas(), precompile, input, 0x60, product, 0x40)
        }
        if (!success) revert PrecompileFailed();
    }

    /// @notice a + scalar*b.
    function addMultiple(G1Point memory a, G1Point memory b, uint256 scalar)
        internal
        view
        returns (G1Point memory sum)
    {
        (address ecAdd, address ecMul) = (EC_ADD, EC_MUL);
        bool success;
        assembly ("memory-safe") {
            let input := mload(0x40)
            let multiple := add(input, 0x40)
            mcopy(input, a, 0x40)
            mcopy(multiple, b, 0x40)
            mstore(add(input, 0x80), scalar)
            success := staticcall(gas(), ecMul, multiple, 0x60, multiple, 0x40)
            if success { success := staticcall(gas(), ecAdd, input, 0x80, sum, 0x40) }
        }
        if (!success) revert PrecompileFailed();
    }

    /// @notice Whether the product of the four pairings e(a[i], b[i]) is one. False also when a point of G2 is not on the
    /// twist or not in the subgroup.
    function pairingProductIsOne(G1Point[4] memory a, G2Point[4] memory b) internal view returns (bool) {
        address precompile = EC_PAIRING;
        uint256 allowance = PAIRING_GAS_CAP;
        bool success;
        uint256 result;
        assembly ("memory-safe") {
            let input := mload(0x40)
            for { let i := 0 } lt(i, 4) { i := add(i, 1) } {
                let pair := add(input, mul(i, 0xc0))
                mcopy(pair, mload(add(a, shl(5, i))), 0x40)
                mcopy(add(pair, 0x40), mload(add(b, shl(5, i))), 0x80)
            }
            success := staticcall(allowance, precompile, input, 0x300, 0x00, 0x20)
            result := mload(0x00)
        }
        return success && result == 1;
    }
}
