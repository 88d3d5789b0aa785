"""Asking participants, among them bad ones."""

from __future__ import annotations

import json
import time

import pytest
from support.openings import (
    CHAIN_ID,
    CONTRACT,
    Circle,
    answer_of,
    answering_all,
    honest,
    in_turn,
    refusing,
    saying,
)
from support.raw_server import dripping, http, pouring, raw_server, unused_port

from tcss_chain.exchange.back_off import BackOff
from tcss_chain.opening.answer_check import AnswerCheck, FalseAnswer
from tcss_chain.opening.answer_encryption import RecipientKey, encrypt_answer
from tcss_chain.opening.gathering import gather_answers
from tcss_chain.opening.messages import Refusal, decode_request, encode_answer
from tcss_chain.opening.opening_settings import MAX_ANSWER_BYTES, OpeningSettings
from tcss_chain.protocol.partial_decryption import combine
from tcss_chain.transport import Limits

CIRCLE = Circle()
QUICK = OpeningSettings(
    patience_seconds=1.5,
    limits=Limits(connect_seconds=0.5, total_seconds=1, max_bytes=MAX_ANSWER_BYTES),
    back_off=BackOff(first_seconds=0.02, highest_seconds=0.1),
)
LASTING = OpeningSettings(
    patience_seconds=20, limits=QUICK.limits, back_off=BackOff(first_seconds=0.02, highest_seconds=0.1)
)


class Gatherer:
    """Asks the circle with a key of its own; keeps what happened."""

    def __init__(self, circle=CIRCLE):
        self.circle = circle
        self.key = RecipientKey()
        self.request = circle.request(self.key)
        self.check = AnswerCheck(circle.session, self.request, self.key, CHAIN_ID, CONTRACT)

    def at(self, urls, settings=LASTING, needed=None):
        services = dict(zip(self.circle.addresses, urls, strict=True))
        signed = self.circle.signed(self.request, number=7)
        return gather_answers(signed, services, self.check, needed or self.circle.t, settings)

    def of(self, responds, settings=LASTING):
        with answering_all(responds) as services:
            found = self.at([each.url for each in services], settings)
            self.services = services
            return found

    def key_of(self, found):
        roster = self.circle.session.roster
        return combine({roster.participant(each).x: d for each, d in found.partials.items()})


@pytest.fixture
def gatherer():
    return Gatherer()


def everybody(circle=CIRCLE):
    return [circle.honest(seat) for seat in range(len(circle.accounts))]


def test_the_first_t_right_answers_give_the_key(gatherer):
    found = gatherer.of(everybody())
    assert len(found.partials) == CIRCLE.t
    assert gatherer.key_of(found) == CIRCLE.K
    assert not found.false
    assert not found.refused
    assert set(found.silent) == set(CIRCLE.addresses) - set(found.partials)


def test_everybody_is_asked_the_same_at_the_same_place(gatherer):
    gatherer.of([refusing("limit")] * 2 + [CIRCLE.honest(seat) for seat in (2, 3, 4)])
    assert {path for each in gatherer.services for path in each.paths} == {
        f"/v1/sessions/{CIRCLE.sid.hex()}/openings"
    }
    assert len({body for each in gatherer.services for body in each.bodies}) == 1
    (signed,) = gatherer.services[0].requests
    assert signed == CIRCLE.signed(gatherer.request, number=7)


UNUSABLE = {
    "of somebody else": ("unreadable", lambda g: CIRCLE.honest(1)),
    "of no member": ("unreadable", lambda g: honest(CIRCLE.gateway, CIRCLE.shares[0])),
    "signed for another chain": (
        "signature",
        lambda g: honest(CIRCLE.accounts[0], CIRCLE.shares[0], CHAIN_ID + 1),
    ),
    "wrong and signed for another chain": (
        "signature",
        lambda g: honest(CIRCLE.accounts[0], 12345, CHAIN_ID + 1),
    ),
    "replayed from another request": ("unreadable", lambda g: replaying(g)),
    "noise of the right length": ("unreadable", lambda g: saying(encode_answer(bytes(240)))),
    "one bit flipped": ("unreadable", lambda g: flipping(CIRCLE.honest(0))),
    "too short": ("malformed", lambda g: saying(encode_answer(bytes(239)))),
    "with the status of a refusal": ("malformed", lambda g: with_status(CIRCLE.honest(0), 403)),
    "with the status of a failure": ("malformed", lambda g: with_status(CIRCLE.honest(0), 503)),
    "no JSON": ("malformed", lambda g: saying(b"<html>hello</html>")),
    "no text": ("malformed", lambda g: saying(b"\xff\xfe\x00")),
    "empty": ("malformed", lambda g: saying(b"")),
    "deep": ("malformed", lambda g: saying(b"[" * 900)),
    "another object": ("malformed", lambda g: saying(b'{"answer": null}')),
    "an unknown refusal": ("malformed", lambda g: saying(b'{"refused": "because"}')),
    "both": ("malformed", lambda g: saying(b'{"answer": "0x00", "refused": "limit"}')),
}


