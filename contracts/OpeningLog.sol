// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOpeningLog} from "./interfaces/IOpeningLog.sol";
import {ISessions} from "./interfaces/ISessions.sol";
import {Hashing} from "./libraries/Hashing.sol";
import {Phase} from "./types/SessionTypes.sol";

/// @title OpeningLog
/// @notice The public log of openings: who opened which model, when and what for. It has no owner and cannot be upgraded,
/// and nothing takes a line back.
contract OpeningLog is IOpeningLog {
    uint256 private constant MAX_PURPOSE_BYTES = 200;

    /// @inheritdoc IOpeningLog
    ISessions public immutable sessions = ISessions(msg.sender);

    mapping(bytes32 sid => Opening[]) private _openings;

    /// @inheritdoc IOpeningLog
    function anchor(bytes32 sid, bytes32 core, bytes32 modelDigest, string calldata purpose)
        external
        returns (uint256 number)
    {
        if (msg.sender != sessions.auditorOf(sid)) revert ISessions.NotAuditor(msg.sender);
        Phase phase = sessions.phaseOf(sid);
        if (phase != Phase.Active) revert ISessions.WrongPhase(phase);
        uint256 length = bytes(purpose).length;
        if (length == 0 || length > MAX_PURPOSE_BYTES) revert PurposeLength(length);

        bytes32 request = Hashing.openingRequest(sid, core, msg.sender, modelDigest, purpose);
        number = _openings[sid].length;
        _openings[sid].push(
            Opening({
                request: request,
                modelDigest: modelDigest,
                gateway: msg.sender,
                time: uint40(block.timestamp)
            })
        );
        emit OpeningAnchored(sid, modelDigest, msg.sender, number, request, purpose);
    }

    /// @inheritdoc IOpeningLog
    function openingCount(bytes32 sid) external view returns (uint256) {
        return _openings[sid].length;
    }

    /// @inheritdoc IOpeningLog
    function openings(bytes32 sid, uint256 start, uint256 limit) external view returns (Opening[] memory page) {
        uint256 total = _openings[sid].length;
        uint256 length = start >= total ? 0 : total - start;
        if (length > limit) length = limit;
        page = new Opening[](length);
        for (uint256 i = 0; i < length; ++i) {
            page[i] = _openings[sid][start + i];
        }
    }
}
