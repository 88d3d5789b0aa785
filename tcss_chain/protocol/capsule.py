"""
Encapsulated model keys: ElGamal with a proof of knowledge bound to the model's label (protocol section 11).

The proof makes the encapsulation safe against chosen ciphertexts, in the way of TDH2: whoever made a capsule
knew ``rho``, and so the key already, so answering for it tells nobody anything; and no part of it can be
moved to another label. (Signed ElGamal: Fuchsbauer, Plouviez, Seurin, EUROCRYPT 2020, eprint 2019/877, in the
algebraic group model with a random oracle.)
"""

from __future__ import annotations

from dataclasses import dataclass

from tcss_chain.curve import G1, GROUP_ORDER, G, random_nonzero_scalar, random_scalar

from .acceptance import CompactSignature
from .errors import IdentityKeyError
from .hashing import hash_to_scalar, hash_words
from .model_label import ModelLabel


@dataclass(frozen=True, slots=True)
class Capsule:
    """
    What participants and gateway need to know of a sealed model: everything but the model.

    Nothing in it depends on the key that it encapsulates, so nobody who has shares can test them with it.

    Attributes
    ----------
    label : ModelLabel
        What the key is for.
    c : G1
        ``rho*G``.
    challenge, response : int
        Schnorr proof of ``rho``, both below ``r``.
    """

    label: ModelLabel
    c: G1
    challenge: int
    response: int

    @property
    def sid(self) -> bytes:
        """The session whose key opens it."""
        return self.label.sid

    def hash(self) -> bytes:
        """
        Hash the whole capsule.

        Returns
        -------
        bytes
            32 bytes, which stand for it in requests and signatures and in the derivation of the model key.
        """
        return hash_words(
            "tcss.v1.capsule", self.sid, self.label.hash(), self.c, self.challenge, self.response
        )


@dataclass(frozen=True, slots=True)
class SignedCapsule:
    """
    A capsule with its owner's signature; see `typed_signature`.

    Attributes
    ----------
    capsule : Capsule
        The capsule.
    signature : CompactSignature
        Over its hash, by the account that its label names.
    """

    capsule: Capsule
    signature: CompactSignature


def encapsulate(label: ModelLabel, PK: G1) -> tuple[Capsule, G1]:
    """
    Make a fresh key for a model.

    Parameters
    ----------
    label : ModelLabel
        What the key is for.
    PK : G1
        The public key of the session's secret.

    Returns
    -------
    capsule : Capsule
        What is public of it.
    K : G1
        ``rho*PK``, from which `model_key` derives the key. Secret.

    Raises
    ------
    IdentityKeyError
        If ``PK`` is the identity.
    """
    if PK.is_identity():
        raise IdentityKeyError("the public key of the session's secret")
    rho = random_nonzero_scalar()
    c = G * rho
    nonce = random_scalar()
    challenge = _challenge(label, c, G * nonce)
    return Capsule(label, c, challenge, (nonce + challenge * rho) % GROUP_ORDER), PK * rho


def verify_capsule(capsule: Capsule) -> bool:
    """
    Check the proof of a capsule.

    Returns
    -------
    bool
        Whether ``c`` is not the identity and was made by somebody who knew its logarithm, for this label.
    """
    if capsule.c.is_identity():
        return False
    commitment = G * capsule.response - capsule.c * capsule.challenge
    return _challenge(capsule.label, capsule.c, commitment) == capsule.challenge


def _challenge(label: ModelLabel, c: G1, commitment: G1) -> int:
    return hash_to_scalar("tcss.v1.capsule.proof", label.sid, label.hash(), c, commitment)
