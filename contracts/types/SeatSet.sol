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
    function popcount(uint256 word) internal pure returns (uint256 bits) {
        // One round a bit that is set: the sets here are small and mostly counted once a transaction.
        for (; word != 0; word &= word - 1) {
            ++bits;
        }
    }
}
