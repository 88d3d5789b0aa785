"""An active session on a development chain, made by one who plays everybody and so knows all shares."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Final

from eth_account.signers.local import LocalAccount

from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.chain.connection import Connection
from tcss_chain.chain.deployment import deploy
from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.session_view import SessionView, qualified_aggregate
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.curve import GROUP_ORDER, G, random_nonzero_scalar
from tcss_chain.participant.secrets_store import FinalShare
from tcss_chain.protocol.acceptance import Acceptance, CompactSignature
from tcss_chain.protocol.dealing import DealingPolynomials, make_dealing
from tcss_chain.protocol.possession import KeyRole, prove_possession
from tcss_chain.protocol.roster import ParticipantKeys
from tcss_chain.protocol.sealing_key import SealingKey, make_sealing_key
from tcss_chain.protocol.session import Configuration, session_id

_PHASE_SECONDS: Final = 100_000


@dataclass(frozen=True, slots=True)
class KnownSession:
    """
    A session with everything that its participants and its auditor know.

    Attributes
    ----------
    connection : Connection
        The node.
    sid : bytes
        The session.
    key : AuditorKey
        The auditor's key.
    sealing_key : SealingKey
        What owners seal models with.
    auditor : LocalAccount
        The auditor's account.
    members : tuple of LocalAccount
        The participants' accounts, by seat.
    shares : tuple of FinalShare
        Their shares.
    """

    connection: Connection
    sid: bytes
    key: AuditorKey = field(repr=False)
    sealing_key: SealingKey = field(repr=False)
    auditor: LocalAccount
    members: tuple[LocalAccount, ...]
    shares: tuple[FinalShare, ...] = field(repr=False)


def make_known_session(rpc_url: str, accounts: tuple[LocalAccount, ...], n: int, t: int) -> KnownSession:
    """
    Deploy a contract and take a session to activation.

    Parameters
    ----------
    rpc_url : str
        A development chain.
    accounts : tuple of LocalAccount
        Funded there; at least ``n + 1``.
    n, t : int
        Participants and threshold.

    Returns
    -------
    KnownSession
        The session, active.
    """
    members = tuple(sorted(accounts[:n], key=lambda account: int(account.address, 16)))
    auditor = accounts[n]
    contract, _ = deploy(rpc_url, auditor)
    connection = Connection(rpc_url, contract)
    actions, key = SessionActions(connection), AuditorKey.draw()
    now = connection.chain_time()
    configuration = Configuration(
        threshold=t,
        members=tuple(member.address for member in members),
        auditor=auditor.address,
        confirm_by=now + _PHASE_SECONDS,
        join_by=now + 2 * _PHASE_SECONDS,
        deal_by=now + 3 * _PHASE_SECONDS,
        complain_by=now + 4 * _PHASE_SECONDS,
        reveal_by=now + 5 * _PHASE_SECONDS,
        challenge_by=now + 6 * _PHASE_SECONDS,
        bond_release_time=now + 7 * _PHASE_SECONDS,
        bond=0,
        beneficiary=auditor.address,
    )
    salt, A = secrets.token_bytes(32), G * key.alpha
    sid = session_id(connection.chain_id, contract, auditor.address, salt, configuration)
    gateway = TransactionSender(connection, auditor)
    gateway.send(actions.create_session(salt, configuration))
    proof = prove_possession(sid, auditor.address, KeyRole.AUDITOR, key.alpha, A)
    gateway.send(actions.confirm(sid, A, proof))

    senders = {member.address: TransactionSender(connection, member) for member in members}
    d = {}
    for address, sender in senders.items():
        e, d[address] = random_nonzero_scalar(), random_nonzero_scalar()
        keys = ParticipantKeys(G * e, G * d[address])
        proofs = (
            prove_possession(sid, address, KeyRole.ENCRYPTION, e, keys.P),
            prove_possession(sid, address, KeyRole.DEALING, d[address], keys.D),
        )
        sender.send(actions.join(sid, keys, *proofs))

    view = SessionView(connection, sid)
    roster = view.roster()
    polynomials = {address: DealingPolynomials.draw(t) for address in senders}
    for address, sender in senders.items():
        dealt = make_dealing(roster, address, d[address], polynomials[address])
        sender.send(actions.deal(sid, roster.roster_hash, dealt.dealing))

    state = view.reads.state(sid)
    aggregate = qualified_aggregate(roster, view.dealings(), state.qualified)
    aggregate_hash = aggregate.hash(sid, state.roster_hash, state.qualified)
    acceptance = Acceptance(sid, state.roster_hash, state.dealings_hash, state.qualified, aggregate_hash)
    signable = acceptance.signable(connection.chain_id, contract)
    signed = {member.address: member.sign_message(signable) for member in members}
    signatures = [
        (account, CompactSignature.from_rsv(each.r, each.s, each.v)) for account, each in signed.items()
    ]
    gateway.send(actions.activate_unanimously(sid, state.qualified, aggregate_hash, signatures))

    xs = [roster.participant(member.address).x for member in members]
    shares = tuple(
        FinalShare(x, sum(each.share_at(x).y for each in polynomials.values()) % GROUP_ORDER) for x in xs
    )
    sealing_key = make_sealing_key(key.alpha, sid, A, aggregate, aggregate_hash)
    return KnownSession(connection, sid, key, sealing_key, auditor, members, shares)
