"""
Tests in copies of a process that has imported everything already, which takes longer than most of them.

Run as a program, this module is that process: it reads what to run as one line of JSON, and answers with one.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from typing import Final

from line_process import LineProcess
from solc_setup import PROJECT

TIMEOUT: Final = -1
"""The status of tests that took too long."""

_SHOWN: Final = 4000
# Nothing of the tests themselves, which may depend on the environment that they are run with.
_PRELOADED: Final = (
    "eth.vm.forks.prague",
    "eth_abi",
    "hypothesis.stateful",
    "py_ecc.optimized_bn128",
    "pyrevm",
    "pytest",
    "tcss_chain.chain.transactions",
    "tcss_chain.devnet.embedded_devnet",
    "tcss_chain.protocol.trace_proof",
    "web3",
)


class WarmTests(LineProcess):
    """
    Runs tests, again and again with other settings. For one thread.

    Parameters
    ----------
    seconds : int
        How long one run may take.
    """

    def __init__(self, seconds: int) -> None:
        paths = [str(PROJECT), str(PROJECT / "tests"), *filter(None, [os.environ.get("PYTHONPATH")])]
        super().__init__(
            [sys.executable, __file__, str(seconds)], os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
        )

    def run(self, arguments: Iterable[str], environment: Mapping[str, str]) -> tuple[int, str]:
        """
        Run pytest.

        Parameters
        ----------
        arguments : iterable of str
            Those of the command.
        environment : mapping of str to str
            Variables that are set besides the present ones.

        Returns
        -------
        status : int
            As pytest gives it, or `TIMEOUT`.
        output : str
            The end of what it printed.
        """
        status, output = self.ask([list(arguments), dict(environment)])
        return status, output


def _serve(seconds: int) -> None:
    for name in _PRELOADED:
        __import__(name)
    for line in sys.stdin:
        arguments, environment = json.loads(line)
        with tempfile.TemporaryFile("w+", encoding="utf8", errors="replace") as output:
            child = os.fork()
            if child == 0:
                _run(arguments, environment, output.fileno())
            status = _wait(child, seconds)
            output.seek(0)
            print(json.dumps([status, output.read()[-_SHOWN:]]), flush=True)


def _run(arguments: list[str], environment: Mapping[str, str], output: int) -> None:
    import pytest

    os.setpgrp()
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.update(environment)
    status = 70
    try:
        status = int(pytest.main(arguments))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _wait(child: int, seconds: int) -> int:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.killpg(child, 9)
    os.waitpid(child, 0)
    return TIMEOUT


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
