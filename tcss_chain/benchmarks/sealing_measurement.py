"""How fast models are sealed and opened, beside what cipher, digest and disk can do at best."""

from __future__ import annotations

import multiprocessing
import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from blake3 import blake3
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eth_account import Account

from tcss_chain.curve import G, random_nonzero_scalar
from tcss_chain.protocol.model_key import model_key, wipe
from tcss_chain.protocol.sealing_key import SealingKey
from tcss_chain.sealed_model import open_to_file, open_to_memory, read_header, seal_file
from tcss_chain.sealed_model.stream import CHUNK_BYTES, TAG_BYTES

from .memory_measurement import peak_memory
from .writing import writing

_ROUNDS: Final = 300
_SPEED_LINE: Final = re.compile(r"^AES-256-GCM\s+([0-9.]+)k\s*$", re.MULTILINE | re.IGNORECASE)
_SPEED_SECONDS: Final = 30
_UNUSED_WORD: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class SealingMeasurement:
    """
    Medians over all repetitions, in bytes of the plain model a second; those of files wait for the disk.

    Attributes
    ----------
    size : int
        Bytes of the model.
    repetitions : int
        How often everything was measured, in turn.
    openssl : float or None
        AES-256-GCM by the program ``openssl speed``, None where there is no such program.
    cipher : float
        AES-256-GCM by the library that seals, one processor, chunks of 1 MiB in its cache.
    digest : float
        BLAKE3, likewise.
    copy : float
        Copying the model's file.
    seal : float
        Sealing it.
    seal_before_disk : float
        Sealing it, without the wait for the disk at the end.
    open_to_memory : float
        Opening the sealed file.
    open_to_file : float
        Opening it into a file.
    open_before_disk : float
        Likewise, without the wait for the disk at the end.
    peak_bytes : int
        The most memory that a process had resident that sealed the model and opened it into a file, with the
        interpreter and all libraries.
    start_bytes : int
        What it had before.
    """

    size: int
    repetitions: int
    openssl: float | None
    cipher: float
    digest: float
    copy: float
    seal: float
    seal_before_disk: float
    open_to_memory: float
    open_to_file: float
    open_before_disk: float
    peak_bytes: int
    start_bytes: int


def measure_sealing(folder: Path, size: int, repetitions: int = 3) -> SealingMeasurement:
    """
    Measure everything in a folder; three times the model's size must be free there.

    Parameters
    ----------
    folder : Path
        On the disk that is to be measured. What is written there is removed.
    size : int
        Bytes of the model, at least 1.
    repetitions : int
        At least 1.

    Returns
    -------
    SealingMeasurement
        Medians.

    Raises
    ------
    BenchmarkWriteError
        If there is no room.
    SealedModelError
        If there is no room for what is sealed.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix="sealing-") as name:
        files = _Files(Path(name))
        _write_model(files.model, size)
        start_bytes, peak_bytes = _in_fresh_process(_memory_needed, files)
        runs = [_run(files, size) for _ in range(repetitions)]
    openssl = [speed for speed in (_openssl_speed() for _ in range(repetitions)) if speed is not None]
    return SealingMeasurement(
        size=size,
        repetitions=repetitions,
        openssl=median(openssl) if openssl else None,
        cipher=median(_cipher_speed() for _ in range(repetitions)),
        digest=median(_digest_speed() for _ in range(repetitions)),
        copy=median(run.copy for run in runs),
        seal=median(run.seal for run in runs),
        seal_before_disk=median(run.seal_before_disk for run in runs),
        open_to_memory=median(run.open_to_memory for run in runs),
        open_to_file=median(run.open_to_file for run in runs),
        open_before_disk=median(run.open_before_disk for run in runs),
        peak_bytes=peak_bytes,
        start_bytes=start_bytes,
    )


@dataclass(frozen=True, slots=True)
class _Files:
    folder: Path

    @property
    def model(self) -> Path:
        return self.folder / "model"

    @property
    def sealed(self) -> Path:
        return self.folder / "model.tcss"

    @property
    def copied(self) -> Path:
        return self.folder / "copy"


@dataclass(frozen=True, slots=True)
class _Run:
    copy: float
    seal: float
    seal_before_disk: float
    open_to_memory: float
    open_to_file: float
    open_before_disk: float


class _Owner:
    """An owner, and the secret of a session that nobody else has."""

    def __init__(self) -> None:
        self._secret = random_nonzero_scalar()
        self._account = Account.create()

    def seal(self, files: _Files, progress: Callable[[int, int], None] | None = None) -> None:
        key = SealingKey(_UNUSED_WORD, _UNUSED_WORD, G * self._secret, 0, 0)
        seal_file(
            files.model,
            files.sealed,
            sealing_key=key,
            account=self._account,
            model="measured",
            chain_id=1,
            contract=self._account.address,
            overwrite=True,
            progress=progress,
        )

    def key(self, files: _Files) -> bytearray:
        capsule = read_header(files.sealed).signed.capsule
        return model_key(capsule.c * self._secret, capsule)


class _Watch:
    """Notes when all bytes were done, which is before the wait for the disk."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._done = self._began

    def __call__(self, done: int, total: int) -> None:
        if done == total:
            self._done = time.perf_counter()

    def speeds(self, size: int) -> tuple[float, float]:
        return size / (time.perf_counter() - self._began), size / (self._done - self._began)


