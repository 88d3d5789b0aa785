// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Dealing} from "../types/ProofTypes.sol";

/// @title IDealings
/// @notice Participants post their sealed commitments and the root of the encrypted shares.
interface IDealings {
    /// @notice A participant dealt; only a hash of this is stored.
    event Dealt(bytes32 indexed sid, address indexed dealer, Dealing dealing);

    /// @notice The account has not joined the session.
    error NotJoined(address account);
    /// @notice The participant has dealt before.
    error AlreadyDealt(address dealer);
    /// @notice The account has not dealt.
    error NotDealt(address dealer);
    /// @notice This is not what the dealer posted, or these are not the keys that it joined with.
    error DealingMismatch(address dealer);
    /// @notice The dealing was made for another roster. Draw fresh polynomials for the current one.
    error RosterChanged(bytes32 current, bytes32 named);

    /// @notice A participant deals, once.
    /// @param sid The session.
    /// @param rosterHash The final roster hash that the dealing relies on.
    /// @param dealing The vectors B and C, the share root and the proof of knowledge. The proof is not checked here: an
    /// invalid one is shown by `complainInvalidProof`.
    function deal(bytes32 sid, bytes32 rosterHash, Dealing calldata dealing) external;
}
