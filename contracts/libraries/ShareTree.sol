// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EncryptedShare} from "../types/ProofTypes.sol";

/// @title ShareTree
/// @notice The Merkle tree over a dealer's encrypted shares: 128 leaves, the recipient's seat is the leaf's index, an empty
/// seat is the zero word. Leaves and nodes have domains of their own.
library ShareTree {
    bytes32 private constant LEAF = "tcss.v1.share.leaf";
    bytes32 private constant NODE = "tcss.v1.share.node";

    /// @notice Levels between a leaf and the root.
    uint256 internal constant DEPTH = 7;

    /// @notice Whether `share` is the one for `recipient`, who sits at `seat`, in the tree with `root`.
    function holds(
        bytes32 root,
        bytes32 sid,
        address dealer,
        address recipient,
        uint8 seat,
        EncryptedShare calldata share
    ) internal pure returns (bool) {
        bytes32 node = keccak256(abi.encode(LEAF, sid, dealer, recipient, share.c0, share.c1));
        bytes32[DEPTH] calldata path = share.path;
        bytes32 domain = NODE;
        // abi.encode(NODE, sid, left, right) in one place for all levels, for memory is not given back.
        assembly ("memory-safe") {
            let input := mload(0x40)
            let children := add(input, 0x40)
            mstore(input, domain)
            mstore(add(input, 0x20), sid)
            for { let level := 0 } lt(level, DEPTH) { level := add(level, 1) } {
                let own := shl(5, and(shr(level, seat), 1))
                mstore(add(children, own), node)
                mstore(add(children, xor(own, 0x20)), calldataload(add(path, shl(5, level))))
                node := keccak256(input, 0x80)
            }
        }
        return node == root;
    }
}
