// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A set of seats, one bit a seat. A seat is a member's place in the session's ascending list of members.
type SeatSet is uint128;

using SeatSetLibrary for SeatSet global;

/// @notice Set operations on {SeatSet}.
library SeatSetLibrary {
    /// @notice Whether `seat` is in the set.
    function contains(SeatSet set, uint8 seat) internal pure returns (bool) {
        return (SeatSet.unwrap(set) >> seat) & 1 == 1;
    }

    /// @notice The set with `seat` added.
    function add(SeatSet set, uint8 seat) internal pure returns (SeatSet) {
        return SeatSet.wrap(SeatSet.unwrap(set) | (uint128(1) << seat));
    }

    /// @notice The set with `seat` removed.
    function remove(SeatSet set, uint8 seat) internal pure returns (SeatSet) {
        return SeatSet.wrap(SeatSet.unwrap(set) & ~(uint128(1) << seat));
    }

    /// @notice The members of `set` that are not in `other`.
    function minus(SeatSet set, SeatSet other) internal pure returns (SeatSet) {
        return SeatSet.wrap(SeatSet.unwrap(set) & ~SeatSet.unwrap(other));
    }

    /// @notice The members of either set.
    function union(SeatSet set, SeatSet other) internal pure returns (SeatSet) {
        return SeatSet.wrap(SeatSet.unwrap(set) | SeatSet.unwrap(other));
    }

    /// @notice Whether both sets have the same members.
    function equals(SeatSet set, SeatSet other) internal pure returns (bool) {
        return SeatSet.unwrap(set) == SeatSet.unwrap(other);
    }

    /// @notice Whether the set has no member.
    function isEmpty(SeatSet set) internal pure returns (bool) {
        return SeatSet.unwrap(set) == 0;
    }

    /// @notice How many members the set has.
    function count(SeatSet set) internal pure returns (uint256) {
        return popcount(SeatSet.unwrap(set));
    }

    /// @notice How many bits of `word` are set.
    function popcount(uint256 word) internal pure returns (uint256) {
        if (word == 0) return 0;
        // Sums of neighbouring bits, then of pairs, and so on: the same few steps for any set.
        unchecked {
            uint256 max = type(uint256).max;
            word -= (word >> 1) & (max / 3);
            word = (word & (max / 5)) + ((word >> 2) & (max / 5));
            word = (word + (word >> 4)) & (max / 17);
            word = (word & (max / 257)) + ((word >> 8) & (max / 257));
            // Sixteen parts of sixteen bits; the product gathers all of them in the highest.
            return (word * (max / 65535)) >> 240;
        }
    }
}
