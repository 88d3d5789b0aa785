"""
The participants' service as a process of its own, which may be told to die at a moment or to cheat.

Usage: ``python participant_process.py PASSPHRASE_FILE [--moments FILE] [--kill-at FILE]
[--cheat HOW] CONFIGURATION...``

With ``--moments`` every moment is written to a file, a line each. With ``--kill-at`` the process kills itself
(SIGKILL) at the moment that the file names, once: the file is removed first. "+3" in that file names the
third moment from then on. Several configurations run in one process, each as its own service.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock, Thread

from tcss_chain.demo.cheats import PARTICIPANTS
from tcss_chain.monitoring.logs import configure_logs
from tcss_chain.operation.participant_file import load_participant_file
from tcss_chain.operation.passphrases import read_passphrase_file
from tcss_chain.participant.participant import Participant
from tcss_chain.participant.settlement import Settlement
from tcss_chain.service.run_participant import run_participant


class NeverSigns(Participant):
    """Does everything but accept the aggregate."""

    def _accept(self, settlement: Settlement, qualified: int) -> None:
        """Stay silent."""


KINDS = {cheat.value: kind for cheat, kind in PARTICIPANTS.items()} | {"never-signs": NeverSigns}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("passphrase_file", type=Path)
    parser.add_argument("configurations", type=Path, nargs="+")
    parser.add_argument("--moments", type=Path)
    parser.add_argument("--kill-at", type=Path)
    parser.add_argument("--cheat", choices=KINDS)
    chosen = parser.parse_args()

    configure_logs(False, "info", sys.stderr)
    passphrase = read_passphrase_file(chosen.passphrase_file)
    stopping = Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stopping.set())
    kind = Participant if chosen.cheat is None else KINDS[chosen.cheat]
    reached = watch(chosen.moments, chosen.kill_at)
    threads = [
        Thread(
            target=run_participant,
            args=(load_participant_file(configuration), passphrase, stopping),
            kwargs={"kind": kind, "reached": reached},
        )
        for configuration in chosen.configurations
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def watch(moments: Path | None, kill_at: Path | None) -> Callable[[str], None]:
    """
    Make the hook that writes moments down, and ends the process at the one that is asked for.

    At the moment that the file ``hold-at`` beside the other one names, the session's thread waits until the
    file says something else or is gone, while the service goes on handing out shares.
    """
    hold_at = None if kill_at is None else kill_at.with_name("hold-at")
    written = None if moments is None else os.open(moments, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    lock = Lock()

    def reached(moment: str) -> None:
        if written is not None:
            os.write(written, f"{moment}\n".encode())
        while hold_at is not None and asked_for(hold_at) == moment:
            time.sleep(0.02)
        with lock:
            if kill_at is None or not kill_at.exists():
                return
            asked = kill_at.read_text()
            if asked.startswith("+") and asked != "+1":
                kill_at.write_text(f"+{int(asked) - 1}")
            elif asked in ("+1", moment):
                kill_at.unlink()
                os.kill(os.getpid(), signal.SIGKILL)

    return reached


def asked_for(file: Path) -> str | None:
    try:
        return file.read_text()
    except FileNotFoundError:
        return None


if __name__ == "__main__":
    main()
