"""The box that a command queries: behind an HTTP address, or a function in this process."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import reduce
from pathlib import Path
from typing import Final

import click

from tcss_chain.auditor import Box, CallableBox, HttpBox, Share
from tcss_chain.errors import TcssError

_FUNCTION: Final = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
_OPTION: Final = "--box"


def open_box(text: str) -> Box:
    """
    Make the box that an argument names.

    Parameters
    ----------
    text : str
        An address with ``http://`` or ``https://``, or ``module:function``.

    Returns
    -------
    Box
        The box; nothing was sent to it.

    Raises
    ------
    click.BadParameter
        If there is no such box. The argument is not repeated: an address may hold a password.
    """
    if text.lower().startswith(("http://", "https://")):
        try:
            return HttpBox(text)
        except TcssError as error:
            raise click.BadParameter(str(error), param_hint=_OPTION) from None
    if not _FUNCTION.fullmatch(text):
        raise click.BadParameter(
            "an address with http:// or https://, or module:function is expected", param_hint=_OPTION
        )
    module, _, name = text.partition(":")
    return CallableBox(_load(module, name))


def _load(module: str, name: str) -> Callable[[tuple[Share, ...]], object]:
    try:
        with _current_folder_first():
            imported = importlib.import_module(module)
        function: object = reduce(getattr, name.split("."), imported)
    except Exception as error:  # noqa: BLE001 - foreign code may raise anything when it is imported
        raise click.BadParameter(
            f"{module}:{name} cannot be imported ({type(error).__name__}); run this where {module} is",
            param_hint=_OPTION,
        ) from None
    if not callable(function):
        raise click.BadParameter(f"{module}:{name} is no function", param_hint=_OPTION)
    return function


@contextmanager
def _current_folder_first() -> Iterator[None]:
    folder = str(Path.cwd())
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        with suppress(ValueError):  # The imported module may have removed it.
            sys.path.remove(folder)
