"""A gateway with a store, in front of a simulated provider whose tasks change when they are told to."""

from __future__ import annotations

import http.client
import json
import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from accounting import CPUTime, cpu_time, resident_mib
from processes import Processes
from upstream import free_port, wait_for

PROVIDER = "blackbox-cloud"
KEY = "bb_benchmark0123456789"
QUIET = "pending"
"""The state in which a task shows nothing new until it is put into it once more."""
RESTLESS = "processing"
"""The state in which a task shows another time at each read."""


class RigFault(Exception):
    """Something did not do what is to be measured."""


def task_name(number: int) -> str:
    return f"bench-{number:010d}"


class Simulator:
    """`taskgate simulate`, and its control interface."""

    def __init__(self, processes: Processes, core: int, program: Path) -> None:
        self.process = processes.start(
            [str(program), "simulate", "--empty", "--control-port", "0"], core, "simulator", talks=True
        )
        assert self.process.stdout is not None
        places: dict[str, str] = {}
        while "control" not in places:
            line = self.process.stdout.readline()
            if not line:
                raise RigFault(f"the simulator did not start: {processes.log_of('simulator')}")
            name, _, place = line.strip().partition(" ")
            places[name] = place
        self.url = places[PROVIDER]
        self.control = http.client.HTTPConnection(places["control"].removeprefix("http://"), timeout=30)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        self.control.request(method, path, None if body is None else json.dumps(body))
        answer = self.control.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RigFault(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text)

    def put(self, numbers: range, state: str) -> None:
        """Makes tasks, or puts them into a state, which changes each of them."""
        for number in numbers:
            self._ask("POST", "/tasks", {"provider": PROVIDER, "state": state, "id": task_name(number)})

    def reads(self) -> int:
        """How many status reads have come so far."""
        return int(self._ask("GET", f"/requests?provider={PROVIDER}")[PROVIDER]["status"])


class Postgres:
    """A server of PostgreSQL in a temporary folder, as Debian's defaults have it: with fsync, reached by a Unix socket."""

    USER = "taskgate"

    def __init__(self, processes: Processes, core: int, folder: Path) -> None:
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        if not programs:
            raise RigFault("PostgreSQL is not installed: Debian's package postgresql")
        self.programs = programs[-1]
        self.folder = folder
        data = folder / "data"
        data.mkdir(parents=True)
        owner: list[str] = []
        if os.getuid() == 0:
            # It refuses root.
            user = pwd.getpwnam("postgres")
            owner = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
            for path in (folder, data):
                os.chown(path, user.pw_uid, user.pw_gid)
        subprocess.run(
            [*owner, self.programs / "initdb", "-D", data, "-U", self.USER, "-A", "trust", "-E", "UTF8", "--locale=C"],
            check=True,
            capture_output=True,
        )
        words = [str(self.programs / "postgres"), "-D", str(data), "-k", str(folder), "-c", "listen_addresses="]
        self.process = processes.start([*owner, *words], core, "postgres")
        for _ in range(200):
            if subprocess.run([*self._psql("SELECT 1")], capture_output=True, check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise RigFault(f"PostgreSQL did not start: {processes.log_of('postgres')}")

    @property
    def version(self) -> str:
        return self.ask("SHOW server_version")[0][0]

    @property
    def connection(self) -> str:
        return f"postgresql://{self.USER}@{quote(str(self.folder), safe='')}/postgres"

    def _psql(self, sql: str) -> list[str]:
        return ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.connection, "-c", sql]

    def ask(self, sql: str) -> list[list[str]]:
        """Rows of columns."""
        done = subprocess.run(self._psql(sql), capture_output=True, text=True, check=True)
        return [line.split("|") for line in done.stdout.splitlines()]


class Gateway:
    """The program with a store, a task of the provider read every `interval` seconds as long as somebody waits for it."""

    def __init__(
        self,
        processes: Processes,
        core: int,
        program: Path,
        root: Path,
        folder: Path,
        simulator: Simulator,
        store: Any,
        interval: float,
        tasks: int,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        definition = json.loads((root / f"providers/{PROVIDER}.json").read_text(encoding="utf-8"))
        definition["poll"] = {"minimum": "1s", "first": f"{interval * 1000:.0f}ms", "maximum": f"{interval * 1000:.0f}ms"}
        definitions = folder / "providers"
        definitions.mkdir(exist_ok=True)
        shutil.copy(root / "providers/provider.schema.json", definitions)
        (definitions / f"{PROVIDER}.json").write_text(json.dumps(definition), encoding="utf-8")
        configuration = folder / "config.json"
        settings = {
            "listen": f"127.0.0.1:{self.port}",
            "store": store,
            "providers": {PROVIDER: {"base_url": simulator.url, "credential": {"env": "BLACKBOX_CLOUD_API_KEY"}}},
            "server": {"connections": 100000, "idle_time": "10m"},
            "memory": {"tasks": max(10000, 2 * tasks), "bytes": 1 << 30},
            "retention": {"events": {"count": 10000000}, "deliveries": {"count": 10000000}},
            "webhooks": {"secret": {"env": "TASKGATE_WEBHOOK_SECRET"}, "allow": ["127.0.0.1"]},
            "log": {"level": "warning"},
        }
        configuration.write_text(json.dumps(settings, indent=2), encoding="utf-8")
        secret = subprocess.run([program, "key", "--webhook"], capture_output=True, text=True, check=True)
        self.log = f"gateway-{self.port}"
        self.processes = processes
        self.process = processes.start(
            [str(program), "serve", "--config", str(configuration), "--providers", str(definitions)],
            core,
            self.log,
            {
                "BLACKBOX_CLOUD_API_KEY": KEY,
                "TASKGATE_WEBHOOK_SECRET": secret.stdout.split()[0],
                **(environment or {}),
            },
        )
        wait_for(self.port, self.process, processes.log_of(self.log), seconds=60)

    def stop(self) -> None:
        self.processes.stop(self.process)

    def cpu(self) -> CPUTime:
        return cpu_time(self.process.pid)

    def resident_mib(self) -> float:
        return resident_mib(self.process.pid)

    def complaints(self) -> str:
        """What it wrote at the level `warning` and above."""
        return self.processes.log_of(self.log).strip()
