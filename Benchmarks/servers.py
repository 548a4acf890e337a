"""The servers that are measured: how each is configured, started, asked, and shown to answer rightly."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accounting import CPUTime, cpu_time, forget_peak, peak_mib, resident_mib
from load import Request
from processes import Processes
from upstream import KEY, Upstream, fill, free_port, program

TASK_KEYS = [
    "id", "provider", "status", "done", "reason", "provider_status", "progress", "title", "message", "error",
    "created_at", "started_at", "updated_at", "finished_at", "duration_seconds", "cancel", "observed_at",
    "poll_after_seconds",
]
STATUS_FIELDS = {
    "provider": "blackbox-cloud", "status": "running", "done": False, "reason": None, "provider_status": "processing",
    "progress": 45, "title": None, "message": None, "error": None, "created_at": "2024-01-15T10:00:00.000Z",
    "started_at": None, "updated_at": "2024-01-15T10:05:00.000Z", "finished_at": None, "duration_seconds": None,
    "cancel": None,
}
CANCEL_FIELDS = {
    "provider": "blackbox-cloud", "status": "cancelled", "done": True, "provider_status": "stopped", "error": None,
    "message": "Task was stopped by user", "updated_at": "2024-01-15T10:30:00.000Z",
    "finished_at": "2024-01-15T10:30:00.000Z", "poll_after_seconds": None,
}


LITELLM_KEY = f"sk-{secrets.token_hex(32)}"
"""What LiteLLM asks of its callers, as it does not start without a key; made anew for each run."""


class WrongAnswer(Exception):
    """A server does not do what it is to be measured at."""


@dataclass(frozen=True)
class Setting:
    """What a scenario asks of a server's configuration."""

    upstream: str = "plain"
    """`plain`, `tls` or `slow`"""
    many: bool = False
    """Whether thousands of connections must fit; where they need not, no server reserves memory for them."""
    minimum_interval: str = "0s"
    """Taskgate's: how long an observation serves."""


@dataclass(frozen=True)
class Kind:
    """One of the servers."""

    name: str
    title: str
    template: str
    translates: bool
    binary: Path

    @property
    def is_slow(self) -> bool:
        """Whether it cannot be measured with thousands of requests in the time that there is."""
        return self.name == "litellm"

    def command(self, configuration: Path, folder: Path, root: Path, port: int) -> list[str]:
        program = str(self.binary)
        match self.name:
            case "taskgate":
                return [program, "serve", "--config", str(configuration), "--providers", str(root / "providers")]
            case "nginx" | "njs":
                return [program, "-p", str(folder), "-c", str(configuration)]
            case "haproxy":
                return [program, "-db", "-q", "-f", str(configuration)]
            case "envoy":
                options = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]
                return [program, "-c", str(configuration), *options]
            case "litellm":
                words = ["--config", str(configuration), "--host", "127.0.0.1", "--port", str(port)]
                return [program, *words, "--num_workers", "1"]
        raise ValueError(self.name)


def find_kinds(root: Path, taskgate: Path, with_litellm: bool) -> list[Kind]:
    """All servers that can be measured here; a RuntimeError names what is missing."""
    # The wheel brings the program itself, and a script in front of it that is not to be measured.
    envoy = next((root / ".build-tools/bench").glob("lib/python*/site-packages/envoy/_bin/envoy"), None)
    if envoy is None:
        raise RuntimeError("Envoy is not installed; Scripts/bench.sh installs it")
    if not taskgate.is_file():
        raise RuntimeError(f"{taskgate} is not there; Scripts/build-release.sh builds it")
    kinds = [
        Kind("taskgate", "Taskgate", "taskgate.json", True, taskgate),
        Kind("nginx", "nginx, passing on", "nginx.conf", False, program("nginx")),
        Kind("haproxy", "haproxy, passing on", "haproxy.cfg", False, program("haproxy")),
        Kind("envoy", "Envoy, passing on", "envoy.yaml", False, envoy),
        Kind("njs", "nginx with njs, translating", "nginx-njs.conf", True, program("nginx")),
    ]
    if with_litellm:
        litellm = root / ".build-tools/litellm/bin/litellm"
        if not litellm.is_file():
            raise RuntimeError("LiteLLM is not installed; BENCH_LITELLM=1 Scripts/bench.sh installs it")
        kinds.append(Kind("litellm", "LiteLLM, passing on", "litellm.yaml", False, litellm))
    return kinds


