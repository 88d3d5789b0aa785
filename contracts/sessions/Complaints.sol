// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DealingVerifier} from "../DealingVerifier.sol";
import {IComplaints} from "../interfaces/IComplaints.sol";
import {IDealingVerifier} from "../interfaces/IDealingVerifier.sol";
import {ISessions} from "../interfaces/ISessions.sol";
import {BN254, G1Point} from "../libraries/BN254.sol";
import {Hashing} from "../libraries/Hashing.sol";
import {ShareTree} from "../libraries/ShareTree.sol";
import {
    DealingDigest,
    EncryptedShare,
    KeyEvidence,
    ParticipantKeys,
    PostedDealing,
    ShareEquation
} from "../types/ProofTypes.sol";
import {SeatSet} from "../types/SeatSet.sol";
import {Fault, Member, MissingShares, Phase, Session} from "../types/SessionTypes.sol";
import {Dealings} from "./Dealings.sol";

/// @title Complaints
/// @notice Adjudication of dealings: what can be shown is judged at once, what is missing by the reveal deadline.
abstract contract Complaints is Dealings, IComplaints {
    /// @inheritdoc IComplaints
    IDealingVerifier public immutable dealingVerifier = new DealingVerifier();

    /// @inheritdoc IComplaints
    function complainInvalidShare(
        bytes32 sid,
        address dealer,
        ParticipantKeys calldata dealerKeys,
        ParticipantKeys calldata recipientKeys,
        bytes32 recipientDealing,
        DealingDigest calldata digest,
        EncryptedShare calldata share,
        KeyEvidence calldata evidence,
        ShareEquation equation,
        G1Point[] calldata vector
    ) external {
        Session storage session = _session(sid);
        Phase phase = _phase(session);
        if (phase != Phase.Complaining && phase != Phase.Challenging) revert ISessions.WrongPhase(phase);
        _requireAccusable(sid, session, dealer);
        _requireDealing(sid, dealer, Hashing.participantKeys(sid, dealer, dealerKeys), digest);
        _requireShare(sid, session, dealer, msg.sender, digest.shareRoot, share);

        // A word that is no scalar cannot have come from an honest dealer, whatever the key is.
        if (share.c0 < BN254.R && share.c1 < BN254.R) {
            _requireKeys(sid, msg.sender, recipientKeys, recipientDealing);
            bytes32 vectorHash = equation == ShareEquation.B ? digest.hashB : digest.hashC;
            if (Hashing.commitments(sid, vector) != vectorHash) revert VectorMismatch(dealer);
            IDealingVerifier.ShareContext memory context = IDealingVerifier.ShareContext({
                sid: sid,
                dealer: dealer,
                recipient: msg.sender,
                dealerD: dealerKeys.D,
                recipientP: recipientKeys.P,
                A: equation == ShareEquation.C ? _auditorKey(session) : BN254.generator(),
                x: Hashing.evaluationPoint(sid, session.rosterHash, msg.sender),
                hashB: digest.hashB,
                hashC: digest.hashC,
                c0: share.c0,
                c1: share.c1
            });
            if (dealingVerifier.shareHolds(context, evidence, equation, vector)) {
                revert ShareHolds(dealer, msg.sender);
            }
        }
        _recordFault(sid, session, dealer, Fault.InvalidShare);
    }

    /// @inheritdoc IComplaints
    function complainInvalidProof(bytes32 sid, address dealer, PostedDealing calldata posted) external {
        Session storage session = _sessionIn(sid, Phase.Complaining);
        _requireAccusable(sid, session, dealer);
        DealingDigest memory digest = _digest(sid, posted.dealing);
        _requireDealing(sid, dealer, posted.keysHash, digest);

        if (dealingVerifier.proofHolds(sid, dealer, _auditorKey(session), digest, posted.dealing)) {
            revert ProofHolds(dealer);
        }
        _recordFault(sid, session, dealer, Fault.InvalidProof);
    }

    /// @inheritdoc IComplaints
    function complainMissingShare(bytes32 sid, address dealer) external {
        Session storage session = _sessionIn(sid, Phase.Complaining);
        uint8 recipientSeat = _joinedMember(sid, session, msg.sender).seat;
        uint8 dealerSeat = _requireAccusable(sid, session, dealer);
        MissingShares storage missing = _missingShares[sid][dealer];
        if (missing.raised.contains(recipientSeat)) revert AlreadyReported(dealer, msg.sender);

        missing.raised = missing.raised.add(recipientSeat);
        missing.unanswered = missing.unanswered.add(recipientSeat);
        session.unanswered = session.unanswered.add(dealerSeat);
        emit MissingShareReported(sid, dealer, msg.sender);
    }

    /// @inheritdoc IComplaints
    function revealShare(
        bytes32 sid,
        address dealer,
        address recipient,
        bytes32 dealerKeysHash,
        DealingDigest calldata digest,
        EncryptedShare calldata share
    ) external {
        Session storage session = _session(sid);
        Phase phase = _phase(session);
        if (phase != Phase.Complaining && phase != Phase.Revealing) revert ISessions.WrongPhase(phase);
        uint8 dealerSeat = _requireAccusable(sid, session, dealer);
        uint8 recipientSeat = _members[sid][recipient].seat;
        MissingShares storage missing = _missingShares[sid][dealer];
        if (!missing.unanswered.contains(recipientSeat)) revert NotReported(dealer, recipient);
        _requireDealing(sid, dealer, dealerKeysHash, digest);
        _requireShare(sid, session, dealer, recipient, digest.shareRoot, share);

        missing.unanswered = missing.unanswered.remove(recipientSeat);
        if (missing.unanswered.isEmpty()) session.unanswered = session.unanswered.remove(dealerSeat);
        emit ShareRevealed(sid, dealer, recipient, share);
    }

    /// @inheritdoc IComplaints
    function recordFault(bytes32 sid, address account) external {
        Session storage session = _session(sid);
        Member memory member = _members[sid][account];
        if (_recordDueFault(sid, session, account, member) == member.fault) revert NoFaultToRecord(account);
    }

    /// @inheritdoc IComplaints
    function missingSharesOf(bytes32 sid, address dealer)
        external
        view
        returns (SeatSet raised, SeatSet unanswered)
    {
        MissingShares memory missing = _missingShares[sid][dealer];
        return (missing.raised, missing.unanswered);
    }

    /// @dev Refuses a dealer that did not deal or needs no further complaint: each one publishes something.
    function _requireAccusable(bytes32 sid, Session storage session, address dealer)
        private
        view
        returns (uint8 seat)
    {
        Member memory member = _members[sid][dealer];
        seat = member.seat;
        if (!member.admitted || !session.dealt.contains(seat)) revert NotDealt(dealer);
        if (_fault(session, member) != Fault.None) revert AlreadyDisqualified(dealer);
    }

    /// @dev What is kept of an account depends on whether it has dealt: `dealingHash` is zero if not.
    function _requireKeys(bytes32 sid, address account, ParticipantKeys calldata keys, bytes32 dealingHash)
        private
        view
    {
        bytes32 posted = Hashing.participantKeys(sid, account, keys);
        if (dealingHash != bytes32(0)) posted = Hashing.posted(sid, account, posted, dealingHash);
        if (_postedHashes[sid][account] != posted) revert KeysMismatch(account);
    }

    function _requireShare(
        bytes32 sid,
        Session storage session,
        address dealer,
        address recipient,
        bytes32 shareRoot,
        EncryptedShare calldata share
    ) private view {
        uint8 seat = _joinedMember(sid, session, recipient).seat;
        if (!ShareTree.holds(shareRoot, sid, dealer, recipient, seat, share)) {
            revert ShareNotInTree(dealer, recipient);
        }
    }
}
