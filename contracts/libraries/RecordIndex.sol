// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title RecordIndex
/// @notice A list of record numbers, read from the newest to the oldest. Appending the first one costs one storage word.
library RecordIndex {
    /// @dev Numbers are kept plus one, so that zero says "none".
    struct Index {
        uint256 newest;
        mapping(uint256 recordPlusOne => uint256) older;
    }

    /// @notice Adds a record that is newer than all before.
    function append(Index storage index, uint256 recordId) internal {
        uint256 newest = index.newest;
        if (newest != 0) index.older[recordId + 1] = newest;
        index.newest = recordId + 1;
    }

    /// @notice At most `limit` record numbers from `cursor` on, and the cursor of what follows; 0 starts and 0 ends.
    function page(Index storage index, uint256 cursor, uint256 limit)
        internal
        view
        returns (uint256[] memory recordIds, uint256 next)
    {
        uint256 first = cursor == 0 ? index.newest : cursor;
        uint256 length = 0;
        for (next = first; next != 0 && length < limit; next = index.older[next]) {
            ++length;
        }
        recordIds = new uint256[](length);
        next = first;
        for (uint256 i = 0; i < length; ++i) {
            recordIds[i] = next - 1;
            next = index.older[next];
        }
    }
}
