"""Sealed models that were cut, mixed or altered, each refused for its own reason."""

from __future__ import annotations

import json
import os

import pytest
from support.sealed_models import (
    CHAIN_ID,
    OWNER,
    SEALING_KEY,
    SID,
    STRANGER,
    changed,
    opened_header,
    plain_model,
    sealed_model,
)

from tcss_chain.curve import FIELD_MODULUS, GROUP_ORDER, G
from tcss_chain.protocol.capsule import SignedCapsule, encapsulate
from tcss_chain.protocol.model_label import ModelLabel
from tcss_chain.protocol.typed_signature import SignedKind, sign_typed
from tcss_chain.sealed_model import open_to_memory, read_header
from tcss_chain.sealed_model.errors import (
    CapsuleProofError,
    ChunkError,
    FileLengthError,
    HeaderError,
    ModelFileError,
    NotSealedModelError,
    OwnerSignatureError,
    SealedModelError,
    WrongModelKeyError,
)
from tcss_chain.sealed_model.header_format import MAX_BYTES, Header, decode_header, encode_header
from tcss_chain.sealed_model.model_lanes import OpeningLane
from tcss_chain.sealed_model.sealed_file import DATA_OFFSET, MAX_MODEL_BYTES
from tcss_chain.sealed_model.stream import CHUNK_BYTES

