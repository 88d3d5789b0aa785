"""The configuration file of an auditor (YAML)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from eth_typing import ChecksumAddress

from tcss_chain.yaml_files import FieldReader, load_yaml

from .node_settings import NEEDED_FIELDS, OPTIONAL_FIELDS, NodeSettings, read_node_settings

MAX_CREATORS: Final = 256
"""How many accounts may be admitted at most."""

_POLL_SECONDS: Final = 4.0


@dataclass(frozen=True, slots=True)
class AuditorFile:
    """
    How an auditor is configured.

    Attributes
    ----------
    path : Path
        The file.
    node : NodeSettings
        The chain, the wallet, the state, the consortia, monitoring and logs.
    creators : tuple of ChecksumAddress
        Whose sessions the service confirms by itself. Anybody can create a session with the agreed terms, and
        its confirmation is what makes members pay bonds; with none, each is confirmed by hand.
    """

    path: Path
    node: NodeSettings
    creators: tuple[ChecksumAddress, ...]


def load_auditor_file(path: Path) -> AuditorFile:
    """
    Read an auditor's configuration file.

    Parameters
    ----------
    path : Path
        A YAML file; ``tcss auditor init`` writes one with every field explained.

    Returns
    -------
    AuditorFile
        Checked. Nothing that it names was opened.

    Raises
    ------
    ConfigurationFileError
        If the file cannot be read, or a field is missing, unknown or out of range. No message shows a node's
        URL.
    """
    reader = FieldReader(path)
    top = reader.mapping(load_yaml(path), "file", NEEDED_FIELDS, (*OPTIONAL_FIELDS, "creators"))
    node = read_node_settings(reader, top, monitor="off", poll_seconds=_POLL_SECONDS)
    return AuditorFile(path, node, _creators(reader, top.get("creators", [])))


def _creators(reader: FieldReader, value: Any) -> tuple[ChecksumAddress, ...]:
    creators: list[ChecksumAddress] = []
    for index, entry in enumerate(reader.entries(value, "creators", 0, MAX_CREATORS)):
        creator = reader.address(entry, f"creators[{index}]")
        if creator in creators:
            reader.fail(f"creators[{index}]", "this account is there twice")
        creators.append(creator)
    return tuple(creators)