def replaying(gatherer):
    """A right answer to an earlier request, whose key was the same."""
    account = CIRCLE.accounts[0]
    earlier = CIRCLE.request(gatherer.key, nonce=b"\x09" * 32)
    answer = answer_of(earlier, account, CIRCLE.shares[0])
    return saying(encode_answer(encrypt_answer(earlier, account.address, answer)))


def flipping(respond):
    def flipped(body):
        status, content = respond(body)
        place = content.index(b"0x") + 100
        return status, content[:place] + (b"1" if content[place] == ord("0") else b"0") + content[place + 1 :]

    return flipped


def with_status(respond, status):
    return lambda body: (status, respond(body)[1])


@pytest.mark.parametrize("y", [12345, 0], ids=["another share", "a share of zero"])
def test_a_wrong_answer_is_identified_and_its_sender_is_not_asked_again(gatherer, y):
    # One of five cannot answer, so all others must be heard, the wrong one among them.
    responds = [honest(CIRCLE.accounts[0], y), CIRCLE.honest(1), refusing("limit"), *everybody()[3:]]
    slow = [delayed(each, 0.3) if seat else each for seat, each in enumerate(responds)]
    found = gatherer.of(slow)
    assert found.false == {CIRCLE.addresses[0]: FalseAnswer.PROOF}
    assert gatherer.key_of(found) == CIRCLE.K
    assert len(gatherer.services[0].bodies) == 1


@pytest.mark.parametrize("kind", UNUSABLE)
def test_what_is_no_answer_of_the_participant_is_not_held_against_it(gatherer, kind):
    reason, make = UNUSABLE[kind]
    responds = [make(gatherer), CIRCLE.honest(1), refusing("limit"), CIRCLE.honest(3), CIRCLE.honest(4)]
    slow = [delayed(each, 0.3) if seat else each for seat, each in enumerate(responds)]
    found = gatherer.of(slow)
    assert found.silent == {CIRCLE.addresses[0]: f"no usable answer: {reason}"}
    assert found.false == {}
    assert gatherer.key_of(found) == CIRCLE.K


@pytest.mark.parametrize("kind", UNUSABLE)
def test_who_sent_what_is_no_answer_is_asked_again(gatherer, kind):
    """A proxy's page, or one bad byte, costs nobody the answer that would follow."""
    _, make = UNUSABLE[kind]
    responds = [in_turn(make(gatherer), CIRCLE.honest(0)), refusing("limit"), refusing("policy")]
    found = gatherer.of([*responds, CIRCLE.honest(3), CIRCLE.honest(4)])
    assert gatherer.key_of(found) == CIRCLE.K
    assert len(gatherer.services[0].bodies) == 2
    assert not found.false
    assert not found.silent


def test_garbage_before_all_answers_does_not_make_the_opening_fail(gatherer):
    garbage = [saying(b"<html>proxy error</html>"), saying(encode_answer(bytes(240)))]
    found = gatherer.of([in_turn(*garbage, each) for each in everybody()])
    assert gatherer.key_of(found) == CIRCLE.K
    assert not found.false


def test_being_asked_again_does_not_tell_whether_a_share_is_right():
    """Unsigned, a right answer and a wrong one are asked for again alike; signed, neither is."""
    shares = (CIRCLE.shares[0], 1)

    def asked(chain_id):
        answers = [honest(CIRCLE.accounts[seat], y, chain_id) for seat, y in enumerate(shares)]
        responds = [in_turn(each, refusing("limit")) for each in answers]
        gatherer = Gatherer()
        gatherer.of([*responds, *[refusing("not_anchored")] * 3], QUICK)
        return [len(each.bodies) for each in gatherer.services[:2]]

    assert asked(CHAIN_ID + 1) == [2, 2]
    assert asked(CHAIN_ID) == [1, 1]


def delayed(respond, seconds):
    def later(body):
        time.sleep(seconds)
        return respond(body)

    return later