def _run(files: _Files, size: int) -> _Run:
    owner = _Owner()
    files.sealed.unlink(missing_ok=True)
    copy = _speed(size, lambda: _copy(files.model, files.copied))
    files.copied.unlink()
    watch = _Watch()
    owner.seal(files, watch)
    seal, seal_before_disk = watch.speeds(size)
    header = read_header(files.sealed)
    key = owner.key(files)
    watch = _Watch()
    with open_to_memory(files.sealed, key, header, watch):
        to_memory, _ = watch.speeds(size)
    watch = _Watch()
    open_to_file(files.sealed, files.copied, key, header, watch)
    to_file, before_disk = watch.speeds(size)
    wipe(key)
    files.copied.unlink()
    return _Run(copy, seal, seal_before_disk, to_memory, to_file, before_disk)


def _memory_needed(files: _Files) -> tuple[int, int]:
    before = peak_memory()
    owner = _Owner()
    owner.seal(files)
    open_to_file(files.sealed, files.copied, owner.key(files), read_header(files.sealed))
    files.copied.unlink()
    return before, peak_memory()


def _in_fresh_process(work: Callable[[_Files], tuple[int, int]], files: _Files) -> tuple[int, int]:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(work, files).result()


def _write_model(path: Path, size: int) -> None:
    with writing(path), path.open("wb") as file:
        for begin in range(0, size, CHUNK_BYTES):
            file.write(secrets.token_bytes(min(CHUNK_BYTES, size - begin)))
        file.flush()
        os.fsync(file.fileno())


def _copy(source: Path, target: Path) -> None:
    """Copy through memory, as sealing has to: some file systems copy without reading."""
    with writing(target), source.open("rb", buffering=0) as plain, target.open("xb", buffering=0) as copied:
        buffer = memoryview(bytearray(CHUNK_BYTES))
        while count := plain.readinto(buffer):
            copied.write(buffer[:count])
        os.fsync(copied.fileno())


def _cipher_speed() -> float:
    aead, nonce = AESGCM(AESGCM.generate_key(256)), bytes(12)
    plain, sealed = bytearray(CHUNK_BYTES), bytearray(CHUNK_BYTES + TAG_BYTES)
    return _speed_of_rounds(lambda: aead.encrypt_into(nonce, plain, None, sealed))


def _digest_speed() -> float:
    digest, plain = blake3(), bytearray(CHUNK_BYTES)
    return _speed_of_rounds(lambda: digest.update(plain))


def _speed_of_rounds(work: Callable[[], object]) -> float:
    def rounds() -> None:
        for _ in range(_ROUNDS):
            work()

    return _speed(_ROUNDS * CHUNK_BYTES, rounds)


def _speed(size: int, work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return size / (time.perf_counter() - began)


def _openssl_speed() -> float | None:
    program = shutil.which("openssl")
    if program is None:
        return None
    arguments = ["speed", "-seconds", "1", "-bytes", str(CHUNK_BYTES), "-evp", "aes-256-gcm"]
    try:
        finished = subprocess.run(
            [program, *arguments], capture_output=True, text=True, check=False, timeout=_SPEED_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = _SPEED_LINE.search(finished.stdout)
    return None if found is None else float(found[1]) * 1000
