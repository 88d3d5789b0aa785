"""Accepting an aggregate, and activating a session with everybody's acceptance or by adding up."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from eth_account import Account
from eth_account.messages import SignableMessage
from eth_typing import ChecksumAddress
from web3.contract.contract import ContractFunction

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ContractRefusedError, TransactionFailedError
from tcss_chain.chain.session_actions import SessionActions
from tcss_chain.chain.session_view import qualified_aggregate
from tcss_chain.chain.transactions import TransactionSender
from tcss_chain.exchange.messages import SignedAcceptance
from tcss_chain.exchange.peer_fetcher import PeerFetcher
from tcss_chain.protocol.acceptance import Acceptance, CompactSignature
from tcss_chain.protocol.aggregate import SealedAggregate, aggregate_dealings
from tcss_chain.protocol.dealing import Dealing
from tcss_chain.protocol.posted_dealing import PostedDealing, dealings_hash
from tcss_chain.protocol.roster import Roster, seats_of

AGGREGATION_GAS: Final = 12_000_000
"""What one transaction of a computed activation may cost, well below the cap of 16,777,216."""

_GAS_A_COEFFICIENT: Final = 5_200
"""An upper bound for one coefficient of one dealing; the calldata alone may cost 5,120 (EIP-7623)."""

_REFUSED_BECAUSE_OTHERS_ACTED: Final = ("WrongPhase", "QualifiedSetChanged", "WrongPartialAggregate")


class Acceptor:
    """
    Signs the aggregate of a qualified set once all shares are verified.

    Parameters
    ----------
    connection : Connection
        Names the chain and the contract that signatures are for.
    sender : TransactionSender
        Who signs.
    """

    def __init__(self, connection: Connection, sender: TransactionSender) -> None:
        self._connection = connection
        self._sender = sender

    def accept(
        self, roster: Roster, dealings: Mapping[ChecksumAddress, Dealing], qualified: int
    ) -> SignedAcceptance:
        """
        Compute the aggregate and sign it.

        Parameters
        ----------
        roster : Roster
            The final roster.
        dealings : mapping of ChecksumAddress to Dealing
            All dealings.
        qualified : int
            Bitmap of the qualified seats, whose shares the caller has verified.

        Returns
        -------
        SignedAcceptance
            For the other participants.
        """
        aggregate_hash = qualified_aggregate(roster, dealings, qualified).hash(
            roster.sid, roster.roster_hash, qualified
        )
        signable = self.signable(roster, dealings, qualified, aggregate_hash)
        signed = self._sender.account.sign_message(signable)
        return SignedAcceptance(
            qualified, aggregate_hash, CompactSignature.from_rsv(signed.r, signed.s, signed.v)
        )

    def signable(
        self,
        roster: Roster,
        dealings: Mapping[ChecksumAddress, Dealing],
        qualified: int,
        aggregate_hash: bytes,
    ) -> SignableMessage:
        """Put together what participants sign to accept an aggregate of these dealings."""
        of_dealings = dealings_hash(roster.sid, roster.keys(), dealings)
        acceptance = Acceptance(roster.sid, roster.roster_hash, of_dealings, qualified, aggregate_hash)
        return acceptance.signable(self._connection.chain_id, self._connection.contract_address)


def is_signed_by(
    participant: ChecksumAddress, signable: SignableMessage, signature: CompactSignature
) -> bool:
    """Check a participant's signature."""
    try:
        signer = Account.recover_message(signable, vrs=signature.as_rsv())
    except Exception:  # noqa: BLE001  # whatever the library raises, it is no signature
        return False
    return bool(signer == participant)


