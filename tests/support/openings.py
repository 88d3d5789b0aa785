"""Participants that answer opening requests, right or wrong, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress

from tcss_chain.curve import GROUP_ORDER, G, evaluate, random_nonzero_scalar, random_scalar
from tcss_chain.opening.answer_encryption import RecipientKey, SignedAnswer, encrypt_answer
from tcss_chain.opening.messages import SignedRequest, decode_request, encode_answer
from tcss_chain.opening.opening_session import OpeningSession
from tcss_chain.protocol.aggregate import SealedAggregate
from tcss_chain.protocol.capsule import Capsule, encapsulate
from tcss_chain.protocol.model_label import ModelLabel
from tcss_chain.protocol.opening import OpeningRequest
from tcss_chain.protocol.partial_decryption import decrypt_partially
from tcss_chain.protocol.roster import Participant, ParticipantKeys, Roster
from tcss_chain.protocol.sealing_key import SealingKey, make_sealing_key
from tcss_chain.protocol.typed_signature import SignedKind, sign_typed
from tcss_chain.sealed_model.sealing import seal_file

from .consortium import Consortium

CHAIN_ID = 31_337
CONTRACT = Account.from_key(b"\x77" * 32).address
OWNER = Account.from_key(b"\x55" * 32)

Respond = Callable[[bytes], tuple[int, bytes]]
"""From a request's body to status and body of the answer."""


def answer_of(
    request: OpeningRequest,
    account: LocalAccount,
    y: int,
    chain_id: int = CHAIN_ID,
    contract: ChecksumAddress = CONTRACT,
) -> SignedAnswer:
    """The answer of a participant with this share."""
    partial = decrypt_partially(request, account.address, y)
    digest = partial.hash(request, account.address)
    return SignedAnswer(partial, sign_typed(account, SignedKind.ANSWER, digest, chain_id, contract))


def honest(
    account: LocalAccount, y: int, chain_id: int = CHAIN_ID, contract: ChecksumAddress = CONTRACT
) -> Respond:
    """A participant that answers whatever it is asked."""

    def respond(body: bytes) -> tuple[int, bytes]:
        request = decode_request(body).request
        signed = answer_of(request, account, y, chain_id, contract)
        return 200, encode_answer(encrypt_answer(request, account.address, signed))

    return respond


def refusing(code: str, status: int = 403) -> Respond:
    return lambda _body: (status, json.dumps({"refused": code}).encode())


def saying(body: bytes, status: int = 200) -> Respond:
    return lambda _body: (status, body)


def in_turn(*responds: Respond) -> Respond:
    """Another answer each time, the last one from then on."""
    left = list(responds)

    def respond(body: bytes) -> tuple[int, bytes]:
        return (left.pop(0) if len(left) > 1 else left[0])(body)

    return respond


@dataclass
class AnsweringService:
    """One participant's service: what it was asked, and where it is."""

    url: str
    respond: Respond
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def requests(self) -> list[SignedRequest]:
        return [decode_request(body) for body in self.bodies]


@contextmanager
def answering(respond: Respond) -> Iterator[AnsweringService]:
    """Answer POST requests on a loopback port."""
    service = AnsweringService("", respond)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.paths.append(self.path)
            service.bodies.append(body)
            status, content = service.respond(body)
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                pass

        def log_message(self, *_arguments: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_arguments: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextmanager
def answering_all(responds: Sequence[Respond]) -> Iterator[list[AnsweringService]]:
    with ExitStack() as stack:
        yield [stack.enter_context(answering(respond)) for respond in responds]


class Circle:
    """Participants with accounts and shares of a known secret, without a chain."""

    def __init__(self, n: int = 5, t: int = 3) -> None:
        made = [Account.from_key(bytes([7, seat]) * 16) for seat in range(n)]
        self.accounts: list[LocalAccount] = sorted(made, key=lambda each: int(each.address, 16))
        self.t = t
        self.gateway = Account.from_key(b"\x33" * 32)
        self.sid = b"\x11" * 32
        self.coefficients = [random_scalar() for _ in range(t)]
        keys = ParticipantKeys(G, G)
        participants = tuple(
            Participant(account.address, seat, keys, random_nonzero_scalar())
            for seat, account in enumerate(self.accounts)
        )
        roster = Roster(self.sid, b"\x22" * 32, t, G * 5, participants)
        self.shares = [evaluate(self.coefficients, each.x) for each in participants]
        self.session = OpeningSession(
            roster,
            self.gateway.address,
            {each.account: G * y for each, y in zip(participants, self.shares, strict=True)},
        )
        self.capsule, self.K = self.encapsulate()

    @property
    def addresses(self) -> list[ChecksumAddress]:
        return [account.address for account in self.accounts]

    def encapsulate(self) -> tuple[Capsule, object]:
        label = ModelLabel(self.sid, "model", OWNER.address, "", b"\x44" * 32, 1000)
        return encapsulate(label, G * self.coefficients[0])

    def request(self, recipient: RecipientKey, nonce: bytes = b"\x01" * 32) -> OpeningRequest:
        return OpeningRequest(self.capsule, self.gateway.address, recipient.public, "test", nonce)

    def signed(self, request: OpeningRequest, number: int = 0) -> SignedRequest:
        owner = sign_typed(OWNER, SignedKind.CAPSULE, self.capsule.hash(), CHAIN_ID, CONTRACT)
        own = sign_typed(self.gateway, SignedKind.REQUEST, request.hash(), CHAIN_ID, CONTRACT)
        return SignedRequest(request, owner, own, number)

    def honest(self, seat: int) -> Respond:
        return honest(self.accounts[seat], self.shares[seat])


def sealing_key_of(consortium: Consortium) -> SealingKey:
    """What the auditor of an active session gives to owners."""
    aggregate: SealedAggregate = consortium.aggregate()
    aggregate_hash = consortium.reads.state(consortium.sid).aggregate_hash
    return make_sealing_key(consortium.alpha, consortium.sid, consortium.A, aggregate, aggregate_hash)


def seal_for(consortium: Consortium, folder: Path, content: bytes, name: str = "model") -> Path:
    """Seal a model for an active session."""
    plain, sealed = folder / f"{name}.plain", folder / f"{name}.tcss"
    plain.write_bytes(content)
    seal_file(
        plain,
        sealed,
        sealing_key=sealing_key_of(consortium),
        account=OWNER,
        model=name,
        chain_id=consortium.connection.chain_id,
        contract=consortium.connection.contract_address,
    )
    return sealed


def honest_members(consortium: Consortium) -> list[Respond]:
    """What the members of a session answer, by seat."""
    connection = consortium.connection
    return [
        honest(
            member.account,
            consortium.final_share(member) % GROUP_ORDER,
            connection.chain_id,
            connection.contract_address,
        )
        for member in consortium.members
    ]