class Servers:
    """Starts servers of every kind, one at a time, on a core of their own."""

    def __init__(
        self, processes: Processes, core: int, folder: Path, root: Path, upstream: Upstream
    ) -> None:
        self.processes = processes
        self.core = core
        self.folder = folder
        self.root = root
        self.peers = root / "Benchmarks/peers"
        self.upstream = upstream

    def start(self, kind: Kind, setting: Setting) -> Server:
        """Starts a server, waits for its first answer, and checks that it answers rightly."""
        port = free_port()
        configuration = self.folder / kind.template
        template = (self.peers / kind.template).read_text(encoding="utf-8")
        configuration.write_text(fill(template, self._values(kind, setting, port)), encoding="utf-8")
        server = Server(self, kind, setting, port, kind.command(configuration, self.folder, self.root, port))
        try:
            server.wait_for_first_answer()
            server.check_status()
            if setting.upstream != "slow":
                server.check_cancel()
        except BaseException:
            server.stop()
            raise
        return server

    def _values(self, kind: Kind, setting: Setting, port: int) -> dict[str, object]:
        ports = {"plain": self.upstream.plain_port, "tls": self.upstream.tls_port, "slow": self.upstream.slow_port}
        tls = ""
        if setting.upstream == "tls" and kind.name == "haproxy":
            tls = f"ssl verify required ca-file {self.folder}/ca.pem sni str(localhost) verifyhost localhost"
        elif setting.upstream == "tls" and kind.name == "envoy":
            tls = fill((self.peers / "envoy-tls.yaml").read_text(encoding="utf-8"), {"FOLDER": self.folder})
        return {
            "PORT": port,
            "FOLDER": self.folder,
            "PEERS": self.peers,
            "KEY": KEY,
            "SCHEME": "https" if setting.upstream == "tls" else "http",
            "HOST": "localhost" if setting.upstream == "tls" else "127.0.0.1",
            "TLS": tls,
            "UPSTREAM_PORT": ports[setting.upstream],
            "UPSTREAM_CONNECTIONS": 8192 if setting.many else 256,
            "CONNECTIONS": 12000 if setting.many else 1000,
            # nginx counts both sides.
            "DESCRIPTORS": 19000 if setting.many else 2000,
            "MINIMUM_INTERVAL": setting.minimum_interval,
            "MODULES": "/usr/lib/nginx/modules",
        }


