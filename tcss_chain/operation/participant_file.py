"""The configuration file of a participant's service (YAML)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tcss_chain.yaml_files import FieldReader, load_yaml

from .node_settings import (
    NEEDED_FIELDS,
    OPTIONAL_FIELDS,
    Endpoint,
    NodeSettings,
    read_endpoint,
    read_node_settings,
)

DEFAULT_LISTEN: Final = "127.0.0.1:7100"
DEFAULT_MONITOR: Final = "127.0.0.1:7200"

_OPTIONAL: Final = (
    *OPTIONAL_FIELDS,
    "listen",
    "share_patience_seconds",
    "complaint_margin_seconds",
    "activation_stagger_seconds",
    "max_open_sessions",
    "openings",
)
_POLL_SECONDS: Final = 4.0
_MAX_SECONDS: Final = 1 << 32
_MAX_OPEN_SESSIONS: Final = 10_000


@dataclass(frozen=True, slots=True)
class ParticipantFile:
    """
    How a participant's service is configured.

    Attributes
    ----------
    path : Path
        The file.
    node : NodeSettings
        The chain, the wallet, the state, the consortia, monitoring and logs.
    listen : Endpoint
        Where shares are handed out to the other participants.
    share_patience_seconds : float
        How long a dealer may fail to hand out a share before a complaint is sent.
    complaint_margin_seconds : float
        When the complain phase ends sooner than that, a complaint is sent at once.
    activation_stagger_seconds : float
        How much longer each participant waits than the one before it until it activates a session itself.
    max_open_sessions : int
        For how many sessions at once the service pays a bond.
    openings : Path or None
        The policy for opening requests, which `load_policy` reads; None refuses them all.
    """

    path: Path
    node: NodeSettings
    listen: Endpoint
    share_patience_seconds: float
    complaint_margin_seconds: float
    activation_stagger_seconds: float
    max_open_sessions: int
    openings: Path | None


def load_participant_file(path: Path) -> ParticipantFile:
    """
    Read a participant's configuration file.

    Parameters
    ----------
    path : Path
        A YAML file; ``tcss participant init`` writes one with every field explained.

    Returns
    -------
    ParticipantFile
        Checked. Nothing that it names was opened.

    Raises
    ------
    ConfigurationFileError
        If the file cannot be read, or a field is missing, unknown or out of range. No message shows a node's
        URL.
    """
    reader = FieldReader(path)
    top = reader.mapping(load_yaml(path), "file", NEEDED_FIELDS, _OPTIONAL)

    def seconds(name: str, default: float) -> float:
        return reader.number(top.get(name, default), name, 0, _MAX_SECONDS)

    node = read_node_settings(reader, top, monitor=DEFAULT_MONITOR, poll_seconds=_POLL_SECONDS)
    listen = read_endpoint(reader, top.get("listen", DEFAULT_LISTEN), "listen")
    if listen == node.monitor and listen.port:
        reader.fail("monitor", "this is where shares are handed out; another port is expected")
    return ParticipantFile(
        path=path,
        node=node,
        listen=listen,
        share_patience_seconds=seconds("share_patience_seconds", 120),
        complaint_margin_seconds=seconds("complaint_margin_seconds", 60),
        activation_stagger_seconds=seconds("activation_stagger_seconds", 30),
        max_open_sessions=reader.integer(
            top.get("max_open_sessions", 100), "max_open_sessions", 1, _MAX_OPEN_SESSIONS
        ),
        openings=reader.path(top["openings"], "openings") if "openings" in top else None,
    )
