// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IVerifierErrors
/// @notice What the two verifiers refuse. Sessions pass these errors on, so they are part of both interfaces.
interface IVerifierErrors {
    /// @notice The proof does not show that K is the key of this dealer and this recipient.
    error InvalidKeyEvidence(address dealer, address recipient);
    /// @notice More than 8 query points are said to be dropped.
    error TooManyDropped(uint256 dropped);
    /// @notice A query point is said to be dropped that is not there.
    error DroppedOutOfRange(uint256 dropped, uint256 queryPoints);
    /// @notice There are not as many participants, other than the accused, as query points.
    error TooFewUnaccused(uint256 unaccused, uint256 queryPoints);
    /// @notice Two points are the same, or one is zero.
    error DegeneratePoints();
    /// @notice Zero has no inverse: an accused point is also a query point, or two accused points are the same.
    error ZeroDenominator();
}
