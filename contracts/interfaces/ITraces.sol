// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {G1Point} from "../libraries/BN254.sol";
import {ITraceVerifier} from "./ITraceVerifier.sol";
import {QueryChallenge, Record, TraceProof, TranscriptClaim} from "../types/TraceTypes.sol";
import {IVerifierErrors} from "./IVerifierErrors.sol";

/// @title ITraces
/// @notice Convictions by trace proof, and their records.
interface ITraces is IVerifierErrors {
    /// @notice A trace was verified and recorded.
    event TraceRecorded(
        bytes32 indexed sid,
        uint256 indexed number,
        QueryChallenge challenge,
        TranscriptClaim claim
    );
    /// @notice A participant was convicted of leaking its share.
    event Convicted(bytes32 indexed sid, address indexed accused, uint256 number);

    /// @notice Nobody is accused.
    error NoAccused();
    /// @notice The accused are not strictly ascending.
    error AccusedNotAscending(address account);
    /// @notice The account has not joined the session, so it has no share.
    error AccusedNotJoined(address account);
    /// @notice All accused are convicted already.
    error NothingNew();
    /// @notice t or more convicted participants would hold enough shares to know all others.
    error TooManyConvicted(uint256 convicted, uint256 threshold);
    /// @notice The vectors are not the aggregate that activation fixed.
    error AggregateMismatch();
    /// @notice The pairing equation does not hold, a point of G2 is not in the group, or the gas did not suffice.
    error InvalidTraceProof();

    /// @notice The auditor convicts participants whose shares a box holds.
    /// @param sid The session.
    /// @param accused I: the participants, strictly ascending.
    /// @param challenge How the query points of the proven answer were derived.
    /// @param claim What the tracer says of its transcript.
    /// @param Bbar First halves of the aggregate.
    /// @param Cbar Second halves of the aggregate.
    /// @param proof The trace proof.
    /// @return number The record's place among those of the session.
    function convict(
        bytes32 sid,
        address[] calldata accused,
        QueryChallenge calldata challenge,
        TranscriptClaim calldata claim,
        G1Point[] calldata Bbar,
        G1Point[] calldata Cbar,
        TraceProof calldata proof
    ) external returns (uint256 number);

    /// @notice The contract that checks trace proofs; deployed with this one, without owner or state.
    function traceVerifier() external view returns (ITraceVerifier);

    /// @notice A session's records, oldest first: fewer than t, as each convicts somebody new.
    function recordsOfSession(bytes32 sid) external view returns (Record[] memory);

    /// @notice The records of some sessions, in the order of the sessions' creation.
    /// @param start Number of the first session, as in `sessionIds`.
    /// @param limit How many sessions at most are looked at.
    function records(uint256 start, uint256 limit) external view returns (Record[] memory);

    /// @notice Whether a trace convicted the account in this session. False for sessions and accounts that are not known.
    function isConvicted(bytes32 sid, address account) external view returns (bool);
}
