"""Errors of the durable state. None of them holds a secret, sealed or plain."""

from __future__ import annotations

from pathlib import Path

from tcss_chain.errors import TcssError


class StoreError(TcssError):
    """Base class: the state cannot be used as it is, or cannot take what it was given."""


class WrongPassphraseError(StoreError):
    """The passphrase does not open the state."""

    def __init__(self) -> None:
        super().__init__(
            "the passphrase does not open this state (or the file's key entry is damaged);"
            " give the passphrase it was created with, or restore a backup"
        )


class EmptyPassphraseError(StoreError):
    """The passphrase is empty."""

    def __init__(self) -> None:
        super().__init__("the passphrase is empty; give one that nobody can guess")


class KdfCostError(StoreError):
    """
    The cost of deriving the key is out of bounds, in a file or in what was asked for.

    Attributes
    ----------
    n, r, p : int
        The parameters of scrypt.
    """

    def __init__(self, n: int, r: int, p: int) -> None:
        self.n = n
        self.r = r
        self.p = p
        super().__init__(
            f"scrypt with n={n}, r={r}, p={p} is out of bounds; n is a power of two, 128*n*r is at most"
            " 256 MiB and n*r*p at most 2^22 (a file that says otherwise is damaged: restore a backup)"
        )


class StateExistsError(StoreError):
    """
    The folder holds a state already.

    Attributes
    ----------
    folder : Path
        Which folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"{folder} holds a state already; open that one, or name another folder")


class StateMissingError(StoreError):
    """
    The folder holds no state.

    Attributes
    ----------
    folder : Path
        Which folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"{folder} holds no state; name the data folder, create a state or restore a backup")


class StateInUseError(StoreError):
    """
    Another process has the state open for writing.

    Attributes
    ----------
    folder : Path
        Which folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            f"the state in {folder} is in use by another process; stop that one first: two services with one"
            " state would contradict each other"
        )


class StateBusyError(StoreError):
    """The state could not be read or written in time, because somebody else was reading or writing it."""

    def __init__(self) -> None:
        super().__init__(
            "the state is being written or read by another program, or was left in the middle of a write;"
            " try again, and if that does not help start the service once (it repairs the state)"
        )


class StateClosedError(StoreError):
    """The state has been closed."""

    def __init__(self) -> None:
        super().__init__("the state has been closed; open it again")


class ExposedStateError(StoreError):
    """
    Others than the owner can get at the state.

    Attributes
    ----------
    path : Path
        The file or folder.
    """

    def __init__(self, path: Path, what: str, remedy: str) -> None:
        self.path = path
        self.what = what
        super().__init__(f"{path} {what}; {remedy}")


class StateFormatError(StoreError):
    """
    The state is in a format that this version does not know.

    Attributes
    ----------
    version : int
        The file's format version.
    known : int
        The one that this software writes.
    """

    def __init__(self, version: int, known: int) -> None:
        self.version = version
        self.known = known
        super().__init__(
            f"the state has format version {version}, this software knows {known}; install the version of"
            " the software that wrote it, or a newer one"
        )


class StateDamagedError(StoreError):
    """
    The state is not as it was written.

    Attributes
    ----------
    what : str
        Which part: a table, or what was found.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(
            f"the state is damaged: {what}; stop the service, keep a copy of the folder and restore a backup"
        )


class StateFullError(StoreError):
    """There is no room to write; nothing of the change was kept, earlier content is intact."""

    def __init__(self) -> None:
        super().__init__("no room to write the state, the change was not kept; free space on its disk")


class StateWriteError(StoreError):
    """
    The disk failed. What was being written may or may not be there; the next use reads the file anew.

    Attributes
    ----------
    code : str
        The name of the failure, as SQLite or the operating system calls it.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(
            f"reading or writing the state failed ({code}); check the disk and the limit of open files:"
            " every use opens the file anew, and goes on from what the disk holds"
        )


class NonceTakenError(StoreError):
    """
    An unsettled transaction has this nonce already.

    Attributes
    ----------
    account : str
        Whose nonce.
    nonce : int
        The nonce.
    """

    def __init__(self, account: str, nonce: int) -> None:
        self.account = account
        self.nonce = nonce
        super().__init__(
            f"nonce {nonce} of {account} belongs to an unsettled transaction; send that one again instead"
        )


class UnknownEntryError(StoreError):
    """
    The journal has no entry with this number.

    Attributes
    ----------
    entry_id : int
        The number.
    """

    def __init__(self, entry_id: int) -> None:
        self.entry_id = entry_id
        super().__init__(f"the journal has no entry {entry_id}; use a number that it gave")


class UnstorableValueError(StoreError):
    """
    A value does not fit the format of the state. The value is not kept here.

    Attributes
    ----------
    what : str
        Which value, and what it would have to be.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"this cannot be kept: {what}")


class AuditorKeyExistsError(StoreError):
    """
    Another key of the auditor is kept for this session; it is never replaced.

    Attributes
    ----------
    sid : bytes
        The session.
    """

    def __init__(self, sid: bytes) -> None:
        self.sid = sid
        super().__init__(
            f"another key is kept for session 0x{sid.hex()}; load that one, a session has only one"
        )


class BackupExistsError(StoreError):
    """
    There is something where the backup should go.

    Attributes
    ----------
    path : Path
        Where.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} exists; backups never overwrite, name another file")
