// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IActivation} from "../interfaces/IActivation.sol";
import {IComplaints} from "../interfaces/IComplaints.sol";
import {IDealings} from "../interfaces/IDealings.sol";
import {ISessions} from "../interfaces/ISessions.sol";
import {G1Point} from "../libraries/BN254.sol";
import {Hashing} from "../libraries/Hashing.sol";
import {MissingShares, Fault, Member, Phase, Session} from "../types/SessionTypes.sol";
import {SeatSet} from "../types/SeatSet.sol";

/// @title SessionStore
/// @notice The state that all parts of the contract share, and the rules that derive phase, qualified set and faults from it.
abstract contract SessionStore {
    mapping(bytes32 sid => Session) internal _sessions;
    bytes32[] internal _sessionIds;
    /// @dev By seat.
    mapping(bytes32 sid => address[]) internal _memberList;
    mapping(bytes32 sid => mapping(address account => Member)) internal _members;
    /// @dev What is kept of what a participant posted: H(keys) after joining, H(posted) after dealing.
    mapping(bytes32 sid => mapping(address account => bytes32)) internal _postedHashes;
    mapping(bytes32 sid => mapping(address dealer => MissingShares)) internal _missingShares;
    /// @dev By x coordinate, so that a key and its negative count as one.
    mapping(uint256 x => bool) internal _auditorKeyUsed;

    function _session(bytes32 sid) internal view returns (Session storage session) {
        session = _sessions[sid];
        if (session.auditor == address(0)) revert ISessions.UnknownSession(sid);
    }

    function _sessionIn(bytes32 sid, Phase phase) internal view returns (Session storage session) {
        session = _session(sid);
        Phase current = _phase(session);
        if (current != phase) revert ISessions.WrongPhase(current);
    }

    /// @dev No transaction moves a session from phase to phase: this is all there is.
    function _phase(Session storage session) internal view returns (Phase) {
        if (session.activatedAt != 0) return Phase.Active;
        if (session.rosterHash == bytes32(0)) {
            return block.timestamp < session.confirmBy ? Phase.Confirming : Phase.Aborted;
        }
        uint256 joined = session.joined.count();
        if (joined < session.size && block.timestamp < session.joinBy) return Phase.Joining;
        if (joined < session.threshold) return Phase.Aborted;
        if (block.timestamp < session.dealBy && !session.dealt.equals(session.joined)) return Phase.Dealing;
        if (block.timestamp < session.complainBy) return Phase.Complaining;
        if (block.timestamp < session.revealBy) return Phase.Revealing;
        // A session with too few qualified dealers aborts only here, so that every complaint is heard.
        if (block.timestamp < session.challengeBy) return Phase.Challenging;
        return _qualified(session).count() < session.threshold ? Phase.Aborted : Phase.Aggregating;
    }

    /// @dev The qualified set: dealt and not disqualified. Final by activation or when the reveal and challenge phases end:
    /// what is recorded after that was proven, and left out, before.
    function _qualified(Session storage session) internal view returns (SeatSet) {
        SeatSet qualified = session.dealt.minus(session.disqualified);
        return _judgedAt(session) < session.revealBy ? qualified : qualified.minus(session.unanswered);
    }

    /// @dev The time that verdicts go by. Activation discards complaints that are open then.
    function _judgedAt(Session storage session) internal view returns (uint256) {
        uint40 activatedAt = session.activatedAt;
        return activatedAt == 0 ? block.timestamp : activatedAt;
    }

    /// @dev The fault that counts: the recorded one, or the one that a passed deadline proves.
    function _fault(Session storage session, Member memory member) internal view returns (Fault) {
        // A stranger reads as a member at seat 0, and must not answer for the one who sits there.
        if (!member.admitted || member.fault != Fault.None || !session.joined.contains(member.seat)) {
            return member.fault;
        }
        if (!session.dealt.contains(member.seat)) {
            bool dealingOver =
                block.timestamp >= session.dealBy && session.joined.count() >= session.threshold;
            return dealingOver ? Fault.NoDealing : Fault.None;
        }
        bool revealOver = _judgedAt(session) >= session.revealBy && session.unanswered.contains(member.seat);
        return revealOver ? Fault.MissingShare : Fault.None;
    }

    /// @dev Records a fault and forfeits half of the bond.
    function _recordFault(bytes32 sid, Session storage session, address account, Fault fault) internal {
        Member storage member = _members[sid][account];
        member.fault = fault;
        session.disqualified = session.disqualified.add(member.seat);
        session.forfeits += session.bond / 2;
        emit IComplaints.FaultRecorded(sid, account, fault);
    }

    /// @dev Records the fault that a passed deadline proves, if there is one that is not recorded yet; gives the fault.
    function _recordDueFault(bytes32 sid, Session storage session, address account, Member memory member)
        internal
        returns (Fault fault)
    {
        fault = _fault(session, member);
        if (fault != member.fault) _recordFault(sid, session, account, fault);
    }

    /// @dev What is left of the bond of a participant with this fault.
    function _bond(Session storage session, Member memory member, Fault fault) internal view returns (uint256) {
        uint8 seat = member.seat;
        if (!member.admitted || !session.joined.contains(seat) || session.convicted.contains(seat)) return 0;
        // An active session's bonds are locked until their release, so there is nothing to look up before.
        bool locked = session.activatedAt != 0 && block.timestamp < session.bondReleaseTime;
        if (!locked && session.withdrawn.contains(seat)) return 0;
        uint256 bond = session.bond;
        return fault == Fault.None ? bond : bond - bond / 2;
    }

    function _joinedMember(bytes32 sid, Session storage session, address account)
        internal
        view
        returns (Member memory member)
    {
        member = _members[sid][account];
        if (!member.admitted || !session.joined.contains(member.seat)) revert IDealings.NotJoined(account);
    }

    /// @dev The addresses of a set of seats, ascending.
    function _accounts(bytes32 sid, SeatSet seats) internal view returns (address[] memory accounts) {
        address[] storage members = _memberList[sid];
        accounts = new address[](seats.count());
        uint8 seat = 0;
        for (uint256 i = 0; i < accounts.length; ++seat) {
            if (seats.contains(seat)) accounts[i++] = members[seat];
        }
    }

    /// @dev What is kept of accounts that are strictly ascending and have all joined.
    function _dealingsHash(bytes32 sid, address[] memory participants) internal view returns (bytes32) {
        mapping(address => bytes32) storage postedHashes = _postedHashes[sid];
        bytes32[] memory posted = new bytes32[](participants.length);
        address previous = address(0);
        for (uint256 i = 0; i < participants.length; ++i) {
            address participant = participants[i];
            posted[i] = postedHashes[participant];
            if (participant <= previous || posted[i] == bytes32(0)) revert IActivation.WrongSigner(participant);
            previous = participant;
        }
        return Hashing.dealings(sid, posted);
    }

    /// @dev The number after the last session of a page.
    function _pageEnd(uint256 start, uint256 limit) internal view returns (uint256) {
        uint256 total = _sessionIds.length;
        if (start >= total) return start;
        return limit < total - start ? start + limit : total;
    }

    function _auditorKey(Session storage session) internal view returns (G1Point memory) {
        return G1Point(session.auditorKeyX, session.auditorKeyY);
    }
}
