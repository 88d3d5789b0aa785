// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISessions} from "../interfaces/ISessions.sol";
import {Hashing} from "../libraries/Hashing.sol";
import {Configuration, Fault, Member, Participant, Phase, Session, SessionState} from "../types/SessionTypes.sol";
import {SessionStore} from "./SessionStore.sol";

/// @title SessionViews
/// @notice Everything that clients and regulators read of a session.
abstract contract SessionViews is SessionStore, ISessions {
    /// @inheritdoc ISessions
    function sessionCount() external view returns (uint256) {
        return _sessionIds.length;
    }

    /// @inheritdoc ISessions
    function sessionIds(uint256 start, uint256 limit) external view returns (bytes32[] memory page) {
        uint256 length = _pageEnd(start, limit) - start;
        page = new bytes32[](length);
        for (uint256 i = 0; i < length; ++i) {
            page[i] = _sessionIds[start + i];
        }
    }

    /// @inheritdoc ISessions
    function phaseOf(bytes32 sid) external view returns (Phase) {
        return _phase(_session(sid));
    }

    /// @inheritdoc ISessions
    function auditorOf(bytes32 sid) external view returns (address) {
        return _session(sid).auditor;
    }

    /// @inheritdoc ISessions
    function configurationOf(bytes32 sid) external view returns (Configuration memory) {
        Session storage session = _session(sid);
        return Configuration({
            threshold: session.threshold,
            members: _memberList[sid],
            auditor: session.auditor,
            confirmBy: session.confirmBy,
            joinBy: session.joinBy,
            dealBy: session.dealBy,
            complainBy: session.complainBy,
            revealBy: session.revealBy,
            challengeBy: session.challengeBy,
            bondReleaseTime: session.bondReleaseTime,
            bond: session.bond,
            beneficiary: session.beneficiary,
            parent: session.parent
        });
    }

    /// @inheritdoc ISessions
    function stateOf(bytes32 sid) external view returns (SessionState memory) {
        Session storage session = _session(sid);
        return SessionState({
            phase: _phase(session),
            joined: session.joined,
            dealt: session.dealt,
            qualified: _qualified(session),
            unanswered: session.unanswered.minus(session.disqualified),
            convicted: session.convicted,
            activatedAt: session.activatedAt,
            forfeits: session.forfeits,
            rosterHash: session.rosterHash,
            dealingsHash: _dealingsHash(sid, _accounts(sid, session.joined)),
            aggregateHash: session.aggregateHash,
            auditorKeyX: session.auditorKeyX,
            auditorKeyY: session.auditorKeyY
        });
    }

    /// @inheritdoc ISessions
    function participantOf(bytes32 sid, address account) external view returns (Participant memory) {
        if (!_members[sid][account].admitted) revert NotMember(account);
        return _participant(sid, _session(sid), account);
    }

    /// @inheritdoc ISessions
    function participantsOf(bytes32 sid) external view returns (Participant[] memory participants) {
        Session storage session = _session(sid);
        address[] memory members = _memberList[sid];
        participants = new Participant[](members.length);
        for (uint256 seat = 0; seat < members.length; ++seat) {
            participants[seat] = _participant(sid, session, members[seat]);
        }
    }

    /// @inheritdoc ISessions
    function faultOf(bytes32 sid, address account) external view returns (Fault) {
        return _fault(_session(sid), _members[sid][account]);
    }

    /// @inheritdoc ISessions
    function isAuditorKeyUsed(uint256 x) external view returns (bool) {
        return _auditorKeyUsed[x];
    }

    function _participant(bytes32 sid, Session storage session, address account)
        private
        view
        returns (Participant memory)
    {
        Member memory member = _members[sid][account];
        Phase phase = _phase(session);
        bool rosterFixed = phase > Phase.Joining && session.joined.count() >= session.threshold;
        bool joined = session.joined.contains(member.seat);
        return Participant({
            account: account,
            seat: member.seat,
            joined: joined,
            dealt: session.dealt.contains(member.seat),
            qualified: _qualified(session).contains(member.seat),
            convicted: session.convicted.contains(member.seat),
            withdrawn: session.withdrawn.contains(member.seat),
            fault: _fault(session, member),
            postedHash: _postedHashes[sid][account],
            evaluationPoint: joined && rosterFixed
                ? Hashing.evaluationPoint(sid, session.rosterHash, account)
                : 0
        });
    }
}
