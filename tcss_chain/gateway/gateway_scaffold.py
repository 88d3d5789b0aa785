"""The configuration file that a gateway's operator begins with: it explains itself."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tcss_chain.operation.errors import FolderError
from tcss_chain.private_file import write_private

from .api_keys import api_key_hash, draw_api_key

GATEWAY_FILE: Final = "gateway.yaml"
OPERATOR_KEY_FILE: Final = "operator.key"

_FOLDER_MODE: Final = 0o700

_TEXT: Final = """\
# An inference gateway. Start it with: tcss gateway run gateway.yaml

# The auditor's configuration file: nodes, wallet, state, consortia, monitor and logs are the auditor's.
# The gateway does the auditor's work too, so tcss auditor run must not run beside it.
auditor: {auditor}

# Where tenants and the operator are served. API keys come over this connection: put a proxy with TLS in front
# of it.
listen: {listen}

# Where everything is written down that the gateway does, one line each, every line with the hash of the one
# before. Nothing is served when it cannot be written. For a new file, stop the gateway and move this one.
audit_trail: audit.jsonl

# SHA-256 of the operator's key, which starts traces through the gateway. Without this field nobody can.
# The key itself is in operator.key; keep it where you call the gateway from.
operator_key_sha256: "{operator_key_sha256}"

# What is served. name is what tenants ask for; file is the sealed model; purpose is told to the participants
# and to everybody on the chain; tenants is a list of names, or: all. The runtime is onnx for a model that its
# owner calls something.onnx, and linear for something.safetensors; for other names it is given here.
models: []
#  - name: churn
#    file: churn.tcss
#    purpose: churn predictions for the members
#    tenants: [billing]
#    runtime: onnx

# Who may ask. tcss gateway api-key prints a key for the tenant, and its hash for this file.
# requests_per_minute is the rate in the long run (default 600), burst how many may come at once
# (default a tenth of that).
tenants: []
#  - name: billing
#    key_sha256: "0000000000000000000000000000000000000000000000000000000000000000"
#    requests_per_minute: 600
#    burst: 60

policy:
  # Whether participants who were convicted are asked when a model is opened: refuse, or accept.
  convicted_answers: refuse
  # With more convicted participants than this, a session's models are closed, and not opened again.
  most_convicted: 0

# What requests may cost.
limits:
  body_bytes: 1048576    # length of a request's body
  rows: 1000             # inputs in one request
  in_flight: 128         # requests that are worked on at a time; of several tenants each gets half at most
  connections: 512       # connections that are open at a time
  request_seconds: 30    # from one answer on a connection, or its beginning, to the next answer
"""


@dataclass(frozen=True, slots=True)
class GatewayScaffold:
    """
    What was written.

    Attributes
    ----------
    configuration : Path
        The configuration file.
    operator_key : Path
        The private file with the operator's key.
    """

    configuration: Path
    operator_key: Path


def make_gateway_files(folder: Path, *, auditor: str, listen: str) -> GatewayScaffold:
    """
    Write a gateway's configuration file, and a key for its operator.

    Parameters
    ----------
    folder : Path
        Where; it may be there already, but nothing in it is overwritten.
    auditor : str
        The auditor's configuration file, as seen from the folder.
    listen : str
        Where to serve.

    Returns
    -------
    GatewayScaffold
        What was written.

    Raises
    ------
    FolderError
        If something is there already, or cannot be written.
    """
    made = GatewayScaffold(folder / GATEWAY_FILE, folder / OPERATOR_KEY_FILE)
    for path in (made.configuration, made.operator_key):
        if os.path.lexists(path):
            raise FolderError(str(path), "it is there already", "nothing is overwritten; name another folder")
    key = draw_api_key()
    text = _TEXT.format(
        auditor=json.dumps(auditor, ensure_ascii=False),
        listen=json.dumps(listen),
        operator_key_sha256=api_key_hash(key).hex(),
    )
    try:
        folder.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
        write_private(made.operator_key, f"{key}\n".encode())
        write_private(made.configuration, text.encode())
    except OSError as error:
        raise FolderError(str(folder), f"it cannot be written ({type(error).__name__})", "check it") from None
    return made