@pytest.mark.parametrize("missing", [(0,), (1, 4), (0, 2)])
def test_up_to_n_minus_t_may_be_missing(gatherer, missing):
    with answering_all(everybody()) as services:
        urls = [each.url for each in services]
        for seat in missing:
            urls[seat] = f"http://127.0.0.1:{unused_port()}"
        found = gatherer.at(urls)
    assert gatherer.key_of(found) == CIRCLE.K
    assert set(found.silent) >= {CIRCLE.addresses[seat] for seat in missing}


def test_with_t_minus_one_right_answers_there_is_no_key_and_everybody_is_accounted_for(gatherer):
    responds = [
        CIRCLE.honest(0),
        CIRCLE.honest(1),
        refusing("policy"),
        honest(CIRCLE.accounts[3], 1),
        refusing("not_anchored"),
    ]
    found = gatherer.of(responds, QUICK)
    accounts = CIRCLE.addresses
    assert set(found.partials) == set(accounts[:2])
    assert found.refused == {accounts[2]: Refusal.POLICY, accounts[4]: Refusal.NOT_ANCHORED}
    assert found.false == {accounts[3]: FalseAnswer.PROOF}
    assert found.silent == {}


@pytest.mark.parametrize(("first", "status"), [("not_anchored", 403), ("busy", 429), ("unavailable", 503)])
def test_who_cannot_answer_yet_is_asked_again(gatherer, first, status):
    not_yet = refusing(first, status)
    responds = [in_turn(not_yet, not_yet, CIRCLE.honest(seat)) for seat in range(5)]
    found = gatherer.of(responds)
    assert gatherer.key_of(found) == CIRCLE.K
    assert all(each not in found.refused for each in found.partials)


def test_who_could_not_be_reached_is_asked_again(gatherer):
    responds = [in_turn(saying(b"bad gateway", 502), CIRCLE.honest(seat)) for seat in range(5)]
    assert gatherer.key_of(gatherer.of(responds)) == CIRCLE.K


def test_pages_of_a_proxy_are_no_answers_of_the_participant(gatherer):
    responds = [saying(b"<html>", 503), saying(b"<html>", 403), *everybody()[2:]]
    assert gatherer.key_of(gatherer.of(responds)) == CIRCLE.K
    found = gatherer.of([*responds[:2], refusing("busy", 429), *responds[3:]], QUICK)
    assert found.silent == {CIRCLE.addresses[0]: "status 503", CIRCLE.addresses[1]: "status 403"}


@pytest.mark.parametrize("code", ["limit", "policy", "convicted", "too_old", "not_offered", "gateway"])
def test_who_refuses_for_good_is_not_asked_again(gatherer, code):
    found = gatherer.of([refusing(code), *[delayed(each, 0.2) for each in everybody()[1:]]])
    assert found.refused[CIRCLE.addresses[0]] is Refusal(code)
    assert len(gatherer.services[0].bodies) == 1


def test_asking_ends_at_once_when_too_many_refuse_for_good(gatherer):
    started = time.monotonic()
    found = gatherer.of([refusing("limit")] * 3 + [refusing("not_anchored")] * 2)
    assert time.monotonic() - started < 3
    assert list(found.refused.values()).count(Refusal.LIMIT) == 3


def test_a_wrong_answer_does_not_end_the_asking_of_others(gatherer):
    """Whoever is asked could see it, and know what became of an answer."""
    wrong = [honest(CIRCLE.accounts[seat], 1) for seat in range(3)]
    started = time.monotonic()
    found = gatherer.of([*wrong, refusing("not_anchored"), refusing("not_anchored")], QUICK)
    assert time.monotonic() - started >= QUICK.patience_seconds
    assert set(found.false) == set(CIRCLE.addresses[:3])
    right = Gatherer()
    right.of([CIRCLE.honest(0), CIRCLE.honest(1), wrong[2], *[refusing("not_anchored")] * 2], QUICK)
    counts = [[len(each.bodies) for each in each.services[:3]] for each in (gatherer, right)]
    assert counts == [[1, 1, 1], [1, 1, 1]]


@pytest.mark.parametrize(
    "respond",
    [
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"),
        pouring(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 65536),
        pouring(b"HTTP/1.1 200 OK\r\n", b"X-Long: " + b"a" * 4000 + b"\r\n"),
        http(b" " * (MAX_ANSWER_BYTES + 1)),
        http(b"", "200 OK", length=100),
        http(b"", "302 Found", ["Location: /elsewhere"]),
        b"",
        b"SSH-2.0-OpenSSH\r\n",
    ],
    ids=["drips", "pours", "long head", "large", "cut", "redirects", "silent", "no HTTP"],
)
def test_hostile_services_cost_nobody_else_anything(gatherer, respond):
    with raw_server(respond) as hostile, answering_all(everybody()) as services:
        urls = [hostile.url, refusing_url(services), *[each.url for each in services[2:]]]
        services[1].respond = refusing("limit")
        started = time.monotonic()
        found = gatherer.at(urls)
        assert time.monotonic() - started < 2
    assert gatherer.key_of(found) == CIRCLE.K
    assert CIRCLE.addresses[0] in found.silent


