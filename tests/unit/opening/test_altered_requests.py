"""No part of a good request can be changed, neither by a stranger nor by the gateway."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from support.opening_desk import ActiveSession

from tcss_chain.curve import GROUP_ORDER, G
from tcss_chain.opening.answer_encryption import ENCRYPTED_BYTES
from tcss_chain.opening.messages import Refusal, encode_request
from tcss_chain.protocol.capsule import verify_capsule


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_every_alteration_of_a_good_request_is_refused(data):
    """One digit or character of one field, by somebody without the gateway's key."""
    signed, fields = ALTERED.signed, dict(ALTERED.fields)
    name = data.draw(st.sampled_from(sorted(fields)))
    fields[name] = altered(data, fields[name])
    answer = ALTERED.session.answerer().answer(ALTERED.session.sid, json.dumps(fields).encode())
    assert answer in EXPECTED[name], (name, fields[name], signed.number)


class Altered:
    """A good request, made once."""

    def __init__(self):
        self.session = ActiveSession()
        for _ in range(3):
            self.session.good()
        self.signed = self.session.good()
        self.fields = encode_request(self.signed)


ALTERED = Altered()
_HASHED = {Refusal.GATEWAY}
_HASHED_OR_OUT_OF_RANGE = {Refusal.GATEWAY, Refusal.MALFORMED}
EXPECTED = {
    "session": {Refusal.MALFORMED},
    "model": _HASHED_OR_OUT_OF_RANGE,
    "owner": {Refusal.MALFORMED},
    "context": _HASHED,
    "digest": _HASHED,
    "size": _HASHED,
    "c": {Refusal.MALFORMED},
    "challenge": _HASHED_OR_OUT_OF_RANGE,
    "response": _HASHED_OR_OUT_OF_RANGE,
    "owner_signature": {Refusal.OWNER},
    "gateway": {Refusal.MALFORMED},
    "recipient_key": _HASHED,
    "purpose": _HASHED,
    "nonce": _HASHED,
    "number": {Refusal.NOT_ANCHORED},
    "signature": _HASHED,
}


def altered(data, value):
    """Another value that looks like this one."""
    if isinstance(value, int):
        return data.draw(st.integers(0, 2**53 - 1).filter(lambda other: other not in (0, value)))
    if isinstance(value, dict):
        key = data.draw(st.sampled_from(sorted(value)))
        return value | {key: altered(data, value[key])}
    if isinstance(value, list):
        index = data.draw(st.integers(0, len(value) - 1))
        return [altered(data, each) if place == index else each for place, each in enumerate(value)]
    hexadecimal = value.startswith("0x")
    place = data.draw(st.integers(2 if hexadecimal else 0, len(value) - 1))
    characters = "0123456789abcdef" if hexadecimal else "abcXYZ019"
    other = data.draw(st.sampled_from([each for each in characters if each != value[place].lower()]))
    return value[:place] + other + value[place + 1 :]


def test_the_unaltered_request_is_answered():
    answer = ALTERED.session.answerer().answer(ALTERED.session.sid, json.dumps(ALTERED.fields).encode())
    assert len(answer) == ENCRYPTED_BYTES


@given(multiplier=st.integers(2, GROUP_ORDER - 1), shift=st.integers(0, GROUP_ORDER - 1))
@settings(max_examples=40, deadline=None)
def test_no_point_made_from_an_honest_one_is_answered(multiplier, shift):
    """A dishonest gateway signs and anchors it, and adapts the proof as far as it can."""
    session = ALTERED.session
    honest = ALTERED.signed.request.capsule
    # If c' = m*c + k*G had the challenge e, then m*s + e*k would fit for the commitment m*R.
    response = (multiplier * honest.response + honest.challenge * shift) % GROUP_ORDER
    capsule = replace(honest, c=honest.c * multiplier + G * shift, response=response)
    assert not verify_capsule(capsule)
    request = session.request(capsule)
    assert session.ask(session.sign(request, session.anchor(request))) is Refusal.PROOF
    session.chain.lines.pop()
