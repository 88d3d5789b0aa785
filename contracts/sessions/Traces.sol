// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TraceVerifier} from "../TraceVerifier.sol";
import {ISessions} from "../interfaces/ISessions.sol";
import {ITraceVerifier} from "../interfaces/ITraceVerifier.sol";
import {ITraces} from "../interfaces/ITraces.sol";
import {G1Point} from "../libraries/BN254.sol";
import {Hashing} from "../libraries/Hashing.sol";
import {Fault, Member, Phase, Session} from "../types/SessionTypes.sol";
import {SeatSet} from "../types/SeatSet.sol";
import {QueryChallenge, QueryMode, TraceProof, TranscriptClaim} from "../types/TraceTypes.sol";
import {Records} from "./Records.sol";

/// @title Traces
/// @notice Verifies trace proofs, and convicts.
abstract contract Traces is Records {
    /// @inheritdoc ITraces
    ITraceVerifier public immutable traceVerifier = new TraceVerifier();

    /// @inheritdoc ITraces
    function convict(
        bytes32 sid,
        address[] calldata accused,
        QueryChallenge calldata challenge,
        TranscriptClaim calldata claim,
        G1Point[] calldata Bbar,
        G1Point[] calldata Cbar,
        TraceProof calldata proof
    ) external returns (uint256 number) {
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

        number = _store(sid, session, seats, challenge, claim);
        _convict(sid, session, accused, seats, number);
    }

    function _accusedSeats(bytes32 sid, Session storage session, address[] calldata accused)
        private
        view
        returns (SeatSet seats)
    {
        if (accused.length == 0) revert NoAccused();
        mapping(address => Member) storage members = _members[sid];
        SeatSet joined = session.joined;
        address previous = address(0);
        for (uint256 i = 0; i < accused.length; ++i) {
            address account = accused[i];
            if (account <= previous) revert AccusedNotAscending(account);
            previous = account;
            Member memory member = members[account];
            if (!member.admitted || !joined.contains(member.seat)) revert AccusedNotJoined(account);
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
            _qualified(session),
            Hashing.commitments(sid, Bbar),
            Hashing.commitments(sid, Cbar)
        );
        if (aggregateHash != session.aggregateHash) revert AggregateMismatch();
    }

    /// @dev Forfeits what is left of the bonds of those who are convicted for the first time here.
    function _convict(
        bytes32 sid,
        Session storage session,
        address[] calldata accused,
        SeatSet seats,
        uint256 number
    ) private {
        mapping(address => Member) storage members = _members[sid];
        uint256 forfeited = 0;
        for (uint256 i = 0; i < accused.length; ++i) {
            address account = accused[i];
            Member memory member = members[account];
            Fault fault = _recordDueFault(sid, session, account, member);
            forfeited += _bond(session, member, fault);
            emit Convicted(sid, account, number);
        }
        session.convicted = session.convicted.union(seats);
        session.forfeits += uint96(forfeited);
    }
}
