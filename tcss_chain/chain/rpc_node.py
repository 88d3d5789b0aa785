"""One node among several: what it is called, and whether it deserves to be asked."""

from __future__ import annotations

import time
from threading import BoundedSemaphore, Lock
from typing import Any, Final

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from web3 import Web3
from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from .bounded_provider import BoundedProvider

FIRST_REST_SECONDS: Final = 5.0
"""How long a node is left alone after it failed; every further failure doubles it."""

LONGEST_REST_SECONDS: Final = 300.0
"""How long a node is left alone at most."""

PROBE_SECONDS: Final = 5.0
"""How long a node may take when it is asked only how it is."""

MAX_IN_FLIGHT: Final = 64
"""How many questions a node may have at once of those that are asked of several nodes together."""

_CONNECTIONS: Final = 64


class MalformedAnswer(ValueError):  # noqa: N818  # named in messages
    """An answer that is neither a result nor an error of JSON-RPC."""


NODE_FAILURES: Final = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)
"""What a node that fails raises. Answers that are too large, too deep or not JSON are among the last."""


class _Rest:
    """How long something that failed is left alone: longer each time."""

    def __init__(self) -> None:
        self._failures = 0
        self._until = 0.0

    @property
    def lasts(self) -> bool:
        return time.monotonic() < self._until

    def begin(self) -> None:
        if self.lasts:
            return  # requests that were under way together count once
        self._until = time.monotonic() + min(FIRST_REST_SECONDS * 2**self._failures, LONGEST_REST_SECONDS)
        self._failures = min(self._failures + 1, 16)

    def end(self) -> None:
        self._failures = 0
        self._until = 0.0


class NodeHealth:
    """
    Whether a node has failed lately; may be used by several threads.

    Requests and probes are told apart: a node that says at once how it is may still be silent when it is
    asked for something, so an answer to a probe does not end a rest that a request began.

    Attributes
    ----------
    admitted : bool
        Whether the node is known to be on the right chain and to have the contract. A failure ends that: who
        comes back may be another.
    lacks_state : bool
        Whether it lately would not tell the state in a block that it says it has.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests = _Rest()
        self._probes = _Rest()
        self.admitted = False
        self.lacks_state = False

    @property
    def rests(self) -> bool:
        """Whether the node is to be left alone for now."""
        return self._requests.lasts or self._probes.lasts

    def failed(self) -> None:
        """Leave the node alone for a while after a request, longer each time."""
        with self._lock:
            self._requests.begin()
            self.admitted = False

    def answered(self) -> None:
        """Trust the node again: it did what was asked."""
        with self._lock:
            self._requests.end()
            self._probes.end()

    def probed(self, *, fits: bool) -> None:
        """Note whether the node says of itself that it can be used."""
        with self._lock:
            self.admitted = fits
            if fits:
                self._probes.end()
            else:
                self._probes.begin()


class RpcNode:
    """
    One node, asked directly.

    Parameters
    ----------
    name : str
        What it is called in messages, never its URL.
    url : str
        Its JSON-RPC endpoint, http or https.
    request_seconds : float
        How long it may be silent.

    Attributes
    ----------
    provider : BoundedProvider
        Asks this node and keeps its health.
    w3 : Web3
        The library on top of it.
    probe : Web3
        The same, less patient, and without any effect on the health: to ask the node how it is, or as a
        witness.
    health : NodeHealth
        Whether it failed lately.
    in_flight : BoundedSemaphore
        Held by each question that is asked of several nodes together.
    """

    def __init__(self, name: str, url: str, request_seconds: float) -> None:
        self.name = name
        self.health = NodeHealth()
        session = requests.Session()
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(pool_maxsize=_CONNECTIONS))
        self.provider = _WatchedProvider(url, request_seconds, session, self.health)
        self.w3 = client(self.provider)
        impatient = _NodeProvider(url, min(request_seconds, PROBE_SECONDS), session)
        impatient.answer_seconds = PROBE_SECONDS
        self.probe = client(impatient)
        self.in_flight: Final = BoundedSemaphore(MAX_IN_FLIGHT)

    def __repr__(self) -> str:
        return f"RpcNode({self.name})"


class _NodeProvider(BoundedProvider):
    """Takes only what is an answer of JSON-RPC."""

    def __init__(self, url: str, request_seconds: float, session: requests.Session) -> None:
        super().__init__(
            url,
            request_kwargs={"timeout": request_seconds, "allow_redirects": False},
            session=session,
            exception_retry_configuration=None,
        )

    def __str__(self) -> str:
        return "a node whose URL is not shown"

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        response = super().make_request(method, params)
        if not _is_well_formed(response):
            raise MalformedAnswer
        return response


class _WatchedProvider(_NodeProvider):
    """Notes every success and failure of its node."""

    def __init__(
        self, url: str, request_seconds: float, session: requests.Session, health: NodeHealth
    ) -> None:
        super().__init__(url, request_seconds, session)
        self._health = health

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        try:
            response = super().make_request(method, params)
        except NODE_FAILURES:
            self._health.failed()
            raise
        self._health.answered()
        return response


def client(provider: JSONBaseProvider) -> Web3:
    """
    Put the library on top of a provider.

    Its own validation is left out: it asks for the chain id before every call, and refuses the blocks of
    chains with long headers.
    """
    w3 = Web3(provider)
    w3.middleware_onion.remove("validation")
    return w3


def _is_well_formed(response: object) -> bool:
    if not isinstance(response, dict) or response.get("jsonrpc") != "2.0" or "id" not in response:
        return False
    if "error" not in response:
        return "result" in response
    error = response["error"]
    return (
        "result" not in response
        and isinstance(error, dict)
        and isinstance(error.get("message"), str)
        and isinstance(error.get("code"), int)
    )