class Activator:
    """
    Activates a session when its turn has come; whoever comes first does it for all.

    Parameters
    ----------
    actions : SessionActions
        The contract's calls.
    sender : TransactionSender
        Who pays.
    acceptor : Acceptor
        Knows what was signed.
    peers : PeerFetcher
        Asks the other participants' services for their acceptances.
    stagger_seconds : float
        How much longer each participant waits than the one before it in the roster.
    """

    def __init__(
        self,
        actions: SessionActions,
        sender: TransactionSender,
        acceptor: Acceptor,
        peers: PeerFetcher,
        stagger_seconds: float,
    ) -> None:
        self._actions = actions
        self._sender = sender
        self._acceptor = acceptor
        self._peers = peers
        self._stagger_seconds = stagger_seconds
        self._ready_since: dict[object, float] = {}

    def is_our_turn(self, roster: Roster, task: object) -> bool:
        """
        Whether this participant has waited long enough for those before it in the roster.

        Parameters
        ----------
        roster : Roster
            The final roster.
        task : object
            What is to be done; waiting starts when a task is asked about for the first time.

        Returns
        -------
        bool
            Whether to act now.
        """
        now = time.monotonic()
        waited = now - self._ready_since.setdefault(task, now)
        accounts = [participant.account for participant in roster.participants]
        return waited >= accounts.index(self._sender.address) * self._stagger_seconds

    def activate_unanimously(
        self, roster: Roster, dealings: Mapping[ChecksumAddress, Dealing], own: SignedAcceptance
    ) -> bool:
        """
        Activate with everybody's acceptance, if all are there and equal to the own one.

        Returns
        -------
        bool
            Whether this participant activated the session.
        """
        me = self._sender.address
        accounts = [participant.account for participant in roster.participants]
        theirs = self._peers.fetch_acceptances(roster.sid, [each for each in accounts if each != me])
        # All hashes of all dealings are in it, so it is put together once for all peers.
        signable = self._acceptor.signable(roster, dealings, own.qualified, own.aggregate_hash)
        accepted = {
            account: signed
            for account, signed in theirs.items()
            if (signed.qualified, signed.aggregate_hash) == (own.qualified, own.aggregate_hash)
            and is_signed_by(account, signable, signed.signature)
        } | {me: own}
        if len(accepted) < len(accounts):
            return False
        signatures = [(account, accepted[account].signature) for account in accounts]
        call = self._actions.activate_unanimously(roster.sid, own.qualified, own.aggregate_hash, signatures)
        return self._send_unless_others_acted(roster.sid, {f"{own.qualified:x}": call})

    def activate_computed(
        self, roster: Roster, dealings: Mapping[ChecksumAddress, Dealing], qualified: int
    ) -> bool:
        """
        Activate by adding up the qualified dealings, in as many transactions as it takes.

        Returns
        -------
        bool
            Whether this participant activated the session.
        """
        seats = seats_of(qualified)
        dealers = [roster.at_seat(seat).account for seat in seats]
        posted = [PostedDealing(roster.keys_hash(dealer), dealings[dealer]) for dealer in dealers]
        chunk = max(1, AGGREGATION_GAS // (_GAS_A_COEFFICIENT * roster.threshold) - 1)
        calls = {}
        for start in range(0, len(posted), chunk):
            # The contract takes up the sums where the chunk before left them.
            partial: SealedAggregate | None = None
            next_seat = 0
            if start:
                partial = aggregate_dealings([(each.dealing.B, each.dealing.C) for each in posted[:start]])
                next_seat = seats[start - 1] + 1
            calls[f"{qualified:x} from seat {next_seat}"] = self._actions.aggregate(
                roster.sid, next_seat, partial, posted[start : start + chunk]
            )
        return self._send_unless_others_acted(roster.sid, calls)

    def _send_unless_others_acted(self, sid: bytes, calls: Mapping[str, ContractFunction]) -> bool:
        try:
            for subject, call in calls.items():
                self._sender.send(call, sid=sid, subject=subject)
        except ContractRefusedError as refused:
            if refused.error not in _REFUSED_BECAUSE_OTHERS_ACTED:
                raise
            return False
        except TransactionFailedError:
            # Others acted between the simulation and the block.
            return False
        return True
