"""The text of new configuration files: every field is there, with what it means."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, Protocol

_COMMON: Final = """\
# The nodes, the preferred one first; when one fails, the next is asked. A URL may hold a credential, so
# nobody else should be able to read this file.
rpc:
{rpc}

# The contract, and the block that it was deployed in or any before: events are read from there on.
contract: {contract}
first_block: {first_block}

# The chain. With this field, nodes of another one are refused.
# chain_id: 1

# How many blocks must follow a block before what cannot be undone follows from it, or: finalized
confirmations: {confirmations}

# The account that pays and signs, as a keystore file. Paths start at this file's folder.
wallet: wallet.json

# The folder of the encrypted state. The wallet's passphrase opens it too. Never copy the folder of a running
# service: make a backup of it.
data: data

# The consortium files, with addresses and services. {consortia_means}
consortia:{consortia}

# Where /health and /metrics are served, or: off. They tell nothing secret, but nobody outside needs them.
monitor: {monitor}

# Seconds between two looks at the chain.
poll_seconds: 4

# The most to pay for a unit of gas. Without this field there is no limit but the balance.
# max_fee_gwei: 200

# Below this balance there is an alarm.
min_balance_ether: 0.05

log:
  format: text    # or json
  level: info     # or debug, warning, error
"""

_PARTICIPANT: Final = """
# Where this organisation's service hands out shares to the other members. The consortium file has the URL
# that they reach it under; put a proxy with TLS in front of it.
listen: {listen}

# How long a dealer may fail to hand out a share before a complaint is sent, and how many seconds before the
# end of the complain phase patience ends.
share_patience_seconds: 120
complaint_margin_seconds: 60

# How much longer each participant waits than the one before it until it activates a session itself.
activation_stagger_seconds: 30

# For how many sessions at once this service pays a bond. Anybody can create sessions with the agreed terms.
max_open_sessions: 100

# The file that says which openings of models this service helps with. Without this field it answers none.
openings: {openings}
"""

OPENINGS_TEXT: Final = """\
# Which openings of sealed models this organisation's service helps with. Nothing is allowed until you write
# it here. The service reads this file when it starts.
#
# A gateway opens a model with answers of enough participants. This service answers only the session's
# auditor, only for a model whose owner has sealed and signed it, only when the request is a line of the
# public opening log, deep enough in the chain, and only as a rule below allows. The first rule that fits a
# request counts. Each one has these fields:
#
#   session         the session's id, 0x and 64 digits, or any
#   gateway         the address that may ask; without this field, the session's auditor, whoever that is
#   owners          a list of the addresses whose models may be opened, or any
#   models          a list of the models' names, or any
#   contexts        a list of what the owners wrote as their models' contexts, or any
#   limit, per      how many openings of one model the log may show within any hour, day or week. Models are
#                   told apart by what is in them, not by name. Every line of the log counts, answered or not:
#                   a gateway that cannot open a model writes up to 30 a day, so a limit must be well above
#   most_convicted  how many participants of the session may have been convicted of leaking; 0 without this
#                   field. Each of them may be giving its share to somebody
#
# An example:
#
# allow:
#   - session: any
#     gateway: "0x0000000000000000000000000000000000000001"
#     owners: ["0x0000000000000000000000000000000000000002"]
#     models: [diagnosis-1, diagnosis-2]
#     contexts: any
#     limit: 100
#     per: day
#     most_convicted: 0
allow: []

# How old a line of the log may be, in seconds, by the time of the block that is as deep as your confirmations
# say: what they take comes on top. With confirmations: finalized it must be more than the step in which
# blocks become final, on Ethereum 6.4 minutes.
answer_within_seconds: 600
"""

_AUDITOR: Final = """
# Whose sessions this service confirms by itself. Anybody can create a session with the agreed terms, and when
# the auditor confirms it, the members' services join and pay their bonds: the auditor is the gate. Name only
# accounts that the consortium trusts to decide when there is a session. Without this field, or with an empty
# list, each session is confirmed by hand: tcss auditor confirm auditor.yaml SESSION
creators:{creators}
"""


class ConfigurationText(Protocol):
    """Makes the text of a configuration file."""

    def __call__(
        self, *, rpc_urls: Sequence[str], contract: str, first_block: int, consortia: Sequence[str]
    ) -> str:
        """Fill in what differs from one operator to the next."""


def participant_text(
    *,
    rpc_urls: Sequence[str],
    contract: str,
    first_block: int,
    consortia: Sequence[str],
    listen: str,
    monitor: str,
    confirmations: str,
    openings: str,
) -> str:
    """Make the text of a participant's configuration file."""
    common = _common(
        rpc_urls,
        contract,
        first_block,
        consortia,
        means="The service joins every session that has\n# their terms, pays the bond, and no other.",
        monitor=monitor,
        confirmations=confirmations,
    )
    begin = "# A participant's service. Start it with: tcss participant run participant.yaml\n\n"
    own = _PARTICIPANT.format(listen=_quoted(listen), openings=openings)
    return f"{begin}{common}{own}"


def auditor_text(
    *,
    rpc_urls: Sequence[str],
    contract: str,
    first_block: int,
    consortia: Sequence[str],
    monitor: str,
    confirmations: str,
    creators: Sequence[str],
) -> str:
    """Make the text of an auditor's configuration file."""
    common = _common(
        rpc_urls,
        contract,
        first_block,
        consortia,
        means="The auditor confirms sessions that have\n# their terms, and no other; see also creators.",
        monitor=monitor,
        confirmations=confirmations,
    )
    begin = "# An auditor's service. Start it with: tcss auditor run auditor.yaml\n\n"
    return f"{begin}{common}{_AUDITOR.format(creators=_listed(creators))}"


def _common(
    rpc_urls: Sequence[str],
    contract: str,
    first_block: int,
    consortia: Sequence[str],
    *,
    means: str,
    monitor: str,
    confirmations: str,
) -> str:
    return _COMMON.format(
        rpc="\n".join(f"  - {_quoted(url)}" for url in rpc_urls),
        contract=_quoted(contract),
        first_block=first_block,
        consortia=_listed(consortia),
        consortia_means=means,
        monitor=_quoted(monitor),
        confirmations=confirmations,
    )


def _listed(texts: Sequence[str]) -> str:
    return "".join(f"\n  - {_quoted(text)}" for text in texts) or " []"


def _quoted(text: str) -> str:
    """Quote a text for YAML, which reads what JSON writes."""
    return json.dumps(text, ensure_ascii=False)
