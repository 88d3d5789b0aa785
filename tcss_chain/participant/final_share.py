"""From verified shares to the final share: added up, checked, kept, read back."""

from __future__ import annotations

from hmac import compare_digest

from eth_typing import ChecksumAddress

from tcss_chain.chain.errors import ChainContradictionError
from tcss_chain.chain.session_reads import SessionState
from tcss_chain.chain.session_view import qualified_aggregate
from tcss_chain.checkpoint import Reached
from tcss_chain.curve import GROUP_ORDER, G
from tcss_chain.protocol.roster import seats_of

from .errors import InconsistentShareError
from .secrets_store import FinalShare, SecretsStore
from .settlement import Settlement


class FinalShareKeeper:
    """
    Keeps the final share of an active session, so that everything else can be erased.

    Parameters
    ----------
    store : SecretsStore
        Where it is kept.
    reached : callable
        Told of every moment at which a crash must do no harm.
    """

    def __init__(self, store: SecretsStore, reached: Reached) -> None:
        self._store = store
        self._reached = reached

    def keep(self, settlement: Settlement, confirmed: SessionState, account: ChecksumAddress) -> None:
        """
        Add up the verified shares, keep the sum unless it is kept already, and read it back.

        Parameters
        ----------
        settlement : Settlement
            Has verified the shares of all qualified dealers.
        confirmed : SessionState
            The active session as of a block that is deep enough; nothing else is read.
        account : ChecksumAddress
            Whose share it is.

        Raises
        ------
        ChainContradictionError
            If the dealings are not those that were activated.
        InconsistentShareError
            If the share does not fit the aggregate, or the store does not give it back: nothing may be
            erased.
        """
        roster = settlement.roster
        dealers = [roster.at_seat(seat).account for seat in seats_of(confirmed.qualified)]
        shares = [settlement.collector.verified[dealer] for dealer in dealers]
        share = FinalShare(x=roster.participant(account).x, y=sum(share.y for share in shares) % GROUP_ORDER)
        z = sum(share.z for share in shares) % GROUP_ORDER
        aggregate = qualified_aggregate(roster, settlement.dealings, confirmed.qualified)
        if aggregate.hash(roster.sid, roster.roster_hash, confirmed.qualified) != confirmed.aggregate_hash:
            raise ChainContradictionError("the dealings do not add up to the aggregate hash")
        R, S = aggregate.encryption_at(share.x)
        if (R, S) != (G * z, G * share.y + roster.A * z):
            raise InconsistentShareError(roster.sid)
        self._reached("share.computed")
        if not _equal(self._store.load_share(roster.sid), share):
            self._store.save_share(roster.sid, share)
            self._reached("share.saved")
        if not _equal(self._store.load_share(roster.sid), share):
            raise InconsistentShareError(roster.sid)
        self._reached("share.verified")


def _equal(kept: FinalShare | None, share: FinalShare) -> bool:
    if kept is None or kept.x != share.x:
        return False
    return compare_digest(kept.y.to_bytes(32, "big"), share.y.to_bytes(32, "big"))
