"""The provider behind every server: nginx with fixed answers, and a slow one for what has to wait."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from processes import Processes

KEY = "bb_benchmark0123456789"
DELAY_MS = 200


def program(name: str) -> Path:
    """Where a program is; Debian keeps servers where only root's PATH looks."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        raise RuntimeError(f"{name} is not installed; Scripts/bench.sh installs it")
    return Path(found)


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fill(template: str, values: dict[str, object]) -> str:
    """Replaces each @NAME@; a name without a value is a mistake."""
    return re.sub(r"@([A-Z_]+)@", lambda match: str(values[match.group(1)]), template)


def wait_for(port: int, process: subprocess.Popen[str], log: str, seconds: float = 5) -> None:
    """Waits until something listens."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.01)
    raise RuntimeError(f"nothing listens on port {port}: {log}")


def make_certificates(folder: Path) -> None:
    """A certificate authority of this run's own, and a certificate of it for localhost."""

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Benchmark CA")
    openssl("req", *curve, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    (folder / "server.ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n", encoding="ascii")
    openssl(
        "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
        "-out", "server.pem", "-days", "2", "-extfile", "server.ext",
    )


class Upstream:
    """Both providers, running."""

    def __init__(self, processes: Processes, core: int, folder: Path, peers: Path, native: Path) -> None:
        self.status_answer = (peers / "status.json").read_text(encoding="utf-8").strip()
        self.cancel_answer = (peers / "cancel.json").read_text(encoding="utf-8").strip()
        self.plain_port, self.tls_port, self.count_port, self.slow_port = (free_port() for _ in range(4))
        self.questions = 0
        make_certificates(folder)
        configuration = folder / "upstream.conf"
        configuration.write_text(
            fill(
                (peers / "upstream.conf").read_text(encoding="utf-8"),
                {
                    "FOLDER": folder,
                    "KEY": KEY,
                    "PLAIN_PORT": self.plain_port,
                    "TLS_PORT": self.tls_port,
                    "COUNT_PORT": self.count_port,
                    "STATUS_ANSWER": self.status_answer,
                    "CANCEL_ANSWER": self.cancel_answer,
                },
            ),
            encoding="utf-8",
        )
        nginx = processes.start([str(program("nginx")), "-p", str(folder), "-c", str(configuration)], core, "upstream")
        slow = processes.start(
            [
                str(native / "delayed_upstream"), "--port", str(self.slow_port), "--delay", str(DELAY_MS),
                "--answer", str(peers / "status.json"), "--key", KEY,
            ],
            core,
            "delayed-upstream",
        )
        wait_for(self.plain_port, nginx, processes.log_of("upstream"))
        wait_for(self.slow_port, slow, processes.log_of("delayed-upstream"))

    def calls(self) -> int:
        """How many requests nginx has taken so far; the questions of this kind are left out."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.count_port}/count", timeout=5) as answer:
            numbers = answer.read().decode().splitlines()[2].split()
        self.questions += 1
        return int(numbers[2]) - self.questions

    def most_in_flight(self) -> int:
        """The most requests that the slow provider held at once since this was last asked."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.slow_port}/count", timeout=5) as answer:
            return int(json.load(answer)["most_in_flight"])
