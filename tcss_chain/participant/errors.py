"""Errors of the participant."""

from __future__ import annotations

from tcss_chain.errors import TcssError


class ParticipantError(TcssError):
    """Base class: the participant cannot go on."""


class UnknownSecretsError(ParticipantError):
    """
    The participant has joined this session, but its secrets are not in the store.

    Attributes
    ----------
    sid : bytes
        The session.
    """

    def __init__(self, sid: bytes) -> None:
        self.sid = sid
        super().__init__(
            f"no secrets for session 0x{sid.hex()}, which this account has joined; "
            "restore the participant's store before anything else"
        )


class UnagreedConfigurationError(ParticipantError):
    """
    The session is not made of what the organisation agreed to.

    Attributes
    ----------
    sid : bytes
        The session.
    objections : tuple of str
        What was not agreed to.
    """

    def __init__(self, sid: bytes, objections: tuple[str, ...]) -> None:
        self.sid = sid
        self.objections = objections
        super().__init__(
            f"session 0x{sid.hex()} is not what was agreed: {', '.join(objections)}; "
            "nothing was sent and nothing paid, ask whoever created it"
        )


class InconsistentShareError(ParticipantError):
    """
    The final share does not fit the aggregate.

    Attributes
    ----------
    sid : bytes
        The session.
    """

    def __init__(self, sid: bytes) -> None:
        self.sid = sid
        super().__init__(
            f"the shares received in session 0x{sid.hex()} do not add up to the aggregate; "
            "nothing was erased, ask the dealers for the shares again"
        )


class TooLittleMoneyError(TcssError):
    """
    The wallet could pay the bond, but not what comes after it.

    Attributes
    ----------
    sid : bytes
        The session.
    balance, needed : int
        Wei.
    """

    def __init__(self, sid: bytes, balance: int, needed: int) -> None:
        self.sid = sid
        self.balance = balance
        self.needed = needed
        super().__init__(
            f"session 0x{sid.hex()} is not joined: the wallet holds {balance} wei, bond and reserve for gas"
            f" are {needed}; send it more before joining closes"
        )
