"""How the demonstration's organisations answer opening requests: everything that its gateway anchors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress

from tcss_chain.chain.connection import Connection
from tcss_chain.errors import TcssError
from tcss_chain.opening.answerer import OpeningAnswerer, OpeningOutcome
from tcss_chain.opening.messages import Refusal
from tcss_chain.opening.opening_chain import ConfirmedOpeningChain
from tcss_chain.opening.policy import OpeningPolicy, OpeningRule, Per
from tcss_chain.participant.secrets_store import SecretsStore

_MOST_CONVICTED: Final = 127
_POLICY: Final = OpeningPolicy(
    rules=(
        OpeningRule(
            session=None,
            gateway=None,
            owners=None,
            models=None,
            contexts=None,
            limit=100,
            per=Per.HOUR,
            # Who was convicted is judged by the gateway here; in earnest, participants judge as well.
            most_convicted=_MOST_CONVICTED,
        ),
    ),
    answer_within_seconds=600,
)


class DemoOpenings:
    """
    Answers an organisation's opening requests.

    Parameters
    ----------
    connection : Connection
        Its node.
    account : LocalAccount
        Its key.
    store : SecretsStore
        Has its share.
    tell : callable
        Told of every request that the gateway has signed, with this account.
    """

    def __init__(
        self,
        connection: Connection,
        account: LocalAccount,
        store: SecretsStore,
        tell: Callable[[ChecksumAddress, OpeningOutcome], None],
    ) -> None:
        chain = ConfirmedOpeningChain(connection, confirmations=0)
        self._answerer = OpeningAnswerer(
            _POLICY, account, store, chain, lambda outcome: tell(account.address, outcome)
        )

    def answer(self, sid: bytes, body: bytes) -> bytes | Refusal:
        """Answer a request, or say why not."""
        try:
            return self._answerer.answer(sid, body)
        except TcssError:
            return Refusal.UNAVAILABLE

    def turn_away(self) -> Refusal:
        """Refuse a request that there is no room for."""
        return Refusal.BUSY
