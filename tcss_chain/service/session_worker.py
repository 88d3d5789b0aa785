"""One session's participant in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Final

from tcss_chain.participant.errors import (
    ParticipantError,
    UnagreedConfigurationError,
    UnknownSecretsError,
)
from tcss_chain.participant.participant import Participant

UNEXPECTED_PAUSE_SECONDS: Final = 30.0
"""How long a session rests after an error that ended its steps."""

_FINAL: Final = (UnknownSecretsError, UnagreedConfigurationError)
"""What no further step can get over; only an operator can, before the next start."""


class SessionWorker:
    """
    Runs a participant until its session is over, it cannot go on, or it is stopped.

    Parameters
    ----------
    participant : Participant
        The participant.
    after_step : callable
        Called after every step.
    cannot_go_on : callable
        Told why the participant stopped for good.
    failing : callable
        Told why it stopped, but may go on: it is run again after a pause.
    unexpected : callable
        Told of an error that nobody foresaw, also of those in what is called here; the participant is run
        again after a pause.
    """

    def __init__(
        self,
        participant: Participant,
        after_step: Callable[[], None],
        cannot_go_on: Callable[[ParticipantError], None],
        failing: Callable[[ParticipantError], None],
        unexpected: Callable[[Exception], None],
    ) -> None:
        self.participant = participant
        self._after_step = after_step
        self._cannot_go_on = cannot_go_on
        self._failing = failing
        self._unexpected = unexpected
        self._stopping = Event()
        self._is_done = participant.is_over
        self._thread = Thread(target=self._run, name=f"session-{participant.sid.hex()[:8]}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Stop after the step that is being made."""
        self._stopping.set()

    def join(self, seconds: float) -> bool:
        """Wait until the thread has ended; say whether it has."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def is_running(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set() and not self._is_done:
            try:
                self._run_participant()
            except Exception as error:  # noqa: BLE001  # one session's trouble must not end the others
                self._unexpected(error)
                self._stopping.wait(UNEXPECTED_PAUSE_SECONDS)

    def _run_participant(self) -> None:
        try:
            self.participant.run(self._is_enough, self._stopping.wait)
        except _FINAL as error:
            # If even telling fails, it is run again and tells again.
            self._cannot_go_on(error)
            self._is_done = True
        except ParticipantError as error:
            self._failing(error)
            self._stopping.wait(UNEXPECTED_PAUSE_SECONDS)

    def _is_enough(self) -> bool:
        self._after_step()
        # Only now: what is written down at the end may fail as well, and is tried again.
        self._is_done = self.participant.is_over
        return self._stopping.is_set() or self._is_done