SMALL = b"a very small model"
SEALED_CHUNK = CHUNK_BYTES + 16


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A model of one chunk, and where its header ends."""
    content = sealed_model(tmp_path_factory.mktemp("small"), SMALL).read_bytes()
    return content, 12 + int.from_bytes(content[8:12], "big")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.tcss"


@pytest.fixture
def header_of(small, path):
    """A function that reads the header of a file after a change of its JSON text."""
    content, end = small

    def read(change):
        text = change(content[12:end].decode()).encode()
        path.write_bytes(start_of(text) + content[DATA_OFFSET:])
        return read_header(path)

    return read


def test_a_file_cut_anywhere_is_refused(small, path):
    content, _ = small
    for length in range(len(content)):
        path.write_bytes(content[:length])
        expected = (
            NotSealedModelError if not length else HeaderError if length < DATA_OFFSET else FileLengthError
        )
        with pytest.raises(expected):
            read_header(path)


def test_a_longer_file_is_refused(small, path):
    content, _ = small
    for more in (b"\0", bytes(5000)):
        path.write_bytes(content + more)
        with pytest.raises(FileLengthError) as caught:
            read_header(path)
        assert (caught.value.expected, caught.value.actual) == (len(content), len(content) + len(more))


def read_and_open(path):
    header, key = opened_header(path)
    open_to_memory(path, key, header)


def test_no_byte_can_be_altered(small, path):
    content, end = small
    for place in range(len(content)):
        broken = bytearray(content)
        broken[place] ^= 1 << place % 8
        path.write_bytes(broken)
        with pytest.raises(SealedModelError) as caught:
            read_and_open(path)
        if place < 8:
            assert isinstance(caught.value, NotSealedModelError)
        assert isinstance(caught.value, ChunkError) == (place >= DATA_OFFSET)
        if end <= place < DATA_OFFSET:
            assert isinstance(caught.value, HeaderError)
            assert caught.value.what == "what follows it is not zero"


def test_the_room_between_header_and_chunks_is_all_zeros(small):
    content, end = small
    assert end < DATA_OFFSET == 4096
    assert content[end:DATA_OFFSET] == bytes(DATA_OFFSET - end)


def test_a_header_that_claims_a_part_of_the_room_is_refused(small, path):
    content, end = small
    path.write_bytes(content[:8] + (end - 12 + 1).to_bytes(4, "big") + content[12:])
    with pytest.raises(HeaderError):
        read_header(path)


def test_no_digit_of_the_wrapped_key_can_be_altered(small, path):
    content, end = small
    begin = content.index(b'"wrapped_key":"0x') + 17
    assert content[begin + 96 : end] == b'"}'
    for place in range(begin, begin + 96):
        broken = bytearray(content)
        broken[place] = ord("1" if broken[place] == ord("0") else "0")
        path.write_bytes(broken)
        with pytest.raises(WrongModelKeyError):
            read_and_open(path)


def test_a_wrapped_key_of_another_file_of_the_same_owner_is_refused(tmp_path, path):
    """Two sealings of one model: the labels are the same, the keys are not."""
    first, second = (sealed_model(tmp_path, SMALL, name).read_bytes() for name in ("one", "two"))
    begin = first.index(b'"wrapped_key"')
    assert second.index(b'"wrapped_key"') == begin
    path.write_bytes(first[:begin] + second[begin:DATA_OFFSET] + first[DATA_OFFSET:])
    with pytest.raises(WrongModelKeyError):
        read_and_open(path)
    # With the chunks of the other file as well, only the capsule is of the first one.
    path.write_bytes(first[:begin] + second[begin:])
    with pytest.raises(WrongModelKeyError):
        read_and_open(path)
    path.write_bytes(first[:DATA_OFFSET] + second[DATA_OFFSET:])
    with pytest.raises(ChunkError) as caught:
        read_and_open(path)
    assert caught.value.index == 0


def test_a_wrong_key_is_noticed_before_a_chunk_is_read(small, path, monkeypatch):
    content, _ = small
    path.write_bytes(content[:DATA_OFFSET] + bytes(len(content) - DATA_OFFSET))
    header, key = opened_header(path)
    with pytest.raises(ChunkError):
        open_to_memory(path, key, header)
    monkeypatch.setattr(OpeningLane, "prepare", None)
    key[0] ^= 1
    with pytest.raises(WrongModelKeyError):
        open_to_memory(path, key, header)


@pytest.mark.parametrize("content", [b"\0" * 100, b"PK\3\4" + bytes(2000), b"tcsseal1" + bytes(2000), b"x"])
def test_other_files_are_told_apart(path, content):
    path.write_bytes(content)
    with pytest.raises(NotSealedModelError, match="begins in another way"):
        read_header(path)


def test_an_empty_file_is_told_apart(path):
    path.write_bytes(b"")
    with pytest.raises(NotSealedModelError, match="empty"):
        read_header(path)


@pytest.mark.parametrize("length", [MAX_BYTES + 1, 2**31, 2**32 - 1])
def test_a_header_is_not_read_because_it_says_that_it_is_long(path, length, monkeypatch):
    path.write_bytes(b"TCSSEAL1" + length.to_bytes(4, "big") + bytes(10_000))
    with pytest.raises(HeaderError, match=f"longer than {MAX_BYTES}"):
        read_header(path)


def test_a_header_of_no_bytes_is_refused(path):
    path.write_bytes(b"TCSSEAL1" + bytes(4) + bytes(100))
    with pytest.raises(HeaderError):
        read_header(path)


def test_no_memory_is_taken_for_a_size_that_the_file_does_not_have(path):
    """The owner signs a size of a petabyte; the file is not there."""
    huge = MAX_MODEL_BYTES
    path.write_bytes(own_start(size=huge) + bytes(100))
    with pytest.raises(FileLengthError) as caught:
        read_header(path)
    assert caught.value.expected > huge


def test_a_size_that_needs_more_chunks_than_can_be_counted_is_refused(path):
    path.write_bytes(own_start(size=MAX_MODEL_BYTES + 1))
    with pytest.raises(HeaderError, match="size is above"):
        read_header(path)


def own_start(account=OWNER, owner=OWNER, **facts):
    """The start of a file with a genuine proof and the signature of an account."""
    given = {"sid": SID, "model": "m", "owner": owner.address, "context": "", "digest": bytes(32), "size": 1}
    capsule, _ = encapsulate(ModelLabel(**(given | facts)), SEALING_KEY.PK)
    contract = STRANGER.address
    signature = sign_typed(account, SignedKind.CAPSULE, capsule.hash(), CHAIN_ID, contract)
    return start_of(encode_header(Header(CHAIN_ID, contract, SignedCapsule(capsule, signature), bytes(48))))


def start_of(text):
    """Everything before the chunks."""
    return (b"TCSSEAL1" + len(text).to_bytes(4, "big") + text).ljust(DATA_OFFSET, b"\0")


def test_what_somebody_else_signed_is_refused(path):
    path.write_bytes(own_start() + bytes(17))
    read_header(path)
    path.write_bytes(own_start(account=STRANGER) + bytes(17))
    with pytest.raises(OwnerSignatureError) as caught:
        read_header(path)
    assert caught.value.owner == OWNER.address


def with_field(name, value):
    def change(text):
        values = json.loads(text)
        values[name] = value(values[name]) if callable(value) else value
        return json.dumps(values, separators=(",", ":"))

    return change


def word(number):
    return f"0x{number:064x}"


def flipped(digits):
    return digits[:-1] + ("1" if digits[-1] == "0" else "0")


UNDER_PROOF = {
    "session": flipped,
    "model": "other",
    "owner": STRANGER.address,
    "context": "other uses",
    "digest": flipped,
    "c": [word(each) for each in (G * 7).words()],
    "challenge": flipped,
    "response": flipped,
}


@pytest.mark.parametrize("name", UNDER_PROOF)
def test_the_proof_holds_for_this_label_only(header_of, name):
    with pytest.raises(CapsuleProofError):
        header_of(with_field(name, UNDER_PROOF[name]))


def test_another_size_does_not_fit_the_file(header_of):
    with pytest.raises(FileLengthError):
        header_of(with_field("size", len(SMALL) + 1))


@pytest.mark.parametrize("name", ["chain_id", "contract", "owner_signature"])
def test_the_signature_holds_for_this_contract_only(header_of, name):
    values = {
        "chain_id": CHAIN_ID + 1,
        "contract": OWNER.address,
        "owner_signature": lambda given: given | {"vs": flipped(given["vs"])},
    }
    with pytest.raises(OwnerSignatureError):
        header_of(with_field(name, values[name]))


def test_the_other_form_of_the_signature_is_refused(header_of):
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

    def other_form(signature):
        vs = int(signature["vs"], 16)
        s, parity = vs & (1 << 255) - 1, vs >> 255
        return signature | {"vs": word((order - s) % 2**255 | (1 - parity) << 255)}

    with pytest.raises(OwnerSignatureError):
        header_of(with_field("owner_signature", other_form))


BAD_FIELDS = [
    ("format", "tcss-sealed-model-2"),
    ("format", None),
    ("chain_id", -1),
    ("chain_id", 2**63),
    ("chain_id", True),
    ("chain_id", "31337"),
    ("chain_id", 1.0),
    ("contract", STRANGER.address.lower()),
    ("contract", "0x12"),
    ("session", SID.hex()),
    ("session", f"0x{SID.hex()}00"),
    ("model", 5),
    ("model", "../etc/passwd"),
    ("model", "m" * 65),
    ("owner", OWNER.address.lower()),
    ("context", None),
    ("context", "é"),
    ("context", "c" * 201),
    ("context", 'a "quoted" word'),
    ("digest", "0x12"),
    ("size", 0),
    ("size", -5),
    ("size", 2**53),
    ("size", 5.0),
    ("size", "5"),
    ("c", [word(1), word(3)]),
    ("c", [word(0), word(0)]),
    ("c", [word(1 + FIELD_MODULUS), word(2)]),
    ("c", [word(1)]),
    ("c", [word(1), word(2), word(0)]),
    ("c", {"x": word(1), "y": word(2)}),
    ("c", [1, 2]),
    ("challenge", word(GROUP_ORDER)),
    ("challenge", 5),
    ("response", word(GROUP_ORDER)),
    ("response", word(1).upper()),
    ("owner_signature", word(1)),
    ("owner_signature", {"r": word(1)}),
    ("owner_signature", {"r": word(1), "vs": word(1), "v": 27}),
    ("owner_signature", {"r": word(1), "vs": "0x1"}),
    ("wrapped_key", None),
    ("wrapped_key", 5),
    ("wrapped_key", word(1)),
    ("wrapped_key", f"0x{'0' * 95}"),
    ("wrapped_key", f"0x{'0' * 97}"),
    ("wrapped_key", f"0x{'A' * 96}"),
    ("wrapped_key", f"0X{'0' * 96}"),
    ("wrapped_key", "0" * 98),
]


@pytest.mark.parametrize(("name", "value"), BAD_FIELDS)
def test_values_that_are_not_of_the_format_are_refused(header_of, name, value):
    with pytest.raises(HeaderError):
        header_of(with_field(name, value))


SPELLINGS = {
    "spaces": lambda text: text.replace(",", ", "),
    "a newline at the end": lambda text: text + "\n",
    "a space before": lambda text: " " + text,
    "another order": lambda text: json.dumps(dict(reversed(json.loads(text).items())), separators=(",", ":")),
    "a field twice": lambda text: text.replace('"size":', '"size":18,"size":'),
    "one field more": lambda text: text[:-1] + ',"more":1}',
    "one field less": lambda text: text.replace('"context":"tests",', ""),
    "escaped letters": lambda text: text.replace("tests", "\\u0074ests"),
    "a number in another form": lambda text: text.replace('"size":18', '"size":18.0'),
    "a number with a zero before": lambda text: text.replace('"size":18', '"size":018'),
    "a list": lambda text: f"[{text}]",
    "no JSON": lambda text: text[:-1],
    "deep nesting": lambda text: "[" * 2000 + "]" * 2000,
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_header_has_one_spelling(header_of, spelling):
    assert header_of(lambda text: text).label.size == 18
    with pytest.raises(HeaderError):
        header_of(SPELLINGS[spelling])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "utf-8-sig"])
def test_a_header_is_ascii(small, encoding):
    content, end = small
    with pytest.raises(HeaderError):
        decode_header(content[12:end].decode().encode(encoding))
    assert encode_header(decode_header(content[12:end])) == content[12:end]


def test_the_header_is_in_the_order_of_the_format(small):
    content, end = small
    assert list(json.loads(content[12:end])) == [
        "format", "chain_id", "contract", "session", "model", "owner", "context", "digest", "size", "c",
        "challenge", "response", "owner_signature", "wrapped_key",
    ]  # fmt: skip


def test_a_folder_or_a_missing_file_is_told(tmp_path):
    with pytest.raises(ModelFileError, match="regular"):
        read_header(tmp_path)
    with pytest.raises(ModelFileError, match="opened"):
        read_header(tmp_path / "nowhere")


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Two models of one session, of three chunks each."""
    folder = tmp_path_factory.mktemp("large")
    plains = [plain_model(2 * CHUNK_BYTES + 100, seed) for seed in (1, 2)]
    return [sealed_model(folder, plain, f"model{seed}") for seed, plain in enumerate(plains)]


FIRST = slice(DATA_OFFSET, DATA_OFFSET + SEALED_CHUNK)
SECOND = slice(FIRST.stop, FIRST.stop + SEALED_CHUNK)


def swapped(content, _other):
    content[FIRST], content[SECOND] = content[SECOND], content[FIRST]


def repeated(content, _other):
    content[SECOND] = content[FIRST]


def mixed(content, other):
    content[SECOND] = other[SECOND]


def all_of_the_other(content, other):
    content[DATA_OFFSET:] = other[DATA_OFFSET:]


def altered_at_the_end(content, _other):
    content[-1] ^= 1


@pytest.mark.parametrize(
    ("change", "index"),
    [(swapped, 0), (repeated, 1), (mixed, 1), (all_of_the_other, 0), (altered_at_the_end, 2)],
)
def test_chunks_of_other_places_or_models_are_refused(large, path, change, index):
    first, second = (each.read_bytes() for each in large)
    path.write_bytes(first)
    _, key = opened_header(path)
    changed(path, lambda content: change(content, second))
    with pytest.raises(ChunkError) as caught:
        open_to_memory(path, key, read_header(path))
    assert caught.value.index == index
    assert os.listdir(path.parent) == ["model.tcss"]
