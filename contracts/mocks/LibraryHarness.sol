// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITraceVerifier} from "../interfaces/ITraceVerifier.sol";
import {BN254, G1Point, G2Point} from "../libraries/BN254.sol";
import {CommitmentVector} from "../libraries/CommitmentVector.sol";
import {Field} from "../libraries/Field.sol";
import {Hashing} from "../libraries/Hashing.sol";
import {Schnorr} from "../libraries/Schnorr.sol";
import {ShareTree} from "../libraries/ShareTree.sol";
import {TraceQuery} from "../libraries/TraceQuery.sol";
import {DealingDigest, EncryptedShare, KeyEvidence, ParticipantKeys, PossessionProof} from "../types/ProofTypes.sol";
import {SeatSet, SeatSetLibrary} from "../types/SeatSet.sol";
import {Configuration} from "../types/SessionTypes.sol";

/// @title LibraryHarness
/// @notice For tests only: the internal functions of the libraries, callable one by one.
contract LibraryHarness {
    // BN254

    function requireScalar(uint256 scalar) external pure {
        BN254.requireScalar(scalar);
    }

    function requirePoint(G1Point calldata a) external pure {
        BN254.requirePoint(a);
    }

    function requireKey(G1Point calldata a) external pure {
        BN254.requireKey(a);
    }

    function requireCanonical(G2Point calldata a) external pure {
        BN254.requireCanonical(a);
    }

    function generator() external pure returns (G1Point memory) {
        return BN254.generator();
    }

    function isIdentity(G1Point calldata a) external pure returns (bool) {
        return BN254.isIdentity(a);
    }

    function equals(G1Point calldata a, G1Point calldata b) external pure returns (bool) {
        return BN254.equals(a, b);
    }

    function negate(G1Point calldata a) external pure returns (G1Point memory) {
        return BN254.negate(a);
    }

    function add(G1Point calldata a, G1Point calldata b) external view returns (G1Point memory) {
        return BN254.add(a, b);
    }

    function addMultiple(G1Point calldata a, G1Point calldata b, uint256 scalar)
        external
        view
        returns (G1Point memory)
    {
        return BN254.addMultiple(a, b, scalar);
    }

    function multiply(G1Point calldata a, uint256 scalar) external view returns (G1Point memory) {
        return BN254.multiply(a, scalar);
    }

    function pairingProductIsOne(G1Point[4] calldata a, G2Point[4] calldata b) external view returns (bool) {
        return BN254.pairingProductIsOne(a, b);
    }

    // Field

    function fieldSubtract(uint256 a, uint256 b) external pure returns (uint256) {
        return Field.subtract(a, b);
    }

    function fieldInverse(uint256 a) external view returns (uint256) {
        return Field.inverse(a);
    }

    // Hashing

    function toScalar(bytes32 seed) external pure returns (uint256) {
        return Hashing.toScalar(seed);
    }

    function sessionId(address creator, bytes32 salt, Configuration calldata configuration)
        external
        view
        returns (bytes32)
    {
        return Hashing.sessionId(creator, salt, configuration);
    }

    function emptyRoster(bytes32 sid, G1Point calldata A) external pure returns (bytes32) {
        return Hashing.emptyRoster(sid, A);
    }

    function rosterAfterJoin(bytes32 sid, bytes32 rosterHash, address account, ParticipantKeys calldata keys)
        external
        pure
        returns (bytes32)
    {
        return Hashing.rosterAfterJoin(sid, rosterHash, account, keys);
    }

    function participantKeys(bytes32 sid, address account, ParticipantKeys calldata keys)
        external
        pure
        returns (bytes32)
    {
        return Hashing.participantKeys(sid, account, keys);
    }

    function evaluationPoint(bytes32 sid, bytes32 rosterHash, address account) external pure returns (uint256) {
        return Hashing.evaluationPoint(sid, rosterHash, account);
    }

    function commitments(bytes32 sid, G1Point[] calldata vector) external pure returns (bytes32) {
        return Hashing.commitments(sid, vector);
    }

    function commitmentsInMemory(bytes32 sid, G1Point[] calldata vector) external pure returns (bytes32) {
        return Hashing.commitmentsInMemory(sid, vector);
    }

    function dealing(bytes32 sid, address dealer, DealingDigest calldata digest) external pure returns (bytes32) {
        return Hashing.dealing(sid, dealer, digest);
    }

    function shareMask(
        bytes32 sid,
        G1Point calldata K,
        address dealer,
        address recipient,
        uint256 u,
        bytes32 hashB,
        bytes32 hashC
    ) external pure returns (uint256) {
        return Hashing.shareMask(sid, K, dealer, recipient, u, hashB, hashC);
    }

    function aggregateHash(bytes32 sid, bytes32 rosterHash, SeatSet qualified, bytes32 hashB, bytes32 hashC)
        external
        pure
        returns (bytes32)
    {
        return Hashing.aggregate(sid, rosterHash, qualified, hashB, hashC);
    }

    function partialAggregate(bytes32 sid, uint256 nextSeat, bytes32 hashB, bytes32 hashC)
        external
        pure
        returns (bytes32)
    {
        return Hashing.partialAggregate(sid, nextSeat, hashB, hashC);
    }

    function openingRequest(bytes32 sid, bytes32 core, address gateway, bytes32 modelDigest, string calldata purpose)
        external
        pure
        returns (bytes32)
    {
        return Hashing.openingRequest(sid, core, gateway, modelDigest, purpose);
    }

    // Schnorr

    function provesPossession(
        bytes32 sid,
        address owner,
        uint256 role,
        G1Point calldata key,
        PossessionProof calldata proof
    ) external view returns (bool) {
        return Schnorr.provesPossession(sid, owner, role, key, proof);
    }

    function zeta(bytes32 sid, address dealer, DealingDigest calldata digest) external pure returns (uint256) {
        return Schnorr.zeta(sid, dealer, digest);
    }

    function provesPolynomial(
        bytes32 sid,
        address dealer,
        DealingDigest calldata digest,
        G1Point calldata A,
        uint256 zeta_,
        G1Point calldata valueB,
        G1Point calldata valueC
    ) external view returns (bool) {
        return Schnorr.provesPolynomial(sid, dealer, digest, A, zeta_, valueB, valueC);
    }

    function provesSharedKey(
        bytes32 sid,
        address dealer,
        address recipient,
        G1Point calldata dealerD,
        G1Point calldata recipientP,
        KeyEvidence calldata evidence
    ) external view returns (bool) {
        return Schnorr.provesSharedKey(sid, dealer, recipient, dealerD, recipientP, evidence);
    }

    // ShareTree

    function shareTreeHolds(
        bytes32 root,
        bytes32 sid,
        address dealer,
        address recipient,
        uint8 seat,
        EncryptedShare calldata share
    ) external pure returns (bool) {
        return ShareTree.holds(root, sid, dealer, recipient, seat, share);
    }

    // CommitmentVector

    function requireValidVector(G1Point[] calldata vector, uint256 threshold) external pure {
        CommitmentVector.requireValid(vector, threshold);
    }

    function evaluateVector(G1Point[] calldata vector, uint256 x) external view returns (G1Point memory) {
        return CommitmentVector.evaluate(vector, x);
    }

    function combineVector(G1Point[] calldata vector, uint256[] calldata coefficients)
        external
        view
        returns (G1Point memory)
    {
        return CommitmentVector.combine(vector, coefficients);
    }

    function addVector(G1Point[] calldata vector, G1Point[] calldata sums) external view returns (G1Point[] memory) {
        G1Point[] memory added = sums;
        CommitmentVector.addTo(vector, added);
        return added;
    }

    // TraceQuery

    function usedPoints(
        ITraceVerifier.Statement calldata statement,
        bytes32 rosterHash,
        address[] calldata unaccused,
        uint256 used
    ) external pure returns (uint256[] memory) {
        uint256 d = SeatSetLibrary.popcount(statement.challenge.dropped);
        return TraceQuery.usedPoints(statement, d, rosterHash, unaccused, used);
    }

    // SeatSet

    function seatsContain(SeatSet set, uint8 seat) external pure returns (bool) {
        return set.contains(seat);
    }

    function seatsWith(SeatSet set, uint8 seat) external pure returns (SeatSet) {
        return set.add(seat);
    }

    function seatsWithout(SeatSet set, uint8 seat) external pure returns (SeatSet) {
        return set.remove(seat);
    }

    function seatsMinus(SeatSet set, SeatSet other) external pure returns (SeatSet) {
        return set.minus(other);
    }

    function seatsUnion(SeatSet set, SeatSet other) external pure returns (SeatSet) {
        return set.union(other);
    }

    function seatsEqual(SeatSet set, SeatSet other) external pure returns (bool) {
        return set.equals(other);
    }

    function seatsEmpty(SeatSet set) external pure returns (bool) {
        return set.isEmpty();
    }

    function seatsCount(SeatSet set) external pure returns (uint256) {
        return set.count();
    }

    function popcount(uint256 word) external pure returns (uint256) {
        return SeatSetLibrary.popcount(word);
    }
}
