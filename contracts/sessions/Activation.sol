// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IActivation} from "../interfaces/IActivation.sol";
import {ISessions} from "../interfaces/ISessions.sol";
import {G1Point} from "../libraries/BN254.sol";
import {CommitmentVector} from "../libraries/CommitmentVector.sol";
import {Hashing} from "../libraries/Hashing.sol";
import {Dealing} from "../types/ProofTypes.sol";
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
        _requireAllSigned(sid, session, acceptanceHash(sid, qualified, aggregateHash), signatures);
        _activate(sid, session, qualified, aggregateHash, true);
    }

    /// @inheritdoc IActivation
    function aggregate(
        bytes32 sid,
        uint256 nextSeat,
        G1Point[] calldata partialB,
        G1Point[] calldata partialC,
        Dealing[] calldata dealings
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
            _requireDealing(sid, _memberList[sid][seat], _digest(sid, dealings[k]));
            dealings[k].B.addTo(sumB);
            dealings[k].C.addTo(sumC);
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
        // The dealings are named, so that signatures from a branch of the chain that is no more activate nothing.
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    ACCEPT_TYPE, sid, session.rosterHash, session.dealingsHash, qualified, aggregateHash
                )
            )
        );
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
        session.qualified = qualified;
        session.aggregateHash = aggregateHash;
        emit Activated(sid, qualified, aggregateHash, unanimous);
    }

    function _requireAllSigned(bytes32 sid, Session storage session, bytes32 digest, Signature[] calldata signatures)
        private
        view
    {
        SeatSet joined = session.joined;
        if (signatures.length != joined.count()) revert WrongSignatureCount(signatures.length, joined.count());
        address[] storage members = _memberList[sid];
        uint8 seat = 0;
        for (uint256 i = 0; i < signatures.length; ++seat) {
            if (!joined.contains(seat)) continue;
            address participant = members[seat];
            (address signer, ECDSA.RecoverError failure,) =
                ECDSA.tryRecover(digest, signatures[i].r, signatures[i].vs);
            if (failure != ECDSA.RecoverError.NoError || signer != participant) revert WrongSigner(participant);
            ++i;
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
