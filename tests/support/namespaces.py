"""Network namespaces, joined by a bridge: hosts with addresses and links of their own."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Host:
    """A namespace with one link; ``address`` is its own."""

    name: str
    link: str
    address: str

    @property
    def launcher(self) -> tuple[str, ...]:
        """What goes before a command that is to run there."""
        return ("ip", "netns", "exec", self.name)

    def unplug(self) -> None:
        """Take the cable out, at the switch's end."""
        ip("link", "set", self.link, "down")

    def plug_in(self) -> None:
        ip("link", "set", self.link, "up")


@dataclass(frozen=True)
class Network:
    """The hosts, and the address at which they reach this machine."""

    gateway: str
    hosts: tuple[Host, ...]


@contextmanager
def network(count: int) -> Iterator[Network]:
    """Make a network of hosts; skips the test where that is not allowed."""
    if shutil.which("ip") is None:
        pytest.skip("network namespaces need iproute2, which is not installed")
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    tag = secrets.token_hex(3)
    subnet = f"10.{200 + secrets.randbelow(50)}.{secrets.randbelow(256)}"
    bridge = f"tcss{tag}"
    with ExitStack() as made:
        try:
            ip("link", "add", bridge, "type", "bridge")
        except subprocess.CalledProcessError as error:
            pytest.skip(f"network namespaces are not allowed here: {error.stderr.strip()}")
        made.callback(ip, "link", "del", bridge)
        ip("addr", "add", f"{subnet}.1/24", "dev", bridge)
        ip("link", "set", bridge, "up")
        hosts = []
        for index in range(count):
            host = Host(f"tcss{tag}-{index}", f"tc{tag}{index}", f"{subnet}.{10 + index}")
            hosts.append(host)
            ip("netns", "add", host.name)
            made.callback(ip, "netns", "del", host.name)
            ip("link", "add", host.link, "type", "veth", "peer", "name", "eth0", "netns", host.name)
            ip("link", "set", host.link, "master", bridge, "up")
            ip("-n", host.name, "addr", "add", f"{host.address}/24", "dev", "eth0")
            ip("-n", host.name, "link", "set", "lo", "up")
            ip("-n", host.name, "link", "set", "eth0", "up")
        yield Network(f"{subnet}.1", tuple(hosts))


def ip(*arguments: str) -> None:
    """Run iproute2's program."""
    command = ["ip", *arguments]
    subprocess.run(command, check=True, capture_output=True, text=True)
