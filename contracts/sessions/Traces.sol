// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TraceVerifier} from "../TraceVerifier.sol";
import {ISessions} from "../interfaces/ISessions.sol";
import {ITraceVerifier} from "../interfaces/ITraceVerifier.sol";
import {ITraces} from "../interfaces/ITraces.sol";
import {G1Point} from "../libraries/BN254.sol";
import {Hashing} from "../libraries/Hashing.sol";
import {RecordIndex} from "../libraries/RecordIndex.sol";
import {Member, Phase, Session} from "../types/SessionTypes.sol";
import {SeatSet, SeatSetLibrary} from "../types/SeatSet.sol";
import {QueryChallenge, QueryMode, Record, TraceProof, TranscriptClaim} from "../types/TraceTypes.sol";
import {SessionStore} from "./SessionStore.sol";

/// @title Traces
/// @notice Verifies trace proofs and keeps their records for good.
abstract contract Traces is SessionStore, ITraces {
    using RecordIndex for RecordIndex.Index;

    struct StoredRecord {
        bytes32 sid;
        SeatSet accused;
        uint40 time;
        QueryMode mode;
        uint24 queries;
        uint24 evaluations;
        uint24 agreeing;
        bytes32 nonce;
        uint256 dropped;
        bytes32 queriesRoot;
        bytes32 evaluationsRoot;
    }

    /// @inheritdoc ITraces
    ITraceVerifier public immutable traceVerifier = new TraceVerifier();

    StoredRecord[] private _records;
    mapping(bytes32 sid => RecordIndex.Index) private _sessionRecords;
    mapping(address account => RecordIndex.Index) private _accountRecords;

    /// @inheritdoc ITraces
    function convict(
        bytes32 sid,
        address[] calldata accused,
        QueryChallenge calldata challenge,
        TranscriptClaim calldata claim,
        G1Point[] calldata Bbar,
        G1Point[] calldata Cbar,
        TraceProof calldata proof
    ) external returns (uint256 recordId) {
        Session storage session = _session(sid);
        if (msg.sender != session.auditor) revert ISessions.NotAuditor(msg.sender);
        Phase phase = _phase(session);
        if (phase != Phase.Active) revert ISessions.WrongPhase(phase);
        SeatSet seats = _accusedSeats(sid, session, accused);
        _requireRoomFor(session, seats);

        _requireAggregate(sid, session, Bbar, Cbar);

        ITraceVerifier.Statement memory statement = ITraceVerifier.Statement({
            sid: sid,
            auditor: msg.sender,
            accused: seats,
            challenge: challenge,
            droppedCount: SeatSetLibrary.popcount(challenge.dropped),
            claim: claim,
            aggregateHash: session.aggregateHash,
            A: _auditorKey(session)
        });
        bool registered = challenge.mode == QueryMode.Registered;
        address[] memory unaccused =
            registered ? _accounts(sid, session.joined.minus(seats)) : new address[](0);
        if (!traceVerifier.verify(statement, session.rosterHash, accused, unaccused, Bbar, Cbar, proof)) {
            revert InvalidTraceProof();
        }

        recordId = _store(sid, seats, challenge, claim);
        _convict(sid, session, accused, recordId);
    }

    /// @inheritdoc ITraces
    function recordCount() external view returns (uint256) {
        return _records.length;
    }

    /// @inheritdoc ITraces
    function recordAt(uint256 recordId) external view returns (Record memory) {
        return _record(recordId);
    }

    /// @inheritdoc ITraces
    function records(uint256 start, uint256 limit) external view returns (Record[] memory page) {
        uint256 total = _records.length;
        uint256 length = start >= total ? 0 : total - start;
        if (length > limit) length = limit;
        page = new Record[](length);
        for (uint256 i = 0; i < length; ++i) {
            page[i] = _record(start + i);
        }
    }

    /// @inheritdoc ITraces
    function recordsOfSession(bytes32 sid, uint256 cursor, uint256 limit)
        external
        view
        returns (uint256[] memory recordIds, uint256 next)
    {
        return _sessionRecords[sid].page(cursor, limit);
    }

    /// @inheritdoc ITraces
    function recordsOfAddress(address account, uint256 cursor, uint256 limit)
        external
        view
        returns (uint256[] memory recordIds, uint256 next)
    {
        return _accountRecords[account].page(cursor, limit);
    }

    /// @inheritdoc ITraces
    function isConvicted(bytes32 sid, address account) external view returns (bool) {
        Member memory member = _members[sid][account];
        return member.admitted && _sessions[sid].convicted.contains(member.seat);
    }

    function _accusedSeats(bytes32 sid, Session storage session, address[] calldata accused)
        private
        view
        returns (SeatSet seats)
    {
        if (accused.length == 0) revert NoAccused();
        address previous = address(0);
        for (uint256 i = 0; i < accused.length; ++i) {
            address account = accused[i];
            if (account <= previous) revert AccusedNotAscending(account);
            previous = account;
            Member memory member = _members[sid][account];
            if (!member.admitted || !session.joined.contains(member.seat)) revert AccusedNotJoined(account);
            seats = seats.add(member.seat);
        }
    }

    /// @dev Below t convicted in total: t shares determine all others, so nothing can be attributed then.
    function _requireRoomFor(Session storage session, SeatSet accused) private view {
        SeatSet convicted = session.convicted;
        if (accused.minus(convicted).isEmpty()) revert NothingNew();
        uint256 total = convicted.union(accused).count();
        if (total >= session.threshold) revert TooManyConvicted(total, session.threshold);
    }

    function _requireAggregate(bytes32 sid, Session storage session, G1Point[] calldata Bbar, G1Point[] calldata Cbar)
        private
        view
    {
        bytes32 aggregateHash = Hashing.aggregate(
            sid,
            session.rosterHash,
            session.qualified,
            Hashing.commitments(sid, Bbar),
            Hashing.commitments(sid, Cbar)
        );
        if (aggregateHash != session.aggregateHash) revert AggregateMismatch();
    }

    /// @dev The addresses of a set of seats, ascending.
    function _accounts(bytes32 sid, SeatSet seats) private view returns (address[] memory accounts) {
        address[] storage members = _memberList[sid];
        accounts = new address[](seats.count());
        uint8 seat = 0;
        for (uint256 i = 0; i < accounts.length; ++seat) {
            if (seats.contains(seat)) accounts[i++] = members[seat];
        }
    }

    function _store(bytes32 sid, SeatSet accused, QueryChallenge calldata challenge, TranscriptClaim calldata claim)
        private
        returns (uint256 recordId)
    {
        recordId = _records.length;
        _records.push(
            StoredRecord({
                sid: sid,
                accused: accused,
                time: uint40(block.timestamp),
                mode: challenge.mode,
                queries: claim.queries,
                evaluations: claim.evaluations,
                agreeing: claim.agreeing,
                nonce: challenge.nonce,
                dropped: challenge.dropped,
                queriesRoot: claim.queriesRoot,
                evaluationsRoot: claim.evaluationsRoot
            })
        );
        _sessionRecords[sid].append(recordId);
        emit TraceRecorded(recordId, sid, msg.sender, challenge, claim);
    }

    /// @dev Forfeits what is left of the bonds of those who are convicted for the first time here.
    function _convict(bytes32 sid, Session storage session, address[] calldata accused, uint256 recordId) private {
        for (uint256 i = 0; i < accused.length; ++i) {
            address account = accused[i];
            _recordDueFault(sid, session, account);
            Member memory member = _members[sid][account];
            session.forfeits += uint128(_bond(session, member));
            session.convicted = session.convicted.add(member.seat);
            _accountRecords[account].append(recordId);
            emit Convicted(sid, account, recordId);
        }
    }

    function _record(uint256 recordId) private view returns (Record memory) {
        if (recordId >= _records.length) revert UnknownRecord(recordId);
        StoredRecord memory stored = _records[recordId];
        return Record({
            sid: stored.sid,
            auditor: _sessions[stored.sid].auditor,
            accused: _accounts(stored.sid, stored.accused),
            mode: stored.mode,
            nonce: stored.nonce,
            dropped: stored.dropped,
            claim: TranscriptClaim({
                queriesRoot: stored.queriesRoot,
                evaluationsRoot: stored.evaluationsRoot,
                queries: stored.queries,
                evaluations: stored.evaluations,
                agreeing: stored.agreeing
            }),
            time: stored.time
        });
    }
}
