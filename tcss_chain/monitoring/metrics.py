"""Figures of a running participant, for Prometheus. No label names a session: their number has no bound."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from .alarms import ActiveAlarm, Alarm

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
"""Of what `ParticipantMetrics.text` gives."""

MAX_LABELS: Final = 256
"""How many values a label may have; later ones are counted together as ``other``."""

OTHER: Final = "other"


class _BoundedLabel:
    """The values of one label, as many as are allowed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._values: set[str] = set()

    def admit(self, value: str) -> str:
        with self._lock:
            if value in self._values:
                return value
            if len(self._values) >= MAX_LABELS:
                return OTHER
            self._values.add(value)
        return value

    def set_all(self, gauge: Gauge, numbers: Mapping[str, int]) -> None:
        """Set a gauge for these values, and to 0 for those of earlier."""
        with self._lock:
            totals = dict.fromkeys(self._values, 0)
        for value, number in numbers.items():
            admitted = self.admit(value)
            totals[admitted] = totals.get(admitted, 0) + number
        for value, total in totals.items():
            gauge.labels(value).set(total)


class ParticipantMetrics:
    """
    The figures of one participant, in a registry of their own; safe to use from several threads.

    Parameters
    ----------
    clock : callable
        Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.registry: Final = CollectorRegistry()
        self._clock = clock
        self._last_step = clock()
        self._labels = {
            name: _BoundedLabel()
            for name in ("happening", "kind", "standing", "phase", "node", "peer", "reason")
        }
        self._happenings = self._counter("tcss_happenings", "What the participant did or found.", "happening")
        self._mined = self._counter("tcss_transactions_mined", "Transactions mined.", "kind")
        self._gas = self._counter("tcss_transactions_gas_used", "Gas that mined transactions used.", "kind")
        self._peer_failures = self._counter("tcss_peer_failures", "Exchanges that a peer failed.", "peer")
        self._openings_answered = self._counter("tcss_openings_answered", "Opening requests answered.")
        self._openings_refused = self._counter(
            "tcss_openings_refused", "Opening requests that were refused.", "reason"
        )
        self._standings = self._gauge("tcss_sessions", "Sessions by the own standing in them.", "standing")
        self._phases = self._gauge("tcss_sessions_in_phase", "Sessions by phase.", "phase")
        self._balance = self._gauge("tcss_wallet_balance_wei", "Balance of the wallet.")
        self._pending = self._gauge("tcss_transactions_pending", "Transactions sent and not settled.")
        self._oldest = self._gauge(
            "tcss_transactions_oldest_pending_age_seconds", "Age of the oldest of them; 0 when there is none."
        )
        self._reachable = self._gauge("tcss_node_reachable", "1 if a chain node answers, else 0.", "node")
        self._lag = self._gauge(
            "tcss_node_lag_blocks", "How far a node is behind the best; NaN when it does not answer.", "node"
        )
        self._head = self._gauge("tcss_head_block_number", "Number of the newest block.")
        self._head_time = self._gauge("tcss_head_block_timestamp_seconds", "Its time, Unix seconds.")
        self._alarms = self._gauge("tcss_alarms_active", "Raised alarms by name.", "alarm")
        self._gauge(
            "tcss_last_step_age_seconds", "Time since a step was finished, or since the start."
        ).set_function(lambda: self._clock() - self._last_step)
        # Not known yet is not 0: nobody shall be woken for an empty wallet that is full.
        for unknown in (self._balance, self._head, self._head_time):
            unknown.set(math.nan)
        self.set_alarms(())
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)

    def happened(self, happening: str) -> None:
        """Count something that the participant did or found."""
        self._happenings.labels(self._labels["happening"].admit(happening)).inc()

    def mined(self, kind: str, gas_used: int) -> None:
        """Count a mined transaction of a kind (the contract's function), and its gas."""
        admitted = self._labels["kind"].admit(kind)
        self._mined.labels(admitted).inc()
        self._gas.labels(admitted).inc(gas_used)

    def peer_failed(self, peer: str, _reason: str = "") -> None:
        """Count an exchange that a peer failed, for whatever reason; fits as observer of a peer fetcher."""
        self._peer_failures.labels(self._labels["peer"].admit(peer)).inc()

    def opening_answered(self) -> None:
        """Count an opening request that was answered."""
        self._openings_answered.inc()

    def opening_refused(self, reason: str) -> None:
        """Count an opening request that was refused, for a reason of the protocol."""
        self._openings_refused.labels(self._labels["reason"].admit(reason)).inc()

    def step_finished(self) -> None:
        """Note that a step was finished now."""
        self._last_step = self._clock()

    def set_sessions(self, by_standing: Mapping[str, int]) -> None:
        """Set how many sessions have each standing; standings that are not named have none."""
        self._labels["standing"].set_all(self._standings, by_standing)

    def set_phases(self, by_phase: Mapping[str, int]) -> None:
        """Set how many sessions are in each phase; phases that are not named have none."""
        self._labels["phase"].set_all(self._phases, by_phase)

    def set_balance(self, wei: int) -> None:
        """Set the wallet's balance; shown with the precision of a double."""
        self._balance.set(wei)

    def set_pending(self, count: int, oldest_age_seconds: float | None) -> None:
        """Set how many transactions are not settled, and the age of the oldest (None when there is none)."""
        self._pending.set(count)
        self._oldest.set(oldest_age_seconds or 0)

    def set_node(self, name: str, *, reachable: bool, lag_blocks: int | None) -> None:
        """
        Set the state of a chain node.

        Parameters
        ----------
        name : str
            The name of its place in the configuration, "node 1"; never its URL, which may hold a credential.
        reachable : bool
            Whether it answers.
        lag_blocks : int or None
            How far it is behind the best; None when it is not known.
        """
        admitted = self._labels["node"].admit(name)
        self._reachable.labels(admitted).set(int(reachable))
        self._lag.labels(admitted).set(math.nan if lag_blocks is None else lag_blocks)

    def set_head(self, number: int, timestamp: int) -> None:
        """Set the newest block's number and time, Unix seconds."""
        self._head.set(number)
        self._head_time.set(timestamp)

    def set_alarms(self, active: Iterable[ActiveAlarm]) -> None:
        """Set the raised alarms; those that are not listed are not raised."""
        counts = dict.fromkeys(Alarm, 0)
        for each in active:
            counts[each.alarm] += 1
        for alarm, count in counts.items():
            self._alarms.labels(alarm.value).set(count)

    def text(self) -> bytes:
        """Give everything in Prometheus' text format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(name, meaning, labels, registry=self.registry)
