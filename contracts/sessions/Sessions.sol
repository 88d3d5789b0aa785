// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISessions} from "../interfaces/ISessions.sol";
import {BN254, G1Point} from "../libraries/BN254.sol";
import {Hashing} from "../libraries/Hashing.sol";
import {Schnorr} from "../libraries/Schnorr.sol";
import {ParticipantKeys, PossessionProof} from "../types/ProofTypes.sol";
import {Configuration, Fault, Member, Phase, Session} from "../types/SessionTypes.sol";
import {SessionStore} from "./SessionStore.sol";

/// @title Sessions
/// @notice Creation, the auditor's confirmation, and joining.
abstract contract Sessions is SessionStore, ISessions {
    uint256 private constant MAX_MEMBERS = 128;

    /// @inheritdoc ISessions
    function createSession(bytes32 salt, Configuration calldata configuration) external returns (bytes32 sid) {
        _requireSound(configuration);
        sid = Hashing.sessionId(msg.sender, salt, configuration);
        Session storage session = _sessions[sid];
        if (session.auditor != address(0)) revert SessionExists(sid);

        session.auditor = configuration.auditor;
        session.threshold = configuration.threshold;
        session.size = uint8(configuration.members.length);
        session.confirmBy = configuration.confirmBy;
        session.joinBy = configuration.joinBy;
        session.dealBy = configuration.dealBy;
        session.complainBy = configuration.complainBy;
        session.revealBy = configuration.revealBy;
        session.challengeBy = configuration.challengeBy;
        session.bondReleaseTime = configuration.bondReleaseTime;
        session.beneficiary = configuration.beneficiary;
        session.bond = configuration.bond;
        session.parent = configuration.parent;
        _memberList[sid] = configuration.members;
        for (uint256 seat = 0; seat < configuration.members.length; ++seat) {
            _members[sid][configuration.members[seat]] =
                Member({admitted: true, seat: uint8(seat), fault: Fault.None});
        }
        _sessionIds.push(sid);
        emit SessionCreated(sid, msg.sender, configuration.auditor, salt, configuration);
    }

    /// @inheritdoc ISessions
    function confirm(bytes32 sid, G1Point calldata A, PossessionProof calldata possession) external {
        Session storage session = _sessionIn(sid, Phase.Confirming);
        if (msg.sender != session.auditor) revert NotAuditor(msg.sender);
        BN254.requireKey(A);
        if (!Schnorr.provesPossession(sid, msg.sender, Schnorr.ROLE_AUDITOR, A, possession)) {
            revert InvalidPossession(msg.sender, Schnorr.ROLE_AUDITOR);
        }
        // One key for two sessions would be a decryption oracle: whoever controls one of them could deal anew what the
        // other sealed.
        if (_auditorKeyUsed[A.x]) revert AuditorKeyReused(A.x);
        _auditorKeyUsed[A.x] = true;

        session.auditorKeyX = A.x;
        session.auditorKeyY = A.y;
        session.rosterHash = Hashing.emptyRoster(sid, A);
        emit SessionConfirmed(sid, A);
    }

    /// @inheritdoc ISessions
    function join(
        bytes32 sid,
        ParticipantKeys calldata keys,
        PossessionProof calldata possessionP,
        PossessionProof calldata possessionD
    ) external payable {
        Session storage session = _sessionIn(sid, Phase.Joining);
        Member memory member = _members[sid][msg.sender];
        if (!member.admitted) revert NotMember(msg.sender);
        if (session.joined.contains(member.seat)) revert AlreadyJoined(msg.sender);
        if (msg.value != session.bond) revert WrongBond(msg.value, session.bond);
        _requirePossession(sid, Schnorr.ROLE_ENCRYPTION, keys.P, possessionP);
        _requirePossession(sid, Schnorr.ROLE_DEALING, keys.D, possessionD);

        session.joined = session.joined.add(member.seat);
        session.rosterHash = Hashing.rosterAfterJoin(sid, session.rosterHash, msg.sender, keys);
        _postedHashes[sid][msg.sender] = Hashing.participantKeys(sid, msg.sender, keys);
        emit Joined(sid, msg.sender, member.seat, keys);
    }

    function _requirePossession(bytes32 sid, uint256 role, G1Point memory key, PossessionProof memory possession)
        private
        view
    {
        BN254.requireKey(key);
        if (!Schnorr.provesPossession(sid, msg.sender, role, key, possession)) {
            revert InvalidPossession(msg.sender, role);
        }
    }

    function _requireSound(Configuration calldata configuration) private view {
        address[] calldata members = configuration.members;
        if (members.length > MAX_MEMBERS) revert TooManyMembers(members.length);
        uint256 threshold = configuration.threshold;
        if (threshold < 2 || threshold > members.length) revert ThresholdOutOfRange(threshold, members.length);
        address auditor = configuration.auditor;
        if (auditor == address(0) || configuration.beneficiary == address(0)) revert ZeroAddress();
        address previous = address(0);
        for (uint256 seat = 0; seat < members.length; ++seat) {
            if (members[seat] <= previous) revert MembersNotAscending(seat);
            previous = members[seat];
            if (previous == auditor) revert AuditorIsMember(auditor);
        }
        bool ascending = block.timestamp < configuration.confirmBy && configuration.confirmBy < configuration.joinBy
            && configuration.joinBy < configuration.dealBy && configuration.dealBy < configuration.complainBy
            && configuration.complainBy < configuration.revealBy && configuration.revealBy < configuration.challengeBy
            && configuration.challengeBy <= configuration.bondReleaseTime;
        if (!ascending) revert DeadlinesNotAscending();
        bytes32 parent = configuration.parent;
        if (parent != bytes32(0) && _sessions[parent].auditor == address(0)) revert UnknownParent(parent);
    }
}
