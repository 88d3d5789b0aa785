"""The consortium files that an operator's configuration names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from tcss_chain.consortium import Consortium, ConsortiumFileError, Terms, load_consortium


def load_consortia(paths: Iterable[Path]) -> tuple[Consortium, ...]:
    """
    Read consortium files for real use.

    Parameters
    ----------
    paths : iterable of Path
        The files.

    Returns
    -------
    tuple of Consortium
        Every one has the addresses of its members, auditor and beneficiary, and the members' services.

    Raises
    ------
    ConsortiumFileError
        If a file is wrong or does not have all of that, or two files have the same terms.
    """
    consortia: list[Consortium] = []
    known: dict[Terms, str] = {}
    for path in paths:
        consortium = load_consortium(path)
        consortium.services()
        # The name is no part of what is agreed.
        terms = replace(Terms.of(consortium), consortium="")
        if terms in known:
            raise ConsortiumFileError(
                consortium.path, "file", f"it has the same terms as {known[terms]}; keep one of them"
            )
        known[terms] = consortium.path
        consortia.append(consortium)
    return tuple(consortia)
