"""The configuration file of an auditor (YAML)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tcss_chain.yaml_files import FieldReader, load_yaml

from .node_settings import NEEDED_FIELDS, OPTIONAL_FIELDS, NodeSettings, read_node_settings

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
    """

    path: Path
    node: NodeSettings


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
    top = reader.mapping(load_yaml(path), "file", NEEDED_FIELDS, OPTIONAL_FIELDS)
    return AuditorFile(path, read_node_settings(reader, top, monitor="off", poll_seconds=_POLL_SECONDS))
