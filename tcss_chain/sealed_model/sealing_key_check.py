"""Sealing keys and the chain: making the one of a session, and checking one that somebody gave."""

from __future__ import annotations

from tcss_chain.chain.session_view import SessionView
from tcss_chain.curve import G1
from tcss_chain.protocol.aggregate import SealedAggregate
from tcss_chain.protocol.sealing_key import SealingKey, make_sealing_key, verify_sealing_key
from tcss_chain.protocol.session import Phase

from .errors import SealingKeyCheckError, SessionNotActiveError
from .sealing_key_file import KeptSealingKey


def session_sealing_key(view: SessionView, alpha: int) -> SealingKey:
    """
    Make the sealing key of an active session.

    Parameters
    ----------
    view : SessionView
        The session.
    alpha : int
        The auditor's private key of this session.

    Returns
    -------
    SealingKey
        For owners only.

    Raises
    ------
    SessionNotActiveError
        If the session is not active.
    AuditorKeyMismatchError
        If the key is not this session's.
    ChainError
        If the session's public data cannot be had.
    """
    A, aggregate, aggregate_hash = _activated(view)
    return make_sealing_key(alpha, view.sid, A, aggregate, aggregate_hash)


def check_sealing_key(kept: KeptSealingKey, view: SessionView) -> None:
    """
    Check that a sealing key is that of the session that it names.

    Parameters
    ----------
    kept : KeptSealingKey
        From the auditor.
    view : SessionView
        The session, through a node and a contract that the caller trusts.

    Raises
    ------
    SealingKeyCheckError
        If it is not: nothing may be sealed with it.
    SessionNotActiveError
        If the session is not active.
    ChainError
        If the session's public data cannot be had.
    """
    connection = view.connection
    facts = {
        "it is for another session": kept.key.sid == view.sid,
        "it is for another chain": kept.chain_id == connection.chain_id,
        "it is for another contract": kept.contract == connection.contract_address,
    }
    for what, fits in facts.items():
        if not fits:
            raise SealingKeyCheckError(what)
    if not verify_sealing_key(kept.key, *_activated(view)):
        raise SealingKeyCheckError(
            "its proof does not hold, so others than the participants could open models"
        )


def _activated(view: SessionView) -> tuple[G1, SealedAggregate, bytes]:
    state = view.reads.state(view.sid)
    if state.phase != Phase.ACTIVE:
        raise SessionNotActiveError(state.phase)
    roster = view.roster()
    return roster.A, view.aggregate(roster, view.dealings()), state.aggregate_hash
