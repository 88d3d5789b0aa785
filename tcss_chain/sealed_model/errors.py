"""Errors of sealed models. None of them holds a key or a part of a model."""

from __future__ import annotations

from tcss_chain.errors import TcssError
from tcss_chain.protocol.session import Phase


class SealedModelError(TcssError):
    """Base class: a model cannot be sealed or opened."""


class NotSealedModelError(SealedModelError):
    """
    A file does not begin as a sealed model does.

    Attributes
    ----------
    what : str
        What is wrong.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"this is no sealed model: {what}; name a file that tcss seal has written")


class HeaderError(SealedModelError):
    """
    The header of a sealed model is not in the format.

    Attributes
    ----------
    what : str
        What is wrong, without the value.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"the header of the sealed model: {what}; ask the owner for the file again")


class FileLengthError(SealedModelError):
    """
    A sealed model is not as long as its header says: it was cut, or something was added.

    Attributes
    ----------
    expected, actual : int
        Bytes.
    """

    def __init__(self, expected: int, actual: int) -> None:
        self.expected = expected
        self.actual = actual
        super().__init__(
            f"the sealed model has {actual} bytes in place of the {expected} that its header announces; "
            "ask the owner for the file again"
        )


class CapsuleProofError(SealedModelError):
    """The proof of the capsule does not hold: it is for another label, or its maker did not have the key."""

    def __init__(self) -> None:
        super().__init__(
            "the proof in the sealed model's header does not hold, so no participant would answer for it; "
            "ask the owner to seal the model again"
        )


class OwnerSignatureError(SealedModelError):
    """
    The account that the label names did not sign the capsule.

    Attributes
    ----------
    owner : str
        The account that the label names.
    """

    def __init__(self, owner: str) -> None:
        self.owner = owner
        super().__init__(
            f"the sealed model names {owner} as its owner, whose signature it does not have; get the file "
            "from the owner"
        )


class ChunkError(SealedModelError):
    """
    A chunk is not what was sealed: altered, in another place, or of another file.

    Attributes
    ----------
    index : int
        Which chunk, from 0 on.
    """

    def __init__(self, index: int) -> None:
        self.index = index
        super().__init__(
            f"chunk {index} of the sealed model was altered, or belongs elsewhere; ask the owner for the "
            "file again"
        )


class WrongModelKeyError(SealedModelError):
    """The model key does not unwrap the file key: one of them belongs to another capsule or was altered."""

    def __init__(self) -> None:
        super().__init__(
            "the model key does not fit the wrapped key in the sealed model's header: one of them is another "
            "model's, or was altered; ask the owner for the file again"
        )


class DigestMismatchError(SealedModelError):
    """All chunks are genuine, but the label names another model: that is its owner's doing."""

    def __init__(self) -> None:
        super().__init__(
            "the opened model is not the one whose digest is on its label; nothing of it was kept, and its "
            "owner should be asked why"
        )


class ModelChangedError(SealedModelError):
    """A model changed while it was sealed."""

    def __init__(self) -> None:
        super().__init__(
            "the model's file changed while it was sealed; nothing was written, seal it again when nobody "
            "writes to it"
        )


class EmptyModelError(SealedModelError):
    """A model has no bytes."""

    def __init__(self) -> None:
        super().__init__("the model's file is empty; name the file that holds the model")


class ModelTooLargeError(SealedModelError):
    """
    A model is larger than the format allows.

    Attributes
    ----------
    size, limit : int
        Bytes.
    """

    def __init__(self, size: int, limit: int) -> None:
        self.size = size
        self.limit = limit
        super().__init__(f"the model has {size} bytes; at most {limit} can be sealed, seal it in parts")


class ModelMemoryError(SealedModelError):
    """
    There is not enough memory for a model.

    Attributes
    ----------
    size : int
        Bytes of the model.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(f"there is no memory for a model of {size} bytes; open it where there is more")


class ModelWipedError(SealedModelError):
    """An opened model is asked for after it was wiped."""

    def __init__(self) -> None:
        super().__init__("the opened model was wiped; open it again")


class ModelKeyError(SealedModelError):
    """A model key does not have the length of one; it is not kept here."""

    def __init__(self) -> None:
        super().__init__("a model key has 32 bytes; derive it from the answers to an opening")


class TargetExistsError(SealedModelError):
    """There is a file already where one should be written."""

    def __init__(self) -> None:
        super().__init__(
            "there is a file already where the new one should be, and it is not overwritten; name another one"
        )


class ModelFileError(SealedModelError):
    """
    A file cannot be read or written. Its path is not kept here.

    Attributes
    ----------
    file : str
        Which one: the model, the sealed model and so on.
    what : str
        What is wrong.
    """

    def __init__(self, file: str, what: str, remedy: str = "check it, then run this again") -> None:
        self.file = file
        self.what = what
        super().__init__(f"the file of the {file}: {what}; {remedy}")


class SealingKeyFileError(SealedModelError):
    """
    A file holds no sealing key.

    Attributes
    ----------
    what : str
        What is wrong, without the value.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"this is no sealing key: {what}; ask the session's auditor for it again")


class SealingKeyCheckError(SealedModelError):
    """
    A sealing key is not that of the session that the chain knows.

    Attributes
    ----------
    what : str
        What does not fit.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(
            f"do not seal anything with this sealing key: {what}; ask the session's auditor for another one"
        )


class SessionNotActiveError(SealedModelError):
    """
    A session has no key yet, or never will.

    Attributes
    ----------
    phase : Phase
        Where the session stands.
    """

    def __init__(self, phase: Phase) -> None:
        self.phase = phase
        super().__init__(
            f"the session is in phase {phase.name.lower()}; only an active session has a sealing key, try"
            " again after its activation"
        )
