"""What can be seen of a process only: its memory, and what it leaves behind when it is interrupted."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from support.sealed_models import file_key_of, opened_header, plain_model, sealed_model

from tcss_chain.sealed_model.stream import CHUNK_BYTES

TESTS = Path(__file__).resolve().parents[2]
MEBIBYTE = 1 << 20
BOUND = 100 * MEBIBYTE

PRELUDE = """
    import os, signal, sys, time
    from pathlib import Path
    # Below a shell's background process it would not hear an interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.path.insert(0, {tests!r})
    from support.sealed_models import key_of, opened_header, seal
    from tcss_chain.benchmarks.memory_measurement import peak_memory
    from tcss_chain.sealed_model import open_to_file, open_to_memory, read_header
    folder = Path(sys.argv[1])
    source, sealed, opened = folder / "model.plain", folder / "model.tcss", folder / "opened"
"""

linux_only = pytest.mark.skipif(
    not Path("/proc/self/mem").exists(), reason="this system shows no process its own memory"
)


def program(text):
    return [sys.executable, "-c", textwrap.dedent(PRELUDE.format(tests=str(TESTS))) + textwrap.dedent(text)]


def run(text, folder):
    finished = subprocess.run([*program(text), str(folder)], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.split()


SEARCH = """
    def search(needles):
        # Every needle is kept reversed, so that what is found is not the needle itself.
        found = [0] * len(needles)
        with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
            for line in list(maps):
                place, mode = line.split()[:2]
                begin, end = (int(each, 16) for each in place.split("-"))
                if "rw" not in mode or "[v" in line:
                    continue
                while begin < end:
                    size = min(end - begin, 1 << 22)
                    try:
                        memory.seek(begin)
                        content = memory.read(size)
                    except OSError:
                        break
                    # Turned around as well: no needle is ever in memory as it is because of this search.
                    turned = content[::-1]
                    del content
                    for number, needle in enumerate(needles):
                        found[number] += turned.count(needle)
                    begin += size
                    del turned
        return found
"""


@linux_only
def test_after_wiping_neither_keys_nor_model_are_in_memory(tmp_path):
    plain = plain_model(3 * CHUNK_BYTES + 500)
    path = sealed_model(tmp_path, plain)
    (tmp_path / "model.plain").unlink()
    header, key = opened_header(path)
    keys = [bytes(each) for each in (key, file_key_of(header))]
    places = (100, CHUNK_BYTES + 100, 3 * CHUNK_BYTES + 100)
    # Turned around and as hexadecimal digits, so that the needles are not found where they came from.
    needles = [each[::-1].hex() for each in (*(plain[place : place + 32] for place in places), *keys)]
    (tmp_path / "needles").write_text("\n".join(needles))
    (tmp_path / "key").write_bytes(bytes(byte ^ 0x55 for byte in key))
    found = run(
        SEARCH
        + """
    header = read_header(sealed)
    needles = [bytes.fromhex(line) for line in (folder / "needles").read_text().split()]
    masked = (folder / "key").read_bytes()
    key = bytearray(32)

    def fill():
        # Byte by byte: a copy of the whole key would stay behind in memory.
        for place, byte in enumerate(masked):
            key[place] = byte ^ 0x55

    fill()
    # When the last byte is told, the file key is still in use.
    model = open_to_memory(sealed, key, header, lambda done, size: done == size and print(*search(needles)))
    key[:] = bytes(32)
    model.wipe()
    print(*search(needles))
    fill()
    open_to_file(sealed, opened, key, header)
    key[:] = bytes(32)
    print(*search(needles))
    fill()
    with sealed.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last[0] ^ 1]))
    try:
        open_to_memory(sealed, key, header)
    except Exception as error:
        print(type(error).__name__)
    key[:] = bytes(32)
    print(*search(needles))
    """,
        tmp_path,
    )
    assert all(int(count) >= 1 for count in found[:5]), "the search does not find what is there"
    assert found[5:10] == ["0"] * 5, "after an opening to memory"
    assert found[10:15] == ["0"] * 5, "after an opening to a file"
    assert found[15] == "ChunkError"
    assert found[16:] == ["0"] * 5, "after an opening that failed"


SEAL_AND_SEARCH = """
    if sys.argv[2] == "kept":
        from tcss_chain.sealed_model import sealing
        kept = []
        sealing.wipe = kept.append
    seal(source, sealed)
    print("sealed", flush=True)
    print(*search([bytes.fromhex(each) for each in sys.stdin.readline().split()]))
