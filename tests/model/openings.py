"""The opening log (protocol section 11)."""

from __future__ import annotations

from .ledger import Ledger, Opening
from .material import Address, Sid
from .refusal import require
from .session import Phase
from .words import H, keccak

MAX_PURPOSE_BYTES = 200


def anchor(
    ledger: Ledger, sender: Address, value: int, sid: Sid, core: bytes, model_digest: bytes, purpose: bytes
) -> int:
    session = ledger.session(sid)
    require(sender == session.configuration.auditor, "NotAuditor", sender)
    ledger.session_in(sid, Phase.ACTIVE)
    require(1 <= len(purpose) <= MAX_PURPOSE_BYTES, "PurposeLength", len(purpose))
    request = H("tcss.v1.opening", sid, core, sender, model_digest, keccak(purpose))
    lines = ledger.openings.get(sid, ())
    ledger.openings[sid] = (*lines, Opening(request, model_digest, sender, ledger.now))
    ledger.emit(
        "OpeningAnchored",
        source="openings",
        sid=sid,
        modelDigest=model_digest,
        gateway=sender,
        number=len(lines),
        request=request,
        purpose=bytearray(purpose),
    )
    return len(lines)
