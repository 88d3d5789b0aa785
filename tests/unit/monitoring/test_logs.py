"""Logs: their form, and that no secret, URL or forged line gets into them."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

import pytest
import structlog
from eth_account import Account
from hexbytes import HexBytes
from hypothesis import given
from hypothesis import strategies as st

from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.errors import TcssError
from tcss_chain.exchange.errors import UnknownPeerError
from tcss_chain.monitoring import configure_logs
from tcss_chain.monitoring.errors import UnknownLogLevelError
from tcss_chain.monitoring.log_values import MAX_TEXT, shown_text, shown_value
from tcss_chain.participant.events import Happening
from tcss_chain.participant.secrets_store import FinalShare, SessionSecrets

SID = bytes(range(32))
ADDRESS = "0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B"
RPC = "https://user:hunter2@node.example/v3/0123456789abcdef"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers = list(root.handlers)
    yield
    for handler in [each for each in root.handlers if each not in handlers]:
        root.removeHandler(handler)
    structlog.reset_defaults()


@pytest.fixture
def stream():
    return io.StringIO()


def logged(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_has_time_level_event_and_the_whole_session(stream):
    configure_logs(True, "info", stream)
    structlog.get_logger().info("joined", sid=SID, account=ADDRESS, gas=21_000, ok=True, none=None)
    (line,) = logged(stream)
    moment = datetime.fromisoformat(line.pop("timestamp"))
    assert moment.tzinfo == UTC
    assert abs((datetime.now(UTC) - moment).total_seconds()) < 60
    assert line == {
        "level": "info",
        "event": "joined",
        "sid": SID.hex(),
        "account": ADDRESS,
        "gas": 21_000,
        "ok": True,
        "none": None,
    }


def test_text_is_one_line_with_the_session_abbreviated(stream):
    configure_logs(False, "info", stream)
    structlog.get_logger().info("joined the session", session="0x" + SID.hex(), account=ADDRESS, note="a b")
    moment, rest = stream.getvalue().split(" ", 1)
    assert datetime.fromisoformat(moment).tzinfo == UTC
    assert rest == f'info    joined the session session=00010203 account={ADDRESS} note="a b"\n'


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("WARNING", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_levels(stream, level, shown):
    configure_logs(True, level, stream)
    log = structlog.get_logger()
    for each in ("debug", "info", "warning", "error"):
        getattr(log, each)("event")
    assert [line["level"] for line in logged(stream)] == shown


@pytest.mark.parametrize("level", ["", "loud", "trace", "10"])
def test_an_unknown_level_is_refused(stream, level):
    with pytest.raises(UnknownLogLevelError) as caught:
        configure_logs(True, level, stream)
    assert caught.value.level == level


SECRETS = SessionSecrets.draw()
SHARE = FinalShare(5, 2**250 + 3)
WALLET = Account.create()
KEY = AuditorKey.draw()


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize(
    ("value", "shown", "secret"),
    [
        (SECRETS, "<SessionSecrets>", SECRETS.e),
        (SHARE, "<FinalShare>", SHARE.y),
        (KEY, "<AuditorKey>", KEY.alpha),
        (WALLET, "<LocalAccount>", int.from_bytes(WALLET.key, "big")),
        (SECRETS.e, "<large number>", SECRETS.e),
        (-SECRETS.e, "<large number>", SECRETS.e),
        (str(SECRETS.e), "<large number>", SECRETS.e),
        (hex(SECRETS.e), "<large number>", SECRETS.e),
        (f"key={SECRETS.e:064x}.", "key=<large number>.", SECRETS.e),
        (f"{SECRETS.e:064X}", "<large number>", SECRETS.e),
        (WALLET.key, "<bytes>", int.from_bytes(WALLET.key, "big")),
        (bytes(WALLET.key), "<bytes>", int.from_bytes(WALLET.key, "big")),
        (bytearray(WALLET.key), "<bytearray>", int.from_bytes(WALLET.key, "big")),
        ({"e": SECRETS.e}, "<dict>", SECRETS.e),
        ([SECRETS, SECRETS.e], ["<SessionSecrets>", "<large number>"], SECRETS.e),
        ([[SECRETS.e]], ["<list>"], SECRETS.e),
        (ValueError(SECRETS.e), "ValueError", SECRETS.e),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_secret_given_by_mistake_is_not_shown(stream, as_json, value, shown, secret):
    configure_logs(as_json, "debug", stream)
    structlog.get_logger().bind(bound=value).error("a mistake", oops=value)
    text = stream.getvalue()
    if as_json:
        (line,) = logged(stream)
        assert line["oops"] == line["bound"] == shown
    for spelling in (str(secret), f"{secret:x}", f"{secret:X}", f"{secret:064x}"):
        assert spelling not in text


def test_a_secret_in_the_event_itself_is_not_shown(stream):
    configure_logs(True, "debug", stream)
    structlog.get_logger().info(f"the key is {SECRETS.e:064x} or {SECRETS.e}")
    assert logged(stream)[0]["event"] == "the key is <large number> or <large number>"


def test_hashes_are_shown_under_their_public_names_only():
    digest = bytes(range(32))
    for name in ("sid", "session", "roster_hash", "aggregate_hash", "transaction"):
        assert shown_value(name, digest) == shown_value(name, HexBytes(digest)) == digest.hex()
        assert shown_value(name, "0x" + digest.hex()) == "0x" + digest.hex()
    assert shown_value("key", digest) == "<bytes>"
    assert shown_value("sid", bytes(1000)) == "<bytes>"
    assert shown_value("sid", SECRETS) == "<SessionSecrets>"


def test_simple_values_are_shown():
    class Number(Enum):
        ONE = 1

    assert shown_value("a", 10**30) == 10**30
    assert shown_value("a", 1.5) == 1.5
    assert shown_value("a", float("nan")) == "nan"
    assert shown_value("a", True) is True
    assert shown_value("a", Happening.JOINED) == "joined"
    assert shown_value("a", Number.ONE) == 1
    assert shown_value("a", (ADDRESS, 5, None)) == [ADDRESS, 5, None]
    assert shown_value("a", Path("x")) == f"<{type(Path('x')).__name__}>"


def test_errors_of_this_package_are_shown_and_others_by_their_kind(stream):
    configure_logs(True, "info", stream)
    log = structlog.get_logger()
    own = UnknownPeerError(ADDRESS)
    log.warning("failed", error=own)
    log.warning("failed", error=ConnectionError(RPC))
    log.warning("failed", error=TcssError(f"no answer from {RPC}"))
    errors = [line["error"] for line in logged(stream)]
    assert errors == [
        f"UnknownPeerError: {own}",
        "ConnectionError",
        "TcssError: no answer from https://<hidden>",
    ]


def test_a_trace_names_places_and_no_values(stream):
    configure_logs(True, "info", stream)

    def inner(hunter2):
        raise ValueError(hunter2)

    try:
        inner("hunter2 value")
    except ValueError as error:
        structlog.get_logger().exception("failed")
        structlog.get_logger().error("failed", exc_info=error)
    structlog.get_logger().error("failed", exc_info=True)
    first, second, third = logged(stream)
    assert first["error"] == second["error"] == "ValueError"
    assert first["error_at"][-1].startswith("test_logs.py:")
    assert first["error_at"][-1].endswith(" inner")
    assert "error" not in third
    assert "hunter2" not in stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        RPC,
        f"at {RPC}: refused",
        "wss://node.example/hunter2",
        "user:hunter2@node.example",
        "HTTP://x/hunter2",
    ],
)
def test_no_url_and_no_credential_is_shown(text):
    assert "hunter2" not in shown_text(text)


def test_long_values_are_cut_after_secrets_are_gone():
    assert len(shown_text("x " * 1000)) == MAX_TEXT + 3
    assert "abab" not in shown_text("x " * 240 + "ab" * 32)
    assert shown_text("x" * 5000) == "<long text>"
    assert len(shown_value("a", [1] * 1000)) == 128


def test_awkward_texts_take_no_time():
    for text in ("a:" * 1999, "a" * 3999, "x@" * 1999, "0x" * 1999, "f" * 3999, "://" * 1300):
        assert isinstance(shown_text(text), str)


FORGED = "x\n2030-01-01T00:00:00Z error forged\r\n\x1b[31m\x00\x7f\x85\u2028\u202e"


@pytest.mark.parametrize("as_json", [True, False])
def test_no_value_name_or_event_can_forge_a_line_or_steer_a_terminal(stream, as_json):
    configure_logs(as_json, "info", stream)
    structlog.get_logger().info(FORGED, value=FORGED, items=[FORGED], sid=FORGED, **{FORGED: 1, "a b": 2})
    logging.getLogger("elsewhere").warning(FORGED + "%s", FORGED)
    logging.getLogger("tcss_chain.elsewhere").warning("%s", FORGED)
    logging.getLogger(FORGED).warning("x %s", 1)
    text = stream.getvalue()
    assert text.count("\n") == len(text.splitlines()) == 4
    # DEL stays inside JSON strings, which no terminal reads.
    assert all(character.isprintable() or character == "\x7f" for character in text.replace("\n", ""))
    assert as_json or "\x7f" not in text


@given(value=st.text(max_size=50), as_json=st.booleans())
def test_every_text_stays_on_its_line(value, as_json):
    stream = io.StringIO()
    configure_logs(as_json, "info", stream)
    structlog.get_logger().info("event", value=value)
    assert len(stream.getvalue().splitlines()) == 1


@pytest.mark.parametrize(
    "name", ["web3.providers", "urllib3.connectionpool", "aiohttp.client", "some.library"]
)
def test_other_libraries_stay_at_warnings_and_without_their_values(stream, name):
    configure_logs(True, "debug", stream)
    logger = logging.getLogger(name)
    logger.debug("GET %s", RPC)
    logger.info("GET %s", RPC)
    logger.warning("retrying %s", RPC)
    logger.warning(f"retrying {RPC}")
    logger.warning(f"retrying {RPC} for %s", "hunter2")
    logger.error("failed", exc_info=ConnectionError(RPC))
    lines = logged(stream)
    assert "hunter2" not in stream.getvalue()
    assert "0123456789abcdef" not in stream.getvalue()
    assert [line["event"] for line in lines] == [
        "retrying %s",
        "a library logged a text that may hold anything",
        "retrying https://<hidden> for %s",
        "a library logged a text that may hold anything",
    ]
    assert {line["logger"] for line in lines} == {name}
    assert lines[3]["error"] == "ConnectionError"
    assert lines[3]["level"] == "error"


def test_a_library_that_turns_on_its_own_debug_logs_is_not_heard(stream):
    configure_logs(True, "debug", stream)
    logger = logging.getLogger("chatty")
    logger.setLevel(logging.DEBUG)
    logger.debug("GET %s", RPC)
    assert stream.getvalue() == ""


def test_what_this_package_logs_otherwise_is_shown(stream):
    configure_logs(True, "error", stream)
    logging.getLogger("tcss_chain.curve").warning("slow")
    logging.getLogger("tcss_chain.curve").error("failed with %s at %s", "a thing", RPC)
    (line,) = logged(stream)
    assert line["event"] == "failed with a thing at https://<hidden>"


def test_a_later_call_takes_the_place_of_an_earlier_one(stream):
    earlier = io.StringIO()
    configure_logs(True, "debug", earlier)
    configure_logs(True, "info", stream)
    structlog.get_logger().info("event")
    logging.getLogger("elsewhere").warning("x %s", 1)
    assert earlier.getvalue() == ""
    assert len(logged(stream)) == 2


def test_a_stream_that_cannot_be_written_stops_nobody():
    class Full(io.StringIO):
        def write(self, _text):
            raise OSError(28, "No space left on device")

    closed = io.StringIO()
    closed.close()
    for broken in (Full(), closed):
        configure_logs(True, "info", broken)
        structlog.get_logger().info("event")
        logging.getLogger("elsewhere").warning("x %s", 1)


def test_lines_of_several_threads_do_not_mix(stream):
    configure_logs(True, "info", stream)

    def work():
        for number in range(100):
            structlog.get_logger().info("event", number=number, text="x" * 200)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(logged(stream)) == 400
