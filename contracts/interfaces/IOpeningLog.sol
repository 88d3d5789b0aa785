// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISessions} from "./ISessions.sol";

/// @title IOpeningLog
/// @notice What gateways ask participants to open, written down before anybody answers. Lines are never changed or deleted.
/// Session, gateway, model digest and purpose of every line are those of the request that participants answer.
interface IOpeningLog {
    /// @notice One line of the log.
    struct Opening {
        /// The hash of the opening request, which the log computes itself.
        bytes32 request;
        /// BLAKE3-256 of the plain model, as the request names it.
        bytes32 modelDigest;
        /// Who asks: the session's auditor.
        address gateway;
        /// When the line was written, Unix seconds.
        uint40 time;
    }

    /// @notice A gateway anchored an opening.
    event OpeningAnchored(
        bytes32 indexed sid,
        bytes32 indexed modelDigest,
        address indexed gateway,
        uint256 number,
        bytes32 request,
        string purpose
    );

    /// @notice A purpose has 1 to 200 bytes.
    error PurposeLength(uint256 length);

    /// @notice The auditor of an active session writes down what it is about to ask of the participants.
    /// @dev Refuses with {ISessions-UnknownSession}, {ISessions-NotAuditor} and {ISessions-WrongPhase}. The request's hash
    /// is made here, of the arguments and the sender, so a line tells the public nothing but what the request tells the
    /// participants. The core is not checked here: participants recompute the whole hash before they answer.
    /// @param sid The session.
    /// @param core The hash of the rest of the request: capsule, recipient key and nonce.
    /// @param modelDigest BLAKE3-256 of the plain model.
    /// @param purpose What the model is opened for, 1 to 200 bytes; the event alone has its text.
    /// @return number The number of the line in its session, from 0.
    function anchor(bytes32 sid, bytes32 core, bytes32 modelDigest, string calldata purpose)
        external
        returns (uint256 number);

    /// @notice How many lines a session has; 0 for a session that does not exist.
    /// @param sid The session.
    function openingCount(bytes32 sid) external view returns (uint256);

    /// @notice Lines of a session, in the order of the chain.
    /// @param sid The session.
    /// @param start Number of the first.
    /// @param limit How many at most.
    function openings(bytes32 sid, uint256 start, uint256 limit) external view returns (Opening[] memory);

    /// @notice The contract that has the sessions; it deployed this one, and cannot change it.
    function sessions() external view returns (ISessions);
}
