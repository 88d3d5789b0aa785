// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IActivation} from "../interfaces/IActivation.sol";
import {ISessions} from "../interfaces/ISessions.sol";
import {G1Point} from "../libraries/BN254.sol";
import {CommitmentVector} from "../libraries/CommitmentVector.sol";
import {Hashing} from "../libraries/Hashing.sol";
import {PostedDealing} from "../types/ProofTypes.sol";
import {SeatSet} from "../types/SeatSet.sol";
import {Phase, Session} from "../types/SessionTypes.sol";
import {Dealings} from "./Dealings.sol";

/// @title Activation
/// @notice Fixes qualified set and aggregate: by everybody's signature, or by adding up the dealings.
abstract contract Activation is Dealings, EIP712, IActivation {
    using CommitmentVector for G1Point[];

    bytes32 private constant ACCEPT_TYPE =
        keccak256("Accept(bytes32 sid,bytes32 rosterHash,bytes32 dealingsHash,uint128 qualified,bytes32 aggregateHash)");

    /// @dev By session and caller.
    mapping(bytes32 sid => mapping(address caller => bytes32)) private _partialAggregates;

    /// @inheritdoc IActivation
    function activateUnanimously(
        bytes32 sid,
        SeatSet qualified,
        bytes32 aggregateHash,
        Signature[] calldata signatures
    ) external {
        Session storage session = _session(sid);
        Phase phase = _phase(session);
        if (phase < Phase.Complaining || phase > Phase.Aggregating) revert ISessions.WrongPhase(phase);
        // Else a member could collect signatures, cry "missing", activate, and have an honest dealer punished later.
        SeatSet current = _qualified(session);
        if (!qualified.equals(current)) revert QualifiedSetChanged(current, qualified);
        if (qualified.count() < session.threshold) revert TooFewQualified(qualified.count(), session.threshold);
        bytes32 dealingsHash = _dealingsHash(sid, _signers(session, signatures));
        _requireSigned(_acceptanceHash(sid, session, dealingsHash, qualified, aggregateHash), signatures);
        _activate(sid, session, qualified, aggregateHash, true);
    }

    /// @inheritdoc IActivation
    function aggregate(
        bytes32 sid,
        uint256 nextSeat,
        G1Point[] calldata partialB,
        G1Point[] calldata partialC,
        PostedDealing[] calldata dealings
    ) external {
        Session storage session = _sessionIn(sid, Phase.Aggregating);
        if (dealings.length == 0) revert WrongDealingCount(0);
        G1Point[] memory sumB = new G1Point[](session.threshold);
        G1Point[] memory sumC = new G1Point[](session.threshold);
        if (nextSeat != 0) {
            _requirePartial(sid, nextSeat, partialB, partialC);
            (sumB, sumC) = (partialB, partialC);
        }

        SeatSet qualified = _qualified(session);
        for (uint256 k = 0; k < dealings.length; ++k) {
            uint256 seat = _nextQualified(qualified, nextSeat, session.size);
            if (seat == session.size) revert WrongDealingCount(dealings.length);
            PostedDealing calldata posted = dealings[k];
            _requireDealing(sid, _memberList[sid][seat], posted.keysHash, _digest(sid, posted.dealing));
            posted.dealing.B.addTo(sumB);
            posted.dealing.C.addTo(sumC);
            nextSeat = seat + 1;
        }

        bytes32 hashB = Hashing.commitmentsInMemory(sid, sumB);
        bytes32 hashC = Hashing.commitmentsInMemory(sid, sumC);
        if (_nextQualified(qualified, nextSeat, session.size) == session.size) {
            bytes32 aggregateHash = Hashing.aggregate(sid, session.rosterHash, qualified, hashB, hashC);
            _activate(sid, session, qualified, aggregateHash, false);
        } else {
            _partialAggregates[sid][msg.sender] = Hashing.partialAggregate(sid, nextSeat, hashB, hashC);
            emit AggregationAdvanced(sid, msg.sender, nextSeat);
        }
    }

    /// @inheritdoc IActivation
    function acceptanceHash(bytes32 sid, SeatSet qualified, bytes32 aggregateHash) public view returns (bytes32) {
        Session storage session = _session(sid);
        return _acceptanceHash(sid, session, _dealingsHash(sid, _accounts(sid, session.joined)), qualified, aggregateHash);
    }

    /// @inheritdoc IActivation
    function partialAggregateOf(bytes32 sid, address caller) external view returns (bytes32) {
        return _partialAggregates[sid][caller];
    }

    function _activate(
        bytes32 sid,
        Session storage session,
        SeatSet qualified,
        bytes32 aggregateHash,
        bool unanimous
    ) private {
        session.activatedAt = uint40(block.timestamp);
        session.aggregateHash = aggregateHash;
        emit Activated(sid, qualified, aggregateHash, unanimous);
    }

    /// @dev The dealings are named, so that signatures from a branch of the chain that is no more activate nothing.
    function _acceptanceHash(
        bytes32 sid,
        Session storage session,
        bytes32 dealingsHash,
        SeatSet qualified,
        bytes32 aggregateHash
    ) private view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(ACCEPT_TYPE, sid, session.rosterHash, dealingsHash, qualified, aggregateHash)
            )
        );
    }

    /// @dev As many as have joined; that they are all different, and have joined, is seen when their dealings are looked up.
    function _signers(Session storage session, Signature[] calldata signatures)
        private
        view
        returns (address[] memory participants)
    {
        uint256 joined = session.joined.count();
        if (signatures.length != joined) revert WrongSignatureCount(signatures.length, joined);
        participants = new address[](joined);
        for (uint256 i = 0; i < joined; ++i) {
            participants[i] = signatures[i].participant;
        }
    }

    function _requireSigned(bytes32 digest, Signature[] calldata signatures) private pure {
        for (uint256 i = 0; i < signatures.length; ++i) {
            Signature calldata signature = signatures[i];
            (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecover(digest, signature.r, signature.vs);
            if (failure != ECDSA.RecoverError.NoError || signer != signature.participant) {
                revert WrongSigner(signature.participant);
            }
        }
    }

    function _requirePartial(bytes32 sid, uint256 nextSeat, G1Point[] calldata partialB, G1Point[] calldata partialC)
        private
        view
    {
        bytes32 hashB = Hashing.commitments(sid, partialB);
        bytes32 hashC = Hashing.commitments(sid, partialC);
        if (_partialAggregates[sid][msg.sender] != Hashing.partialAggregate(sid, nextSeat, hashB, hashC)) {
            revert WrongPartialAggregate(msg.sender);
        }
    }

    /// @dev The first qualified seat from `seat` on, or `size` when there is none.
    function _nextQualified(SeatSet qualified, uint256 seat, uint256 size) private pure returns (uint256) {
        while (seat < size && !qualified.contains(uint8(seat))) {
            ++seat;
        }
        return seat;
    }
}
