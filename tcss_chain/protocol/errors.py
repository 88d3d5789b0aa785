"""Errors of the protocol mathematics."""

from __future__ import annotations

from tcss_chain.errors import TcssError


class ProtocolError(TcssError):
    """Base class: some value does not follow the protocol."""


class NotInRosterError(ProtocolError):
    """
    Somebody is named who did not join the session.

    Attributes
    ----------
    who : str
        The address or the seat.
    """

    def __init__(self, who: str) -> None:
        self.who = who
        super().__init__(f"{who} did not join this session; name a participant of the roster")


class LabelError(ProtocolError):
    """
    A fact of a model's label is not of its form.

    Attributes
    ----------
    field : str
        Which fact; its value is not repeated.
    """

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(
            f"the {field} of the model's label is not of its form; names have 1 to 64 letters, digits and "
            "._-, contexts at most 200 printable ASCII characters"
        )


class OpeningRequestError(ProtocolError):
    """
    A field of an opening request is not of its form.

    Attributes
    ----------
    field : str
        Which field; its value is not repeated.
    """

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(
            f"the {field} of the opening request is not of its form; a purpose has 1 to 200 printable ASCII "
            "characters"
        )


class IdentityKeyError(ProtocolError):
    """
    A key is the identity of the group, which hides nothing.

    Attributes
    ----------
    key : str
        Which key.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"{key} is the identity; do not use this session")


class AuditorKeyMismatchError(ProtocolError):
    """The private key is not the one of this session; it is not kept here."""

    def __init__(self) -> None:
        super().__init__(
            "the private key does not belong to the session's key A; use the key of this very session"
        )


class TraceError(ProtocolError):
    """Base class: a trace, its challenge or its proof does not follow the protocol."""


class ChallengeFormatError(TraceError):
    """
    A query challenge has a field of the wrong size.

    Attributes
    ----------
    field : str
        Which field.
    """

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(
            f"the {field} of the query challenge does not fit one word; take it from the record again"
        )


class TooManyDroppedError(TraceError):
    """
    More query points are said to be dropped than the protocol allows.

    Attributes
    ----------
    dropped, limit : int
        Numbers of points.
    """

    def __init__(self, dropped: int, limit: int) -> None:
        self.dropped = dropped
        self.limit = limit
        super().__init__(
            f"{dropped} dropped query points; query with fewer shares, at most {limit} may be dropped"
        )


class DroppedOutOfRangeError(TraceError):
    """
    A query point is said to be dropped that is not there.

    Attributes
    ----------
    dropped : int
        The bitmap.
    query_points : int
        How many points there are.
    """

    def __init__(self, dropped: int, query_points: int) -> None:
        self.dropped = dropped
        self.query_points = query_points
        super().__init__(
            f"the bitmap of dropped points is {dropped:#x}; set only its lowest {query_points} bits"
        )


class QuerySizeError(TraceError):
    """
    There is no query of this size.

    Attributes
    ----------
    size : int
        How many query points were asked for.
    available : int
        How many there can be.
    """

    def __init__(self, size: int, available: int) -> None:
        self.size = size
        self.available = available
        super().__init__(f"{size} query points asked for; ask for 1 to {available}")


class AccusedCountError(TraceError):
    """
    The accused are none, or so many that their shares determine all others.

    Attributes
    ----------
    accused, threshold : int
        Numbers of participants.
    """

    def __init__(self, accused: int, threshold: int) -> None:
        self.accused = accused
        self.threshold = threshold
        super().__init__(f"{accused} accused; accuse at least one and fewer than the threshold {threshold}")


class StatementMismatchError(TraceError):
    """
    A trace statement is about another session, key or aggregate, or its accused are not in order.

    Attributes
    ----------
    field : str
        Which field does not fit.
    """

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(
            f"the {field} of the trace statement does not fit the session; make the statement again"
        )


class TraceRelationError(TraceError):
    """The auditor's key or the combination of shares does not fit the statement; neither is kept here."""

    def __init__(self) -> None:
        super().__init__(
            "the key and the combination of shares do not satisfy the statement; "
            "prove only a confirmed answer, with the auditor's key of this very session"
        )


class TranscriptFormatError(TraceError):
    """
    A transcript does not fit the formats of the protocol.

    Attributes
    ----------
    field : str
        Which field.
    """

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(f"the {field} of the transcript is out of range; see the limits of its type")
