"""
The HTTP service of a participant.

``GET /v1/sessions/{sid}/shares/{recipient}`` and ``GET /v1/sessions/{sid}/acceptance`` answer JSON, or 404
while there is nothing to hand out. Shares are encrypted to their recipients, so whoever asks may have them.

``POST /v1/sessions/{sid}/openings`` takes an opening request and answers with JSON, whatever the status:
`opening.messages` has both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, Protocol

from eth_utils.address import to_checksum_address

from tcss_chain.opening.messages import MAX_REQUEST_BYTES, Refusal, encode_answer, encode_refusal
from tcss_chain.transport import Answer, BackgroundServer, ServerLimits

from .messages import encode_acceptance, encode_share
from .outbox import Outbox

_SHARE: Final = re.compile(r"/v1/sessions/([0-9a-f]{64})/shares/(0x[0-9a-fA-F]{40})")
_ACCEPTANCE: Final = re.compile(r"/v1/sessions/([0-9a-f]{64})/acceptance")
_OPENINGS: Final = re.compile(r"/v1/sessions/([0-9a-f]{64})/openings")

_FORBIDDEN: Final = 403
_STATUSES: Final = {
    Refusal.MALFORMED: 400,
    Refusal.NOT_OFFERED: 404,
    Refusal.BUSY: 429,
    Refusal.UNAVAILABLE: 503,
}
"""Of refusals; all others have status 403."""


class Openings(Protocol):
    """Answers opening requests."""

    def answer(self, sid: bytes, body: bytes) -> bytes | Refusal:
        """Give an encrypted answer, or say why there is none; called in several threads."""

    def turn_away(self) -> Refusal:
        """Refuse a request that there is no room for."""


class ShareService(BackgroundServer):
    """
    Serves one participant's outbox from a thread of its own.

    Parameters
    ----------
    outbox : Outbox
        What is handed out.
    host : str
        Where to listen.
    port : int
        The port; 0 takes a free one.
    limits : ServerLimits or None
        What strangers may cost; None for the usual limits.
    openings : Openings or None
        Answers opening requests; None refuses them all.
    """

    def __init__(
        self,
        outbox: Outbox,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: ServerLimits | None = None,
        openings: Openings | None = None,
    ) -> None:
        super().__init__(host, port, limits)
        self._outbox = outbox
        self._openings = openings

    def answer(self, path: str) -> Answer | None:
        """Give a share or an acceptance, or None while there is none to hand out."""
        if asked := _SHARE.fullmatch(path):
            sid, recipient = asked.groups()
            share = self._outbox.share(bytes.fromhex(sid), to_checksum_address(recipient))
            return None if share is None else _json(encode_share(share))
        if asked := _ACCEPTANCE.fullmatch(path):
            acceptance = self._outbox.acceptance(bytes.fromhex(asked[1]))
            return None if acceptance is None else _json(encode_acceptance(acceptance))
        return None

    def post_bytes(self, path: str) -> int:
        """Take opening requests, and nothing else."""
        return MAX_REQUEST_BYTES if _OPENINGS.fullmatch(path) else 0

    def post(self, path: str, body: bytes) -> Answer:
        """Answer or refuse an opening request."""
        asked = _OPENINGS.fullmatch(path)
        if asked is None or self._openings is None:
            return _refused(Refusal.NOT_OFFERED)
        result = self._openings.answer(bytes.fromhex(asked[1]), body)
        return _refused(result) if isinstance(result, Refusal) else Answer(encode_answer(result))

    def busy(self, path: str) -> Answer:
        """Refuse an opening request that there is no room for."""
        return _refused(Refusal.BUSY if self._openings is None else self._openings.turn_away())


def _refused(refusal: Refusal) -> Answer:
    return Answer(encode_refusal(refusal), status=_STATUSES.get(refusal, _FORBIDDEN))


def _json(message: Mapping[str, Any]) -> Answer:
    return Answer(json.dumps(message).encode())
