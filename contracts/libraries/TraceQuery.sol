// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITraceVerifier} from "../interfaces/ITraceVerifier.sol";
import {IVerifierErrors} from "../interfaces/IVerifierErrors.sol";
import {QueryMode} from "../types/TraceTypes.sol";
import {Hashing} from "./Hashing.sol";

/// @title TraceQuery
/// @notice Derives the query points of a trace from its challenge, so that nobody can choose them.
library TraceQuery {
    bytes32 private constant FREE = "tcss.v1.query.free";
    bytes32 private constant REGISTERED = "tcss.v1.query.registered";

    /// @notice How many supplied points a box may drop.
    uint256 internal constant MAX_DROPPED = 8;

    /// @notice Q', the query points without the dropped ones, in order.
    /// @param statement Names session, aggregate and challenge.
    /// @param d How many points are dropped.
    /// @param rosterHash The roster hash, which registered points depend on.
    /// @param unaccused The participants who are not accused.
    /// @param used |Q'|, the points that the box used.
    function usedPoints(
        ITraceVerifier.Statement calldata statement,
        uint256 d,
        bytes32 rosterHash,
        address[] calldata unaccused,
        uint256 used
    ) internal pure returns (uint256[] memory points) {
        uint256 dropped = statement.challenge.dropped;
        uint256 total = used + d;
        if (d > MAX_DROPPED) revert IVerifierErrors.TooManyDropped(d);
        if (dropped >> total != 0) revert IVerifierErrors.DroppedOutOfRange(dropped, total);

        uint256[] memory supplied = statement.challenge.mode == QueryMode.Free
            ? _free(statement, total)
            : _ordered(statement, rosterHash, unaccused, total);
        // Nothing dropped, and nobody left over.
        if (supplied.length == used) return supplied;
        points = new uint256[](used);
        uint256 filled = 0;
        for (uint256 index = 0; index < total; ++index) {
            if ((dropped >> index) & 1 == 0) points[filled++] = supplied[index];
        }
    }

    function _free(ITraceVerifier.Statement calldata statement, uint256 total)
        private
        pure
        returns (uint256[] memory points)
    {
        bytes32 nonce = statement.challenge.nonce;
        bytes memory input = abi.encode(FREE, statement.sid, statement.aggregateHash, total, nonce, uint256(0));
        points = new uint256[](total);
        for (uint256 index = 0; index < total; ++index) {
            points[index] = Hashing.toScalar(Hashing.withLastWord(input, index));
        }
    }

    /// @dev The points of the participants, in the order that the nonce gives them.
    function _ordered(
        ITraceVerifier.Statement calldata statement,
        bytes32 rosterHash,
        address[] calldata participants,
        uint256 needed
    ) private pure returns (uint256[] memory points) {
        uint256 count = participants.length;
        if (count < needed) revert IVerifierErrors.TooFewUnaccused(count, needed);
        bytes32 nonce = statement.challenge.nonce;
        bytes memory input = abi.encode(REGISTERED, statement.sid, statement.aggregateHash, nonce, address(0));
        bytes32[] memory keys = new bytes32[](count);
        points = Hashing.evaluationPoints(statement.sid, rosterHash, participants);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 key = Hashing.withLastWord(input, uint160(participants[i]));
            uint256 point = points[i];
            // Insertion keeps both arrays in the order of the keys.
            uint256 place = i;
            for (; place > 0 && keys[place - 1] > key; --place) {
                keys[place] = keys[place - 1];
                points[place] = points[place - 1];
            }
            keys[place] = key;
            points[place] = point;
        }
    }
}
