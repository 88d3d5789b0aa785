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
        uint256 indexed recordId,
        bytes32 indexed sid,
        address indexed auditor,
        QueryChallenge challenge,
        TranscriptClaim claim
    );
    /// @notice A participant was convicted of leaking its share.
    event Convicted(bytes32 indexed sid, address indexed accused, uint256 indexed recordId);

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
    /// @notice The pairing equation does not hold.
    error InvalidTraceProof();
    /// @notice There is no record with this number.
    error UnknownRecord(uint256 recordId);

    /// @notice The auditor convicts participants whose shares a box holds.
    /// @param sid The session.
    /// @param accused I: the participants, strictly ascending.
    /// @param challenge How the query points of the proven answer were derived.
    /// @param claim What the tracer says of its transcript.
    /// @param Bbar First halves of the aggregate.
    /// @param Cbar Second halves of the aggregate.
    /// @param proof The trace proof.
    /// @return recordId The index of the record.
    function convict(
        bytes32 sid,
        address[] calldata accused,
        QueryChallenge calldata challenge,
        TranscriptClaim calldata claim,
        G1Point[] calldata Bbar,
        G1Point[] calldata Cbar,
        TraceProof calldata proof
    ) external returns (uint256 recordId);

    /// @notice The contract that checks trace proofs; deployed with this one, without owner or state.
    function traceVerifier() external view returns (ITraceVerifier);

    /// @notice How many records there are; they are numbered from 0.
    function recordCount() external view returns (uint256);

    /// @notice One record.
    function recordAt(uint256 recordId) external view returns (Record memory);

    /// @notice Records by number.
    /// @param start Number of the first.
    /// @param limit How many at most.
    function records(uint256 start, uint256 limit) external view returns (Record[] memory);

    /// @notice Numbers of a session's records, newest first.
    /// @param sid The session.
    /// @param cursor 0 for the first page, then what the page before returned.
    /// @param limit How many at most.
    /// @return recordIds The page.
    /// @return next The cursor of the next page, 0 when there is none.
    function recordsOfSession(bytes32 sid, uint256 cursor, uint256 limit)
        external
        view
        returns (uint256[] memory recordIds, uint256 next);

    /// @notice Numbers of the records that accuse an address, in all sessions, newest first.
    /// @param account The address.
    /// @param cursor 0 for the first page, then what the page before returned.
    /// @param limit How many at most.
    /// @return recordIds The page.
    /// @return next The cursor of the next page, 0 when there is none.
    function recordsOfAddress(address account, uint256 cursor, uint256 limit)
        external
        view
        returns (uint256[] memory recordIds, uint256 next);

    /// @notice Whether a trace convicted the account in this session.
    function isConvicted(bytes32 sid, address account) external view returns (bool);
}
