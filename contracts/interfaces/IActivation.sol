// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {G1Point} from "../libraries/BN254.sol";
import {PostedDealing} from "../types/ProofTypes.sol";
import {SeatSet} from "../types/SeatSet.sol";

/// @title IActivation
/// @notice Two ways to fix the qualified set and the aggregate of its dealings.
interface IActivation {
    /// @notice A participant's compact signature (EIP-2098).
    struct Signature {
        address participant;
        bytes32 r;
        bytes32 vs;
    }

    /// @notice The session is active; the qualified set and the aggregate are final, and so is every verdict on dealings.
    event Activated(bytes32 indexed sid, SeatSet qualified, bytes32 aggregateHash, bool unanimous);
    /// @notice A caller has added dealings to its own partial aggregate.
    event AggregationAdvanced(bytes32 indexed sid, address indexed caller, uint256 nextSeat);

    /// @notice The signed qualified set is not the one that stands now.
    error QualifiedSetChanged(SeatSet current, SeatSet signed);
    /// @notice Fewer than t dealers are qualified.
    error TooFewQualified(uint256 qualified, uint256 threshold);
    /// @notice There must be one signature a joined participant.
    error WrongSignatureCount(uint256 given, uint256 participants);
    /// @notice The account has not joined, does not come after the one before it, or did not sign this.
    error WrongSigner(address participant);
    /// @notice The partial sums are not those that this caller reached before.
    error WrongPartialAggregate(address caller);
    /// @notice No dealing was given, or more than are qualified.
    error WrongDealingCount(uint256 given);

    /// @notice Activates at once with the acceptance of every joined participant, as soon as dealing has closed.
    /// @param sid The session.
    /// @param qualified The qualified set that all signed.
    /// @param aggregateHash The hash of the aggregate that all signed.
    /// @param signatures Of `Accept(sid, rosterHash, dealingsHash, qualified, aggregateHash)` (EIP-712), by
    /// participant, strictly ascending.
    function activateUnanimously(
        bytes32 sid,
        SeatSet qualified,
        bytes32 aggregateHash,
        Signature[] calldata signatures
    ) external;

    /// @notice Adds the next qualified dealings to the caller's partial aggregate; the last one activates the session.
    /// @dev Aggregating phase. Several transactions when one would need too much gas; partial sums are kept by caller, so
    /// nobody can spoil another's.
    /// @param sid The session.
    /// @param nextSeat The seat after the last one added, as `AggregationAdvanced` gave it; 0 to start anew.
    /// @param partialB Sums of the vectors B so far; not looked at when starting anew.
    /// @param partialC Sums of the vectors C so far.
    /// @param dealings The dealings of the next qualified seats, ascending, with the hashes of the dealers' keys.
    function aggregate(
        bytes32 sid,
        uint256 nextSeat,
        G1Point[] calldata partialB,
        G1Point[] calldata partialC,
        PostedDealing[] calldata dealings
    ) external;

    /// @notice The hash that participants sign to accept a qualified set and its aggregate (EIP-712).
    function acceptanceHash(bytes32 sid, SeatSet qualified, bytes32 aggregateHash) external view returns (bytes32);

    /// @notice The hash of a caller's partial aggregate, or zero; zero too for sessions that are not known.
    function partialAggregateOf(bytes32 sid, address caller) external view returns (bytes32);
}
