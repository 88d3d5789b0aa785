"""
Play two dishonest organisations: take their shares out of their states, and offer a pirate's service.

No honest program does this. Stop the services of these organisations first: their states are theirs alone.
"""

from __future__ import annotations

import argparse
import signal
from contextlib import suppress
from pathlib import Path

from tcss_chain.operation.participant_file import load_participant_file
from tcss_chain.operation.passphrases import Passphrase, read_passphrase_file
from tcss_chain.pirate.process import PirateProcess
from tcss_chain.store.sqlite_secrets_store import SqliteSecretsStore
from tcss_chain.store.state_database import StateDatabase


def leaked_share(configuration: Path, sid: bytes, passphrase: Passphrase) -> tuple[int, int]:
    """Take an organisation's share out of its state."""
    file = load_participant_file(configuration)
    with StateDatabase.open(file.node.data, passphrase.text) as database:
        share = SqliteSecretsStore(database).load_share(sid)
    if share is None:
        raise SystemExit(f"{configuration} holds no share of this session")
    return share.x, share.y


def main() -> None:
    """Leak and serve, until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("session")
    parser.add_argument("participants", nargs="+", type=Path, help="configuration files of those who leak")
    parser.add_argument("--threshold", type=int, default=3)
    parser.add_argument("--success-rate", type=float, default=0.6, help="how often the service answers right")
    parser.add_argument("--passphrase-file", type=Path, required=True)
    options = parser.parse_args()
    passphrase = read_passphrase_file(options.passphrase_file)
    sid = bytes.fromhex(options.session.removeprefix("0x"))
    leaked = [leaked_share(path, sid, passphrase) for path in options.participants]
    with PirateProcess(leaked, options.threshold, success_rate=options.success_rate) as pirate:
        print(f"a pirate's service answers at {pirate.url}, until Ctrl-C", flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
