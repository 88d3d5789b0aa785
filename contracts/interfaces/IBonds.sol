// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IBonds
/// @notice Bonds leave the contract by withdrawal only.
interface IBonds {
    /// @notice A participant withdrew what is left of its bond.
    event BondWithdrawn(bytes32 indexed sid, address indexed account, address recipient, uint256 amount);
    /// @notice Forfeited bonds went to the beneficiary.
    event ForfeitsWithdrawn(bytes32 indexed sid, address indexed beneficiary, uint256 amount);

    /// @notice Bonds are released by an abort or from the session's release time on.
    error BondLocked(uint256 releaseTime);
    /// @notice Nothing is left: never paid, withdrawn before, or forfeited.
    error NothingToWithdraw(address account);

    /// @notice A participant withdraws its bond: all of it without fault, half of it after misdealing, none after a
    /// conviction.
    /// @param sid The session.
    /// @param recipient Where the money goes.
    function withdrawBond(bytes32 sid, address payable recipient) external;

    /// @notice Sends forfeited bonds to the session's beneficiary; anybody may call.
    /// @param sid The session.
    function withdrawForfeits(bytes32 sid) external;

    /// @notice What is left of a participant's bond, in wei, whether it is released or not.
    function bondOf(bytes32 sid, address account) external view returns (uint256);
}
