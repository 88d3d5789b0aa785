// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A set of seats, one bit a seat. A seat is a member's place in the session's ascending list of members.
type SeatSet is uint128;

using SeatSetLibrary for SeatSet global;

/// @notice Set operations on {SeatSet}.
library SeatSetLibrary {
    // The lowest bits of every part of a word: one of two, two of four, and so on.
    uint256 private constant ONE_IN_2 = 0x5555555555555555555555555555555555555555555555555555555555555555;
    uint256 private constant TWO_IN_4 = 0x3333333333333333333333333333333333333333333333333333333333333333;
    uint256 private constant FOUR_IN_8 = 0x0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f;
    uint256 private constant EIGHT_IN_16 = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 private constant ONE_IN_16 = 0x0001000100010001000100010001000100010001000100010001000100010001;

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
            word -= (word >> 1) & ONE_IN_2;
            word = (word & TWO_IN_4) + ((word >> 2) & TWO_IN_4);
            word = (word + (word >> 4)) & FOUR_IN_8;
            word = (word & EIGHT_IN_16) + ((word >> 8) & EIGHT_IN_16);
            // Sixteen parts of sixteen bits; the product gathers all of them in the highest.
            return (word * ONE_IN_16) >> 240;
        }
    }
}