def refusing_url(services):
    return services[1].url


def test_a_redirect_is_not_followed(gatherer):
    with answering_all(everybody()) as services:
        elsewhere = f"Location: {services[0].url}/v1/sessions/{CIRCLE.sid.hex()}/openings"
        with raw_server(http(b"", "307 Temporary Redirect", [elsewhere])) as redirecting:
            urls = [redirecting.url, *[each.url for each in services[1:]]]
            services[3].respond = services[4].respond = refusing("limit")
            found = gatherer.at(urls, QUICK)
        assert services[0].bodies == []
    assert found.silent == {CIRCLE.addresses[0]: "status 307"}
    assert len(found.partials) == 2


def test_one_slow_participant_does_not_hold_up_the_others(gatherer):
    responds = [delayed(everybody()[0], 5), *everybody()[1:]]
    started = time.monotonic()
    found = gatherer.of(responds)
    assert time.monotonic() - started < 2
    assert found.silent[CIRCLE.addresses[0]] == "not waited for any longer"


def test_answers_after_the_patience_are_too_late(gatherer):
    found = gatherer.of([delayed(each, 0.9) for each in everybody()], settings_with(0.3))
    assert not found.partials
    assert set(found.silent) == set(CIRCLE.addresses)


def settings_with(patience):
    return OpeningSettings(patience_seconds=patience, limits=QUICK.limits, back_off=QUICK.back_off)


def test_a_large_circle_with_many_bad_members_is_opened():
    circle = Circle(n=40, t=20)
    responds = everybody(circle)
    for seat in range(20):
        responds[seat * 2] = (
            refusing("limit"),
            honest(circle.accounts[seat * 2], 5),
            saying(b"nonsense"),
            saying(b"", 500),
        )[seat % 4]
    gatherer = Gatherer(circle)
    found = gatherer.of(responds)
    assert gatherer.key_of(found) == circle.K
    assert set(found.partials) == set(circle.addresses[1::2])


def test_the_request_that_travels_holds_no_secret(gatherer):
    gatherer.of(everybody())
    (body, *_more) = gatherer.services[0].bodies
    assert set(json.loads(body)) == {
        *("session", "model", "owner", "context", "digest", "size", "c", "challenge", "response"),
        *("owner_signature", "gateway", "recipient_key", "purpose", "nonce", "number", "signature"),
    }
    assert decode_request(body).request.recipient_key == gatherer.key.public


def test_what_was_gathered_does_not_show_the_answers(gatherer):
    found = gatherer.of(everybody())
    shown = repr(found)
    for d in found.partials.values():
        assert all(f"{word:x}" not in shown and str(word) not in shown for word in d.words())
    assert "partials" not in shown


def test_an_answer_that_breaks_the_check_stops_nobody_else(gatherer, monkeypatch):
    real = gatherer.check.check

    def breaking(account, encrypted):
        if account == CIRCLE.addresses[0]:
            raise ZeroDivisionError
        return real(account, encrypted)

    monkeypatch.setattr(gatherer.check, "check", breaking)
    responds = [CIRCLE.honest(0), refusing("limit"), *[delayed(each, 0.2) for each in everybody()[2:]]]
    found = gatherer.of(responds)
    assert gatherer.key_of(found) == CIRCLE.K
    assert found.silent == {CIRCLE.addresses[0]: "unexpected ZeroDivisionError"}


def test_a_refusal_after_wrong_answers_does_not_end_the_asking_of_others(gatherer):
    wrong = [honest(CIRCLE.accounts[seat], 1) for seat in range(2)]
    not_yet = [refusing("not_anchored")] * 2
    started = time.monotonic()
    found = gatherer.of([*wrong, delayed(refusing("limit"), 0.3), *not_yet], QUICK)
    assert time.monotonic() - started >= QUICK.patience_seconds
    assert len(found.false) == 2


def test_never_more_right_answers_are_taken_than_needed():
    with answering_all(everybody()) as services:
        for _ in range(10):
            assert len(Gatherer().at([each.url for each in services], needed=1).partials) == 1
