"""JSON from outside: what the parser itself would let pass, or would not survive."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcss_chain.strict_json import JsonObject, StrictJsonError, pair_of_words, parse_json

DEEP = 200_000
WORD = "0x" + "0f" * 32


@pytest.mark.parametrize(
    "text", [b"{}", b'{"a": [1, 2.5, null, true, "b"]}', '{"a": "\u00e4\u0122"}'.encode()]
)
def test_json_is_read(text):
    assert parse_json(text) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"{} {}",
        b'{"a": 1, "a": 2}',
        b'{"a": "\\u0041"}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b"\xef\xbb\xbf{}",
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
    ],
)
def test_what_has_another_reading_is_refused(text):
    with pytest.raises(StrictJsonError):
        parse_json(text)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-32-le", "utf-32-be", "utf-32"])
@pytest.mark.parametrize("text", ['{"a": 1}', '{"a": ["\u0122", 1]}'])
def test_other_encodings_are_refused(encoding, text):
    with pytest.raises(StrictJsonError):
        parse_json(text.encode(encoding))


@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_eight_levels_are_read_and_nine_are_not(brackets):
    opening = "[" if brackets == "[]" else '{"a":'
    closing = brackets[1]
    assert parse_json((opening * 8 + "1" + closing * 8).encode())
    with pytest.raises(StrictJsonError, match="deeply"):
        parse_json((opening * 9 + "1" + closing * 9).encode())


def test_brackets_in_strings_are_no_levels():
    assert parse_json(b'["' + b"[" * 50 + b'"]') == ["[" * 50]


@pytest.mark.parametrize(
    "text",
    [
        b"[" * DEEP,
        b"[" * DEEP + b"]" * DEEP,
        b'{"a":' * DEEP,
        ('["\u0122",' + "[" * DEEP + "]" * DEEP + "]").encode("utf-16-le"),
        ('["\u0122",' + "[" * DEEP + "]" * DEEP + "]").encode("utf-16"),
        ('["\u0122",' + "[" * DEEP + "]" * DEEP + "]").encode("utf-32-be"),
    ],
    ids=["open", "closed", "objects", "utf-16-le", "utf-16", "utf-32"],
)
def test_nesting_does_not_end_a_process_whose_limit_of_recursion_was_raised(text):
    """Libraries of elliptic curves raise it, and the parser overflows its stack below the raised limit."""
    program = (
        "import sys; sys.setrecursionlimit(10**6)\n"
        "from tcss_chain.strict_json import parse_json, StrictJsonError\n"
        "try: parse_json(sys.stdin.buffer.read())\n"
        "except StrictJsonError: print('refused')\n"
    )
    finished = subprocess.run([sys.executable, "-c", program], input=text, capture_output=True, timeout=60)
    assert (finished.returncode, finished.stdout) == (0, b"refused\n")


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(text):
    try:
        parse_json(text)
    except StrictJsonError:
        return
    assert json.loads(text.decode("utf-8")) == parse_json(text)


@pytest.mark.parametrize("value", [None, [], [WORD], [WORD] * 3, [WORD, "0x1"], WORD, [WORD, 5]])
def test_a_pair_of_words_is_two_words(value):
    with pytest.raises(StrictJsonError):
        pair_of_words(value, "c")
    assert pair_of_words([WORD, "0x" + "00" * 32], "c") == (int(WORD, 16), 0)


@pytest.mark.parametrize("value", [None, 5, ["a"], {}])
def test_a_text_is_a_string(value):
    with pytest.raises(StrictJsonError, match="a is no text"):
        JsonObject({"a": value}, ("a",)).text("a")
