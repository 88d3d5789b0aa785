// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDealings} from "../interfaces/IDealings.sol";
import {BN254, G1Point} from "../libraries/BN254.sol";
import {CommitmentVector} from "../libraries/CommitmentVector.sol";
import {Hashing} from "../libraries/Hashing.sol";
import {Dealing, DealingDigest} from "../types/ProofTypes.sol";
import {Member, Phase, Session} from "../types/SessionTypes.sol";
import {SessionStore} from "./SessionStore.sol";

/// @title Dealings
/// @notice Sealed commitments: every point is checked when it comes, so that no complaint can fail on one later.
abstract contract Dealings is SessionStore, IDealings {
    using CommitmentVector for G1Point[];

    /// @inheritdoc IDealings
    function deal(bytes32 sid, bytes32 rosterHash, Dealing calldata dealing) external {
        Session storage session = _sessionIn(sid, Phase.Dealing);
        Member memory member = _joinedMember(sid, session, msg.sender);
        if (session.dealt.contains(member.seat)) revert AlreadyDealt(msg.sender);
        // A reorganisation may have changed the roster under an honest dealer, who must not look guilty for it.
        if (rosterHash != session.rosterHash) revert RosterChanged(session.rosterHash, rosterHash);
        dealing.B.requireValid(session.threshold);
        dealing.C.requireValid(session.threshold);
        BN254.requireScalar(dealing.proof.challenge);
        BN254.requireScalar(dealing.proof.responseU);
        BN254.requireScalar(dealing.proof.responseV);

        session.dealt = session.dealt.add(member.seat);
        bytes32 dealingHash = Hashing.dealing(sid, msg.sender, _digest(sid, dealing));
        bytes32 keysHash = _postedHashes[sid][msg.sender];
        _postedHashes[sid][msg.sender] = Hashing.posted(sid, msg.sender, keysHash, dealingHash);
        emit Dealt(sid, msg.sender, dealing);
    }

    function _digest(bytes32 sid, Dealing calldata dealing) internal pure returns (DealingDigest memory) {
        return DealingDigest({
            hashB: Hashing.commitments(sid, dealing.B),
            hashC: Hashing.commitments(sid, dealing.C),
            shareRoot: dealing.shareRoot,
            proof: dealing.proof
        });
    }

    /// @dev Refuses keys or a digest that are not of what the dealer posted.
    function _requireDealing(bytes32 sid, address dealer, bytes32 keysHash, DealingDigest memory digest)
        internal
        view
    {
        bytes32 posted = Hashing.posted(sid, dealer, keysHash, Hashing.dealing(sid, dealer, digest));
        if (_postedHashes[sid][dealer] != posted) revert DealingMismatch(dealer);
    }
}
