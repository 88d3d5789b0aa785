"""
The HTTP service of a participant.

``GET /v1/sessions/{sid}/shares/{recipient}`` and ``GET /v1/sessions/{sid}/acceptance`` answer JSON, or 404
while there is nothing to hand out. Shares are encrypted to their recipients, so whoever asks may have them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from eth_utils.address import to_checksum_address

from tcss_chain.transport import Answer, BackgroundServer, ServerLimits

from .messages import encode_acceptance, encode_share
from .outbox import Outbox

_SHARE: Final = re.compile(r"/v1/sessions/([0-9a-f]{64})/shares/(0x[0-9a-fA-F]{40})")
_ACCEPTANCE: Final = re.compile(r"/v1/sessions/([0-9a-f]{64})/acceptance")


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
    """

    def __init__(
        self, outbox: Outbox, host: str = "127.0.0.1", port: int = 0, limits: ServerLimits | None = None
    ) -> None:
        super().__init__(host, port, limits)
        self._outbox = outbox

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


def _json(message: Mapping[str, Any]) -> Answer:
    return Answer(json.dumps(message).encode())
