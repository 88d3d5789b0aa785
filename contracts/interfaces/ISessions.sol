// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {G1Point} from "../libraries/BN254.sol";
import {ParticipantKeys, PossessionProof} from "../types/ProofTypes.sol";
import {Configuration, Fault, Participant, Phase, SessionState} from "../types/SessionTypes.sol";

/// @title ISessions
/// @notice Sessions from their creation to the roster of participants, and what everybody may read of them.
interface ISessions {
    /// @notice A session was created. Its id is the hash of all that is listed here, this chain and this contract.
    event SessionCreated(
        bytes32 indexed sid, address indexed creator, address indexed auditor, bytes32 salt, Configuration configuration
    );
    /// @notice The auditor confirmed the session with a key that no other session has.
    event SessionConfirmed(bytes32 indexed sid, G1Point A);
    /// @notice A member joined with its two keys and its bond.
    event Joined(bytes32 indexed sid, address indexed account, uint8 seat, ParticipantKeys keys);

    /// @notice There is no session with this id.
    error UnknownSession(bytes32 sid);
    /// @notice This very session was created before; take another salt.
    error SessionExists(bytes32 sid);
    /// @notice The call belongs to another phase of the session.
    error WrongPhase(Phase current);
    /// @notice The threshold is below 2 or above the number of members.
    error ThresholdOutOfRange(uint256 threshold, uint256 members);
    /// @notice More than 128 members.
    error TooManyMembers(uint256 members);
    /// @notice The members' addresses are not strictly ascending, or the first is zero.
    error MembersNotAscending(uint256 index);
    /// @notice The auditor is a member.
    error AuditorIsMember(address auditor);
    /// @notice The auditor or the beneficiary is the zero address.
    error ZeroAddress();
    /// @notice The deadlines are not strictly ascending from now on, or bonds would be released before the last of them.
    error DeadlinesNotAscending();
    /// @notice The parent session does not exist.
    error UnknownParent(bytes32 parent);
    /// @notice Only the session's auditor may do this.
    error NotAuditor(address caller);
    /// @notice Another session has this auditor key, or its negative. Draw a fresh one.
    error AuditorKeyReused(uint256 x);
    /// @notice The proof does not show that the owner knows the key's logarithm.
    error InvalidPossession(address owner, uint256 role);
    /// @notice The account is not a member of the session.
    error NotMember(address account);
    /// @notice The account has joined before.
    error AlreadyJoined(address account);
    /// @notice The payment is not the session's bond.
    error WrongBond(uint256 paid, uint256 bond);

    /// @notice Creates a session; anybody may.
    /// @param salt Any word; lets one creator have several sessions of one configuration.
    /// @param configuration What the session is made of.
    /// @return sid The session id.
    function createSession(bytes32 salt, Configuration calldata configuration) external returns (bytes32 sid);

    /// @notice The auditor confirms with a key fresh for this session.
    /// @param sid The session.
    /// @param A The auditor's key alpha*G.
    /// @param possession Proof that the auditor knows alpha, bound to session and auditor.
    function confirm(bytes32 sid, G1Point calldata A, PossessionProof calldata possession) external;

    /// @notice A member joins and pays the bond.
    /// @param sid The session.
    /// @param keys Encryption key P and dealing key D, both fresh.
    /// @param possessionP Proof of possession of P.
    /// @param possessionD Proof of possession of D.
    function join(
        bytes32 sid,
        ParticipantKeys calldata keys,
        PossessionProof calldata possessionP,
        PossessionProof calldata possessionD
    ) external payable;

    /// @notice How many sessions there are.
    function sessionCount() external view returns (uint256);

    /// @notice Session ids in the order of creation.
    /// @param start Index of the first.
    /// @param limit How many at most.
    function sessionIds(uint256 start, uint256 limit) external view returns (bytes32[] memory);

    /// @notice The phase in which the session is now.
    function phaseOf(bytes32 sid) external view returns (Phase);

    /// @notice Who may confirm the session, convict in it, and have its models opened.
    function auditorOf(bytes32 sid) external view returns (address);

    /// @notice What the session is made of.
    function configurationOf(bytes32 sid) external view returns (Configuration memory);

    /// @notice Where the session stands.
    function stateOf(bytes32 sid) external view returns (SessionState memory);

    /// @notice One member; reverts with `NotMember` for others, and in sessions that are not known.
    function participantOf(bytes32 sid, address account) external view returns (Participant memory);

    /// @notice All members, by seat; those with `joined` are the roster.
    function participantsOf(bytes32 sid) external view returns (Participant[] memory);

    /// @notice The fault of a member that counts now, recorded or not: deadlines need no transaction to have passed.
    function faultOf(bytes32 sid, address account) external view returns (Fault);

    /// @notice Whether a session has confirmed this auditor key or its negative.
    /// @param x The key's x coordinate.
    function isAuditorKeyUsed(uint256 x) external view returns (bool);
}
