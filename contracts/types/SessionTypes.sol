// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SeatSet} from "./SeatSet.sol";

/// @notice What a session is made of; its hash is part of the session id. Times are Unix seconds, each a half-open end.
struct Configuration {
    /// t: how many shares reconstruct, `2 <= t <= members.length`.
    uint8 threshold;
    /// Admitted addresses, strictly ascending, 128 at most. A member's index here is its seat.
    address[] members;
    /// Who may confirm the session and convict; not a member.
    address auditor;
    /// The auditor confirms before this time, or the session aborts.
    uint40 confirmBy;
    /// Members join before this time.
    uint40 joinBy;
    /// Participants deal before this time.
    uint40 dealBy;
    /// Missing shares, invalid proofs and invalid shares are complained about before this time.
    uint40 complainBy;
    /// Dealers reveal shares that are said to be missing before this time.
    uint40 revealBy;
    /// After the reveals, invalid shares can be complained about before this time.
    uint40 challengeBy;
    /// From this time on bonds may be withdrawn.
    uint40 bondReleaseTime;
    /// What every participant pays in, in wei. The bonds of 128 participants fit 96 bits.
    uint88 bond;
    /// Who receives forfeited bonds.
    address beneficiary;
    /// The session that this one follows, or zero.
    bytes32 parent;
}

/// @notice Where a session stands: a pure function of time, the deadlines and what has been counted.
enum Phase {
    None,
    Confirming,
    Joining,
    Dealing,
    Complaining,
    Revealing,
    Challenging,
    Aggregating,
    Active,
    Aborted
}

/// @notice Why a participant is at fault.
enum Fault {
    None,
    InvalidShare,
    InvalidProof,
    MissingShare,
    NoDealing
}

/// @notice A session as it is stored. Deadlines stay; sets and hashes grow with what participants do.
/// @dev Writing to a word that is zero costs 17,100 gas more than to any other. So a set shares its word with deadlines,
/// which are there from the start and are mostly read together with it. An empty line ends a word.
struct Session {
    address auditor;
    uint8 threshold;
    uint8 size;
    uint40 activatedAt;
    uint40 confirmBy;

    SeatSet joined;
    uint40 joinBy;
    uint88 bond;

    SeatSet dealt;
    uint40 dealBy;
    uint40 complainBy;
    uint40 revealBy;

    SeatSet disqualified;
    uint40 challengeBy;

    SeatSet convicted;
    uint40 bondReleaseTime;
    /// How many records the session has.
    uint8 recordCount;

    address beneficiary;
    /// Forfeited bonds that the beneficiary has not withdrawn yet, in wei.
    uint96 forfeits;

    /// Dealers with a complaint of a missing share that is not answered yet. Disqualified ones may be left in it.
    SeatSet unanswered;
    SeatSet withdrawn;

    bytes32 parent;
    bytes32 rosterHash;
    bytes32 aggregateHash;
    uint256 auditorKeyX;
    uint256 auditorKeyY;
}

/// @notice A member of a session.
struct Member {
    bool admitted;
    uint8 seat;
    /// The fault that was recorded; see `faultOf` for the one that counts.
    Fault fault;
}

/// @notice Complaints of missing shares against one dealer, by the recipients' seats.
struct MissingShares {
    SeatSet raised;
    SeatSet unanswered;
}

/// @notice A member as the views show it.
struct Participant {
    address account;
    uint8 seat;
    bool joined;
    bool dealt;
    bool qualified;
    bool convicted;
    bool withdrawn;
    Fault fault;
    /// H(keys) after joining, H(posted) after dealing; zero before.
    bytes32 postedHash;
    /// x, or zero: while joining has not closed, when fewer than t have joined, and for who has not.
    uint256 evaluationPoint;
}

/// @notice A session as the views show it.
struct SessionState {
    Phase phase;
    SeatSet joined;
    SeatSet dealt;
    SeatSet qualified;
    /// Dealers, not disqualified, with a complaint of a missing share that has no answer; see `missingSharesOf`.
    SeatSet unanswered;
    SeatSet convicted;
    uint40 activatedAt;
    uint96 forfeits;
    bytes32 rosterHash;
    /// What is kept of all participants, by seat: acceptances signed for other dealings do not count.
    bytes32 dealingsHash;
    bytes32 aggregateHash;
    uint256 auditorKeyX;
    uint256 auditorKeyY;
}
