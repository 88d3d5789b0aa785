// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SeatSet} from "../types/SeatSet.sol";
import {Configuration} from "../types/SessionTypes.sol";
import {DealingDigest, ParticipantKeys} from "../types/ProofTypes.sol";
import {QueryChallenge, TranscriptClaim} from "../types/TraceTypes.sol";
import {BN254, G1Point} from "./BN254.sol";

/// @title Hashing
/// @notice The hashes that several contracts need: keccak256 over 32-byte words, the first a domain of its own. The second
/// is the session id, in all but that id itself.
library Hashing {
    bytes32 private constant SESSION = "tcss.v1.session";
    bytes32 private constant ROSTER = "tcss.v1.roster";
    bytes32 private constant ROSTER_JOIN = "tcss.v1.roster.join";
    bytes32 private constant KEYS = "tcss.v1.keys";
    bytes32 private constant POINT = "tcss.v1.point";
    bytes32 private constant COMMITMENTS = "tcss.v1.commitments";
    bytes32 private constant DEAL = "tcss.v1.deal";
    bytes32 private constant POSTED = "tcss.v1.posted";
    bytes32 private constant DEALINGS = "tcss.v1.dealings";
    bytes32 private constant SHARE = "tcss.v1.share";
    bytes32 private constant AGGREGATE = "tcss.v1.aggregate";
    bytes32 private constant PARTIAL = "tcss.v1.aggregate.partial";
    bytes32 private constant RECORD = "tcss.v1.record";
    bytes32 private constant OPENING = "tcss.v1.opening";

    /// @dev 2^256 mod r.
    uint256 private constant TWO_256 = 6350874878119819312338956282401532410528162663560392320966563075034087161851;

    /// @notice A scalar from a hash: 512 bits, reduced mod r, so that no value is likelier than another.
    function toScalar(bytes32 seed) internal pure returns (uint256) {
        uint256 high;
        uint256 low;
        // abi.encode(seed, 0) and abi.encode(seed, 1), in the scratch space.
        assembly ("memory-safe") {
            mstore(0x00, seed)
            mstore(0x20, 0)
            high := keccak256(0x00, 0x40)
            mstore(0x20, 1)
            low := keccak256(0x00, 0x40)
        }
        return addmod(mulmod(high, TWO_256, BN254.R), low, BN254.R);
    }

    /// @notice The session id: chain, contract, creator, salt and the whole configuration.
    function sessionId(address creator, bytes32 salt, Configuration calldata configuration)
        internal
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(SESSION, block.chainid, address(this), creator, salt, configuration));
    }

    /// @notice The roster hash before anybody joined.
    function emptyRoster(bytes32 sid, G1Point memory A) internal pure returns (bytes32) {
        return keccak256(abi.encode(ROSTER, sid, A));
    }

    /// @notice The roster hash after one more join.
    function rosterAfterJoin(bytes32 sid, bytes32 rosterHash, address account, ParticipantKeys calldata keys)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(ROSTER_JOIN, sid, rosterHash, account, keys));
    }

    /// @notice A participant's keys; what is kept of a participant until it deals.
    function participantKeys(bytes32 sid, address account, ParticipantKeys calldata keys)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(KEYS, sid, account, keys));
    }

    /// @notice x_i, the evaluation point of a participant.
    function evaluationPoint(bytes32 sid, bytes32 rosterHash, address account) internal pure returns (uint256) {
        return toScalar(keccak256(abi.encode(POINT, sid, rosterHash, account)));
    }

    /// @notice x_i of several participants.
    function evaluationPoints(bytes32 sid, bytes32 rosterHash, address[] calldata accounts)
        internal
        pure
        returns (uint256[] memory points)
    {
        bytes memory input = abi.encode(POINT, sid, rosterHash, address(0));
        points = new uint256[](accounts.length);
        for (uint256 i = 0; i < accounts.length; ++i) {
            points[i] = toScalar(withLastWord(input, uint160(accounts[i])));
        }
    }

    /// @notice The hash of whole words of which the last is replaced, in place: for hashes that differ in it alone.
    function withLastWord(bytes memory words, uint256 last) internal pure returns (bytes32) {
        assembly ("memory-safe") {
            mstore(add(words, mload(words)), last)
        }
        return keccak256(words);
    }

    /// @notice The hash of a vector of commitments that came as calldata.
    function commitments(bytes32 sid, G1Point[] calldata vector) internal pure returns (bytes32 result) {
        bytes32 domain = COMMITMENTS;
        assembly ("memory-safe") {
            let input := mload(0x40)
            let size := shl(6, vector.length)
            mstore(input, domain)
            mstore(add(input, 0x20), sid)
            calldatacopy(add(input, 0x40), vector.offset, size)
            result := keccak256(input, add(size, 0x40))
        }
    }

    /// @notice The same hash of a vector in memory.
    function commitmentsInMemory(bytes32 sid, G1Point[] memory vector) internal pure returns (bytes32) {
        uint256[] memory words = new uint256[](2 * vector.length);
        for (uint256 m = 0; m < vector.length; ++m) {
            words[2 * m] = vector[m].x;
            words[2 * m + 1] = vector[m].y;
        }
        return keccak256(abi.encodePacked(COMMITMENTS, sid, words));
    }

    /// @notice A dealing.
    function dealing(bytes32 sid, address dealer, DealingDigest memory digest) internal pure returns (bytes32) {
        return keccak256(abi.encode(DEAL, sid, dealer, digest));
    }

    /// @notice What is kept of a participant that has dealt: keys and dealing in one word.
    function posted(bytes32 sid, address dealer, bytes32 keysHash, bytes32 dealingHash)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(POSTED, sid, dealer, keysHash, dealingHash));
    }

    /// @notice What is kept of all participants, by seat: keys and dealing of each, or the keys if it has not dealt.
    function dealings(bytes32 sid, bytes32[] memory posted_) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(DEALINGS, sid, posted_));
    }

    /// @notice The mask of word `u` of an encrypted share.
    function shareMask(
        bytes32 sid,
        G1Point memory K,
        address dealer,
        address recipient,
        uint256 u,
        bytes32 hashB,
        bytes32 hashC
    ) internal pure returns (uint256) {
        return toScalar(keccak256(abi.encode(SHARE, sid, K, dealer, recipient, u, hashB, hashC)));
    }

    /// @notice The aggregate that activation fixes.
    function aggregate(bytes32 sid, bytes32 rosterHash, SeatSet qualified, bytes32 hashB, bytes32 hashC)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(AGGREGATE, sid, rosterHash, qualified, hashB, hashC));
    }

    /// @notice Sums over the dealings of the qualified seats below `nextSeat`.
    function partialAggregate(bytes32 sid, uint256 nextSeat, bytes32 hashB, bytes32 hashC)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(PARTIAL, sid, nextSeat, hashB, hashC));
    }

    /// @notice What is kept of a trace's challenge and claim.
    function record(bytes32 sid, uint256 number, QueryChallenge calldata challenge, TranscriptClaim calldata claim)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(RECORD, sid, number, challenge, claim));
    }

    /// @notice An opening request: what is public of it as it is, the rest as its core.
    function openingRequest(bytes32 sid, bytes32 core, address gateway, bytes32 modelDigest, string calldata purpose)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(OPENING, sid, core, gateway, modelDigest, keccak256(bytes(purpose))));
    }
}
