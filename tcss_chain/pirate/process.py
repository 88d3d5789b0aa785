"""Starts and stops the pirate box as a separate process that knows only the leaked shares."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from tcss_chain.bestiary import Share

from .errors import PirateStartError
from .pirate_box import Accepts
from .settings import encode_settings

_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 5.0


class PirateProcess:
    """
    A pirate box behind an HTTP address, alive while the ``with`` statement lasts.

    Parameters are those of `PirateBox`; the box checks them when it starts.

    Parameters
    ----------
    leaked : sequence of (int, int)
        The leaked shares.
    threshold : int
        ``t``.
    success_rate : float
        How often an answer is right.
    accepts : Accepts
        Whether made-up points are refused.
    registered_points : sequence of int
        The participants' points, for `Accepts.REGISTERED`.
    unused_supplied : int
        How many more shares to ask for than are used.
    seed : int, optional
        Makes the errors repeatable.
    """

    def __init__(
        self,
        leaked: Sequence[Share],
        threshold: int,
        *,
        success_rate: float = 1.0,
        accepts: Accepts = Accepts.ANYTHING,
        registered_points: Sequence[int] = (),
        unused_supplied: int = 0,
        seed: int | None = None,
    ) -> None:
        self._settings = encode_settings(
            tuple(leaked),
            threshold,
            success_rate=success_rate,
            accepts=accepts,
            registered_points=tuple(registered_points),
            unused_supplied=unused_supplied,
            seed=seed,
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._url: str | None = None

    @property
    def url(self) -> str:
        """
        Where the box answers.

        Raises
        ------
        PirateStartError
            If it is not running.
        """
        if self._url is None:
            raise PirateStartError("it is not running; use it in a with statement")
        return self._url

    @property
    def pid(self) -> int | None:
        """The process id, or None if it is not running."""
        return None if self._process is None else self._process.pid

    def start(self) -> Self:
        """
        Start the process and wait until it answers.

        Returns
        -------
        PirateProcess
            This object.

        Raises
        ------
        PirateStartError
            If it does not start.
        """
        if self._process is not None:
            raise PirateStartError("it is running already; stop it first")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tcss_chain.pirate"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            self._url = self._await_url(self._process)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop the process, by force if need be. Does nothing if it is not running."""
        process, self._process, self._url = self._process, None, None
        if process is None:
            return
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.close()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _await_url(self, process: subprocess.Popen[bytes]) -> str:
        stdin, stdout = process.stdin, process.stdout
        if stdin is None or stdout is None:
            raise PirateStartError("it has no pipes")
        try:
            stdin.write(self._settings)
            stdin.flush()
        except BrokenPipeError:
            raise PirateStartError("it ended at once") from None
        lines: list[bytes] = []
        reader = threading.Thread(target=lambda: lines.append(stdout.readline()), daemon=True)
        reader.start()
        reader.join(_START_SECONDS)
        if not lines:
            # Killed here, so that the reader ends before the pipe is closed.
            process.kill()
            reader.join()
            raise PirateStartError(f"no word from it within {_START_SECONDS:.0f} seconds")
        try:
            message = json.loads(lines[0])
        except ValueError:
            raise PirateStartError("it ended without a word") from None
        if "url" not in message:
            raise PirateStartError(str(message.get("error", "it did not tell its address")))
        return str(message["url"])
