"""Errors of the gateway. None of them holds a key, an input or a byte of a model."""

from __future__ import annotations

from tcss_chain.errors import TcssError


class GatewayError(TcssError):
    """Base class of the errors of this folder."""


class RuntimeMissingError(GatewayError):
    """
    A package that runs models is not installed.

    Attributes
    ----------
    package : str
        Which one.
    """

    def __init__(self, package: str) -> None:
        self.package = package
        super().__init__(
            f"the package {package} is missing: install this one with its extra, tcss-chain[gateway]"
        )


class UnknownRuntimeError(GatewayError):
    """
    Nothing tells which runtime a model needs.

    Attributes
    ----------
    model : str
        What its owner calls it.
    """

    def __init__(self, model: str) -> None:
        self.model = model
        super().__init__(f"the name {model} tells no runtime; name one in the field runtime of the model")


class UnsupportedModelError(GatewayError):
    """
    A model was opened, but the runtime cannot serve it.

    Attributes
    ----------
    runtime : str
        The runtime.
    what : str
        What it cannot take, in words of this package.
    """

    def __init__(self, runtime: str, what: str) -> None:
        self.runtime = runtime
        self.what = what
        super().__init__(f"the runtime {runtime} cannot serve this model: {what}; ask its owner for another")


class InputsError(GatewayError):
    """
    A request's body cannot be used. What it holds is not repeated.

    Attributes
    ----------
    what : str
        What is wrong.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)


class PredictionError(GatewayError):
    """
    A runtime failed with an input.

    Attributes
    ----------
    kind : str
        The kind of failure; its text may hold the input.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(f"the model failed ({kind}); ask its owner whether it takes such inputs")


class ClosedSessionError(GatewayError):
    """
    The policy lets no model of a session be opened.

    Attributes
    ----------
    sid : bytes
        The session.
    reason : str
        Why.
    """

    def __init__(self, sid: bytes, reason: str) -> None:
        self.sid = sid
        self.reason = reason
        super().__init__(f"no model of session 0x{sid.hex()} is opened: {reason}")


class AuditTrailError(GatewayError):
    """
    The audit trail cannot be used; nothing is served without it.

    Attributes
    ----------
    path : str
        The file.
    what : str
        What is wrong.
    """

    def __init__(self, path: str, what: str, remedy: str) -> None:
        self.path = path
        self.what = what
        super().__init__(f"the audit trail {path} cannot be used: {what}; {remedy}")


class DamagedAuditTrailError(AuditTrailError):
    """
    A line of the audit trail was altered, removed or put in.

    Attributes
    ----------
    line : int
        Its place, from 1.
    """

    def __init__(self, path: str, line: int, what: str) -> None:
        self.line = line
        super().__init__(
            path, f"line {line}: {what}", "keep the file, find out who changed it, and name another one"
        )


class TraceBusyError(GatewayError):
    """A trace is under way, and only one is made at a time."""

    def __init__(self) -> None:
        super().__init__("a trace is under way; wait until it has ended")


class TraceStoppedError(GatewayError):
    """The gateway stopped in the middle of a trace."""

    def __init__(self) -> None:
        super().__init__(
            "the gateway stopped; start the trace again, which asks the box nothing that it was asked before"
        )


class GatewayRefusedError(GatewayError):
    """
    A gateway answered with an error.

    Attributes
    ----------
    status : int
        The HTTP status.
    code : str
        Its code, as `ErrorCode` has it.
    """

    def __init__(self, status: int, code: str) -> None:
        self.status = status
        self.code = code
        super().__init__(f"the gateway refuses ({status}, {code}); check the key and what is asked for")
