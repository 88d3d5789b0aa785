// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITraces} from "../interfaces/ITraces.sol";
import {Hashing} from "../libraries/Hashing.sol";
import {Member, Session} from "../types/SessionTypes.sol";
import {SeatSet} from "../types/SeatSet.sol";
import {QueryChallenge, QueryMode, Record, TranscriptClaim} from "../types/TraceTypes.sol";
import {SessionStore} from "./SessionStore.sol";

/// @title Records
/// @notice Keeps the records of traces for good: the verdict itself, and a hash of the evidence that the event has in full.
abstract contract Records is SessionStore, ITraces {
    struct StoredRecord {
        SeatSet accused;
        uint40 time;
        QueryMode mode;
        uint24 queries;
        uint24 evaluations;
        uint24 agreeing;
        bytes32 evidenceHash;
    }

    mapping(bytes32 sid => mapping(uint256 number => StoredRecord)) private _records;

    /// @inheritdoc ITraces
    function recordsOfSession(bytes32 sid) external view returns (Record[] memory found) {
        Session storage session = _session(sid);
        found = new Record[](session.recordCount);
        for (uint256 number = 0; number < found.length; ++number) {
            found[number] = _record(sid, session, number);
        }
    }

    /// @inheritdoc ITraces
    function records(uint256 start, uint256 limit) external view returns (Record[] memory found) {
        uint256 end = _pageEnd(start, limit);
        uint256 total = 0;
        for (uint256 place = start; place < end; ++place) {
            total += _sessions[_sessionIds[place]].recordCount;
        }
        found = new Record[](total);
        uint256 filled = 0;
        for (uint256 place = start; place < end; ++place) {
            bytes32 sid = _sessionIds[place];
            Session storage session = _sessions[sid];
            for (uint256 number = 0; number < session.recordCount; ++number) {
                found[filled++] = _record(sid, session, number);
            }
        }
    }

    /// @inheritdoc ITraces
    function isConvicted(bytes32 sid, address account) external view returns (bool) {
        Member memory member = _members[sid][account];
        return member.admitted && _sessions[sid].convicted.contains(member.seat);
    }

    function _store(
        bytes32 sid,
        Session storage session,
        SeatSet accused,
        QueryChallenge calldata challenge,
        TranscriptClaim calldata claim
    ) internal returns (uint256 number) {
        // Each record convicts somebody new, and convicts number fewer than t: the count cannot overflow.
        number = session.recordCount++;
        _records[sid][number] = StoredRecord({
            accused: accused,
            time: uint40(block.timestamp),
            mode: challenge.mode,
            queries: claim.queries,
            evaluations: claim.evaluations,
            agreeing: claim.agreeing,
            evidenceHash: Hashing.record(sid, number, challenge, claim)
        });
        emit TraceRecorded(sid, number, challenge, claim);
    }

    function _record(bytes32 sid, Session storage session, uint256 number) private view returns (Record memory) {
        StoredRecord memory stored = _records[sid][number];
        return Record({
            sid: sid,
            number: number,
            auditor: session.auditor,
            accused: _accounts(sid, stored.accused),
            time: stored.time,
            mode: stored.mode,
            queries: stored.queries,
            evaluations: stored.evaluations,
            agreeing: stored.agreeing,
            evidenceHash: stored.evidenceHash
        });
    }
}
