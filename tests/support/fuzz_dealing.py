"""The dealing verifier once more: what it must say to any calldata, by docs/protocol.md, sections 2 to 5."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from eth_utils.crypto import keccak

from .fuzz_calldata import Calldata, NoValueError, encoded, point_of
from .fuzz_curve import G, g1_combination, g1_defect
from .fuzz_library import evaluation_words, hash_to_scalar, polynomial_proof, shared_key
from .fuzz_verdicts import MALFORMED, Expected, refused, returns
from .independent import Words

_DIGEST: Final = "(bytes32,bytes32,bytes32,(uint256,uint256,uint256))"
_POINT: Final = "(uint256,uint256)"
SHARE_SELECTOR: Final = bytes(
    keccak(
        f"shareHolds((bytes32,address,address,{_POINT},{_POINT},{_POINT},uint256,bytes32,"
        f"bytes32,uint256,uint256),({_POINT},uint256,uint256),uint8,{_POINT}[])".encode()
    )
)[:4]
PROOF_SELECTOR: Final = bytes(
    keccak(
        f"proofHolds(bytes32,address,{_POINT},{_DIGEST},({_POINT}[],{_POINT}[],bytes32,"
        "(uint256,uint256,uint256)))".encode()
    )
)[:4]
SHARE_HEAD: Final = 20
SHARE_OFFSETS: Final = (19,)
SHARE_WIDTHS: Final = {1: 160, 2: 160, 18: 1}
PROOF_HEAD: Final = 11
PROOF_OFFSETS: Final = (10,)
PROOF_WIDTHS: Final = {1: 160}


# ---------------------------------------------------------------- shares


@dataclass(frozen=True, slots=True)
class ShareInput:
    """All that ``shareHolds`` is given, as words."""

    sid: int
    dealer: int
    recipient: int
    D: Words
    P: Words
    A: Words
    x: int
    hash_B: int
    hash_C: int
    c0: int
    c1: int
    K: Words
    challenge: int
    response: int
    equation: int
    vector: tuple[Words, ...]

    def encode(self) -> bytes:
        head = [
            self.sid, self.dealer, self.recipient, *self.D, *self.P, *self.A, self.x,
            self.hash_B, self.hash_C, self.c0, self.c1,
            *self.K, self.challenge, self.response, self.equation, 32 * SHARE_HEAD,
        ]  # fmt: skip
        tail = [len(self.vector), *(word for point in self.vector for word in point)]
        return encoded(SHARE_SELECTOR, head + tail)


def decode_share(calldata: bytes) -> ShareInput:
    data = Calldata(calldata, SHARE_SELECTOR)
    head = data.head(SHARE_HEAD)
    vector = tuple(point_of(each) for each in data.array(head[19], 2))
    return ShareInput(
        *head[:3], point_of(head[3:5]), point_of(head[5:7]), point_of(head[7:9]), *head[9:14],
        point_of(head[14:16]), *head[16:19], vector,
    )  # fmt: skip


def share_mask(given: ShareInput, which: int) -> int:
    return hash_to_scalar(
        "tcss.v1.share", given.sid, *given.K, given.dealer, given.recipient, which, given.hash_B, given.hash_C
    )


def share_verdict(calldata: bytes) -> Expected:
    """
    Whether the share that K decrypts satisfies the equation.

    Encrypted words that are not below r count as their remainders: whoever calls has judged them already.
    """
    try:
        given = decode_share(calldata)
    except NoValueError:
        return refused(MALFORMED)
    if given.equation > 1:
        return refused(MALFORMED)
    grounds = {MALFORMED} if max(given.dealer, given.recipient) >= 2**160 else set()
    evidence = shared_key(
        given.sid.to_bytes(32, "big"), given.dealer, given.recipient, given.D, given.P, given.K,
        given.challenge, given.response,
    )  # fmt: skip
    grounds |= evidence.grounds
    if evidence == returns(0):
        grounds.add("InvalidKeyEvidence")
    value = evaluation_words(given.vector, given.x)
    if isinstance(value, str):
        grounds.add(value)
    if given.equation == 1 and g1_defect(given.A):
        grounds.add("PrecompileFailed")
    if grounds:
        return refused(*grounds)
    y, z = given.c0 - share_mask(given, 0), given.c1 - share_mask(given, 1)
    terms = [(G, z)] if given.equation == 0 else [(G, y), (given.A, z)]
    return returns(g1_combination(terms) == value)


# ---------------------------------------------------------------- proofs


@dataclass(frozen=True, slots=True)
class ProofInput:
    """All that ``proofHolds`` is given, as words; of the dealing only the vectors are looked at."""

    sid: int
    dealer: int
    A: Words
    hash_B: int
    hash_C: int
    share_root: int
    proof: tuple[int, int, int]
    B: tuple[Words, ...]
    C: tuple[Words, ...]

    def encode(self) -> bytes:
        head = [
            self.sid,
            self.dealer,
            *self.A,
            self.hash_B,
            self.hash_C,
            self.share_root,
            *self.proof,
            32 * PROOF_HEAD,
        ]
        tails = [[len(vector), *(word for point in vector for word in point)] for vector in (self.B, self.C)]
        places = [32 * 6, 32 * (6 + len(tails[0]))]
        dealing = [*places, self.share_root, *self.proof, *tails[0], *tails[1]]
        return encoded(PROOF_SELECTOR, head + dealing)


def decode_proof(calldata: bytes) -> tuple[ProofInput, set[str]]:
    """The input; and the defect that Solidity sees only when it comes to a vector, which is then empty."""
    data = Calldata(calldata, PROOF_SELECTOR)
    head = data.head(PROOF_HEAD)
    base, dealing = data.structure(head[10], 6)
    vectors, grounds = [], set()
    for offset in dealing[:2]:
        try:
            vectors.append(tuple(point_of(each) for each in data.inner_array(base, offset, 2)))
        except NoValueError:
            vectors.append(((0, 0),))
            grounds.add(MALFORMED)
    proof = (head[7], head[8], head[9])
    return ProofInput(head[0], head[1], point_of(head[2:4]), *head[4:7], proof, *vectors), grounds


def proof_point(given: ProofInput) -> int:
    words = (given.sid, given.dealer, given.hash_B, given.hash_C, given.share_root)
    return hash_to_scalar("tcss.v1.pok.point", *words)


def proof_verdict(calldata: bytes) -> Expected:
    """Whether the dealer knows its polynomials. Scalars may be any words: `deal` has refused the others."""
    try:
        given, grounds = decode_proof(calldata)
    except NoValueError:
        return refused(MALFORMED)
    if given.dealer >= 2**160:
        grounds.add(MALFORMED)
    zeta = proof_point(given)
    values: list[Words] = []
    for vector in (given.B, given.C):
        value = evaluation_words(vector, zeta)
        if isinstance(value, str):
            grounds.add(value)
        else:
            values.append(value)
    if any(map(g1_defect, (given.A, *values))):
        grounds.add("PrecompileFailed")
    if grounds:
        return refused(*grounds)
    digest = tuple(each.to_bytes(32, "big") for each in (given.hash_B, given.hash_C, given.share_root))
    hash_B, hash_C, root = digest
    return polynomial_proof(
        given.sid.to_bytes(32, "big"),
        given.dealer,
        (hash_B, hash_C, root),
        given.proof,
        given.A,
        zeta,
        *values,
    )
