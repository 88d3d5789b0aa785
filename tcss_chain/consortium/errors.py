"""Errors of the consortium's configuration."""

from __future__ import annotations

from tcss_chain.yaml_files import ConfigurationFileError


class ConsortiumFileError(ConfigurationFileError):
    """The consortium file cannot be used, or not for what is asked of it."""
