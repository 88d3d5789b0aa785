"""What a service says of its mined transactions."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from tcss_chain.chain.transactions import MinedTransaction
from tcss_chain.monitoring.metrics import ParticipantMetrics


def mined_reporter(metrics: ParticipantMetrics) -> Callable[[MinedTransaction], None]:
    """Make an observer that counts and logs every mined transaction."""
    log = structlog.get_logger("tcss.service")

    def report(mined: MinedTransaction) -> None:
        metrics.mined(mined.kind, mined.gas_used)
        log.info(
            "transaction mined",
            kind=mined.kind,
            transaction=mined.transaction_hash,
            block=mined.block_number,
            gas=mined.gas_used,
        )

    return report