"""


@linux_only
@pytest.mark.parametrize(("keys", "found"), [("kept", "1"), ("wiped", "0")])
def test_after_sealing_no_key_is_in_memory(tmp_path, keys, found):
    """The keys are known afterwards only: this process derives them, and gives them back as needles."""
    (tmp_path / "model.plain").write_bytes(plain_model(CHUNK_BYTES + 500))
    with subprocess.Popen(
        [*program(SEARCH + SEAL_AND_SEARCH), str(tmp_path), keys],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as started:  # fmt: skip
        try:
            assert started.stdout is not None
            assert started.stdout.readline() == "sealed\n"
            header, key = opened_header(tmp_path / "model.tcss")
            needles = [bytes(each)[::-1].hex() for each in (key, file_key_of(header))]
            output, _ = started.communicate(" ".join(needles) + "\n", timeout=30)
        finally:
            started.kill()
    assert output.split() == [found] * 2


def test_sealing_and_opening_to_a_file_need_little_memory(tmp_path):
    size = 300 * MEBIBYTE
    before, after = (
        int(each)
        for each in run(
            f"""
    with source.open("wb") as file:
        file.truncate({size})
    before = peak_memory()
    seal(source, sealed)
    header, key = opened_header(sealed)
    open_to_file(sealed, opened, key, header)
    print(before, peak_memory())
    """,
            tmp_path,
        )
    )
    assert (tmp_path / "opened").stat().st_size == size
    assert after - before < BOUND


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="a draft has a name here, and stays after a kill")
@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize(
    "work", ["seal(source, sealed, progress=tell)", "open_to_file(sealed, opened, key, header, tell)"]
)
def test_a_process_that_is_interrupted_or_killed_leaves_no_part_behind(tmp_path, work, ended_by):
    sealed_model(tmp_path, plain_model(5 * CHUNK_BYTES))
    if work.startswith("seal"):
        (tmp_path / "model.tcss").rename(tmp_path / "earlier.tcss")
        begin = ""
    else:
        begin = "header, key = opened_header(sealed)"
    left = sorted(os.listdir(tmp_path))
    started = subprocess.Popen(
        [*program(f"""
    def tell(done, total):
        if done * 2 > total:
            print("working", flush=True)
            time.sleep(60)
    {begin}
    {work}
    """), str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert started.stdout is not None
        assert started.stdout.readline() == "working\n"
        started.send_signal(ended_by)
        assert started.wait(timeout=30) != 0
    finally:
        started.kill()
        started.stdout.close()
        started.wait()
    assert sorted(os.listdir(tmp_path)) == left


@pytest.mark.huge
def test_five_gigabytes_are_sealed_and_opened_in_little_memory(tmp_path):
    size = 5 * 10**9 + 1
    needed, free = 2 * size + 10**9, shutil.disk_usage(tmp_path).free
    if free < needed:
        pytest.skip(f"this test needs {needed} bytes of disk, {free} are free")
    try:
        before, after = (
            int(each)
            for each in run(
                f"""
    with source.open("wb") as file:
        file.truncate({size})
        for place in (0, 2**32 - 3, 2**32 + 5, {size} - 1):
            file.seek(place)
            file.write(b"x")
    before = peak_memory()
    seal(source, sealed)
    header, key = opened_header(sealed)
    assert header.file_size == sealed.stat().st_size
    open_to_file(sealed, opened, key, header)
    print(before, peak_memory())
    with opened.open("rb") as file:
        for place in (0, 2**32 - 3, 2**32 + 5, {size} - 1):
            file.seek(place)
            assert file.read(2)[:1] == b"x"
    """,
                tmp_path,
            )
        )
        assert (tmp_path / "opened").stat().st_size == size
        assert after - before < BOUND
    finally:
        shutil.rmtree(tmp_path)
