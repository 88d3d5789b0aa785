// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {G1Point} from "../libraries/BN254.sol";
import {
    DealingDigest,
    EncryptedShare,
    KeyEvidence,
    ParticipantKeys,
    PostedDealing,
    ShareEquation
} from "../types/ProofTypes.sol";
import {SeatSet} from "../types/SeatSet.sol";
import {Fault} from "../types/SessionTypes.sol";
import {IDealingVerifier} from "./IDealingVerifier.sol";
import {IVerifierErrors} from "./IVerifierErrors.sol";

/// @title IComplaints
/// @notice Complaints about dealings, adjudicated here. A complaint that is refused reverts, and changes nothing; it has
/// published the key K all the same, so simulate before sending.
interface IComplaints is IVerifierErrors {
    /// @notice A fault was recorded for good.
    event FaultRecorded(bytes32 indexed sid, address indexed account, Fault fault);
    /// @notice A recipient says that the dealer does not hand out its share.
    event MissingShareReported(bytes32 indexed sid, address indexed dealer, address indexed recipient);
    /// @notice The encrypted share that was said to be missing.
    event ShareRevealed(
        bytes32 indexed sid, address indexed dealer, address indexed recipient, EncryptedShare share
    );

    /// @notice The dealer is disqualified already; nothing more needs to be revealed.
    error AlreadyDisqualified(address dealer);
    /// @notice The vector is not the one that the dealer posted for this equation.
    error VectorMismatch(address dealer);
    /// @notice These are not the keys that the account joined with, or not the hash of its own dealing.
    error KeysMismatch(address account);
    /// @notice The encrypted share does not lead to the dealer's share root at the recipient's seat.
    error ShareNotInTree(address dealer, address recipient);
    /// @notice The complaint is refused: the share satisfies the equation.
    error ShareHolds(address dealer, address recipient);
    /// @notice The complaint is refused: the proof of knowledge is valid.
    error ProofHolds(address dealer);
    /// @notice The recipient has reported this share before.
    error AlreadyReported(address dealer, address recipient);
    /// @notice Nobody waits for this share.
    error NotReported(address dealer, address recipient);
    /// @notice The account has no fault that a passed deadline proves, or it is recorded.
    error NoFaultToRecord(address account);

    /// @notice The recipient shows that its share does not satisfy an equation. Complain and challenge phases.
    /// @param sid The session.
    /// @param dealer Who dealt the share.
    /// @param dealerKeys The keys that the dealer joined with.
    /// @param recipientKeys The keys that the caller joined with.
    /// @param recipientDealing The hash of the caller's own dealing, or zero if it has not dealt.
    /// @param digest The dealing without its vectors.
    /// @param share The encrypted share with its path. A word that is not below r is a fault by itself; only the dealer's
    /// keys, the digest and the path are looked at then.
    /// @param evidence The shared key K and its proof.
    /// @param equation Which equation fails.
    /// @param vector The vector of that equation.
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
    ) external;

    /// @notice Anybody shows that a dealer's proof of knowledge is invalid. Complain phase.
    /// @param sid The session.
    /// @param dealer Who dealt.
    /// @param posted The dealing as it was posted, and the hash of the dealer's keys.
    function complainInvalidProof(bytes32 sid, address dealer, PostedDealing calldata posted) external;

    /// @notice The recipient says that the dealer does not hand out its share. Complain phase.
    /// @param sid The session.
    /// @param dealer Who has to reveal the encrypted share before the reveal phase ends.
    function complainMissingShare(bytes32 sid, address dealer) external;

    /// @notice Answers a complaint about a missing share. Complain and reveal phases; anybody who has the share may.
    /// @param sid The session.
    /// @param dealer Who dealt.
    /// @param recipient Who complained.
    /// @param dealerKeysHash The hash of the keys that the dealer joined with.
    /// @param digest The dealing without its vectors.
    /// @param share The encrypted share with its path.
    function revealShare(
        bytes32 sid,
        address dealer,
        address recipient,
        bytes32 dealerKeysHash,
        DealingDigest calldata digest,
        EncryptedShare calldata share
    ) external;

    /// @notice Records the fault of a participant who let a deadline pass: no dealing, or a missing share not revealed.
    /// It counts without this call too; see `faultOf`.
    /// @param sid The session.
    /// @param account The participant.
    function recordFault(bytes32 sid, address account) external;

    /// @notice The contract that judges shares and proofs; deployed with this one, without owner or state.
    function dealingVerifier() external view returns (IDealingVerifier);

    /// @notice Complaints of missing shares against a dealer, by the recipients' seats. None for accounts and sessions that
    /// are not known.
    /// @return raised All of them.
    /// @return unanswered Those without an answer. They stay when a session is activated or the reveal phase ends, when no
    /// answer is possible any more; whether they count as a fault is what `faultOf` tells.
    function missingSharesOf(bytes32 sid, address dealer)
        external
        view
        returns (SeatSet raised, SeatSet unanswered);
}
