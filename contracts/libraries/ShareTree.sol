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
        for (uint256 level = 0; level < DEPTH; ++level) {
            bytes32 sibling = share.path[level];
            node = (seat >> level) & 1 == 0
                ? keccak256(abi.encode(NODE, sid, node, sibling))
                : keccak256(abi.encode(NODE, sid, sibling, node));
        }
        return node == root;
    }
}