class Server:
    """A server that runs."""

    def __init__(self, servers: Servers, kind: Kind, setting: Setting, port: int, command: list[str]) -> None:
        self.servers = servers
        self.kind = kind
        self.setting = setting
        self.port = port
        self.begun = time.monotonic()
        self.start_ms = 0.0
        self.command = command
        self.process: subprocess.Popen[str] = servers.processes.start(
            command, servers.core, kind.name, {"BLACKBOX_CLOUD_API_KEY": KEY, "LITELLM_MASTER_KEY": LITELLM_KEY}
        )

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self.servers.processes.stop(self.process)

    # What it is asked.

    def status_request(self, run: str) -> Request:
        """A status read. Who passes bytes on is sent the provider's request, key and all, so it need not add it."""
        if self.kind.translates:
            return self._request("GET", f"/tasks/blackbox-cloud:{run}-", "")
        return self._request("GET", f"/api/tasks/{run}-", "/status")

    def cancel_request(self, run: str) -> Request:
        if self.kind.translates:
            return self._request("POST", f"/tasks/blackbox-cloud:{run}-", "/cancel")
        return self._request("PATCH", f"/api/tasks/{run}-", "", '{"action":"stop"}')

    def _request(self, method: str, before: str, after: str, body: str = "") -> Request:
        head = f"Host: 127.0.0.1:{self.port}\r\nAccept: application/json\r\n"
        if self.kind.name == "litellm":
            # It takes its own key, and adds the provider's.
            head += f"Authorization: Bearer {LITELLM_KEY}\r\n"
        elif not self.kind.translates:
            head += f"Authorization: Bearer {KEY}\r\n"
        if body:
            head += "Content-Type: application/json\r\n"
        if body or method == "POST":
            head += f"Content-Length: {len(body)}\r\n"
        return Request(f"{method} {before}", f"{after} HTTP/1.1\r\n{head}\r\n{body}")

    # What it uses.

    def cpu_time(self) -> CPUTime:
        return cpu_time(self.process.pid)

    def resident_mib(self) -> float:
        return resident_mib(self.process.pid)

    def forget_peak(self) -> None:
        forget_peak(self.process.pid)

    def peak_mib(self) -> float:
        return peak_mib(self.process.pid)

    # How it answers.

    def wait_for_first_answer(self) -> None:
        """Asks until a task is answered; the time since the start is how long that took."""
        while time.monotonic() < self.begun + 60:
            try:
                status, _ = self._ask(self.status_request("first"))
                if status == 200:
                    self.start_ms = (time.monotonic() - self.begun) * 1000
                    if self.setting.upstream == "slow":
                        self.start_ms = 0.0
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.0005)
        raise WrongAnswer(f"{self.kind.title} does not start: {self.servers.processes.log_of(self.kind.name)}")

    def check_status(self) -> None:
        upstream = self.servers.upstream
        self._check(self.status_request("check"), "check", upstream.status_answer, STATUS_FIELDS)

    def check_cancel(self) -> None:
        upstream = self.servers.upstream
        self._check(self.cancel_request("stop"), "stop", upstream.cancel_answer, CANCEL_FIELDS)

    def _check(self, request: Request, run: str, passed: str, fields: dict[str, Any]) -> None:
        status, body = self._ask(request)
        if status != 200:
            raise WrongAnswer(f"{self.kind.title} answers with {status}: {body[:300]}")
        if not self.kind.translates:
            # The bytes as they are; LiteLLM reads and writes the document, which is its way of passing on.
            same = json.loads(body) == json.loads(passed) if self.kind.name == "litellm" else body == passed
            if not same:
                raise WrongAnswer(f"{self.kind.title} does not pass on what the provider said: {body[:300]}")
            return
        task = json.loads(body)
        # The objects of njs keep no order; every key must be there all the same.
        in_order = sorted(task) == sorted(TASK_KEYS) if self.kind.name == "njs" else list(task) == TASK_KEYS
        if not in_order or task["id"] != f"blackbox-cloud:{run}-0000000000":
            raise WrongAnswer(f"{self.kind.title} does not answer with a task: {body[:600]}")
        for field, value in fields.items():
            if task[field] != value:
                raise WrongAnswer(f"{self.kind.title} says {field}: {task[field]!r}, not {value!r}")

    def _ask(self, request: Request) -> tuple[int, str]:
        """Sends one request and reads the whole answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(request.text().encode())
            with connection.makefile("rb") as stream:
                words = stream.readline().split()
                if len(words) < 2:
                    raise OSError("closed without an answer")
                length = 0
                chunked = False
                while (line := stream.readline().strip().lower()) != b"":
                    name, _, value = line.partition(b":")
                    length = int(value) if name == b"content-length" else length
                    chunked = chunked or (name == b"transfer-encoding" and b"chunked" in value)
                body = b""
                if not chunked:
                    body = stream.read(length)
                while chunked and (size := int(stream.readline(), 16)) > 0:
                    body += stream.read(size)
                    stream.readline()
                return int(words[1]), body.decode()
