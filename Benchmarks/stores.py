"""Looks into a gateway's store from outside, while the gateway uses it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from accounting import cpu_time
from rig import Postgres


@dataclass(frozen=True)
class Marks:
    """What the database has done so far."""

    cpu: float
    """Seconds of its server's processor time; 0 where it has none."""
    commits: int
    log_bytes: int
    """Bytes that went into its log; where that is not known, all that the gateway wrote."""


class Store(Protocol):
    """What is measured of each."""

    place: dict[str, Any]
    """As the gateway's configuration names it."""
    environment: dict[str, str]
    """What the gateway needs in its environment for that."""

    def size(self) -> int:
        """Bytes of all that is kept, without what is free."""

    def table_size(self, table: str) -> int:
        """Bytes of a table with its indexes."""

    def count(self, rows: str) -> int:
        """How many rows: a table, with a condition or without."""

    def marks(self, gateway: int) -> Marks:
        """`gateway` is the process id."""


class SQLiteStore:
    """A file, read beside the gateway."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place: dict[str, Any] = {"sqlite": str(path)}
        self.environment: dict[str, str] = {}

    def _ask(self, sql: str) -> list[Any]:
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def size(self) -> int:
        pages, free, size = (self._ask(f"PRAGMA {name}")[0][0] for name in ("page_count", "freelist_count", "page_size"))
        return int((pages - free) * size)

    def table_size(self, table: str) -> int:
        names = self._ask(f"SELECT name FROM sqlite_schema WHERE tbl_name = '{table}'")
        listed = ", ".join(f"'{name}'" for (name,) in names)
        return int(self._ask(f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({listed})")[0][0] or 0)

    def count(self, rows: str) -> int:
        return int(self._ask(f"SELECT count(*) FROM {rows}")[0][0])

    def marks(self, gateway: int) -> Marks:
        fields = dict(
            line.split(": ") for line in Path(f"/proc/{gateway}/io").read_text(encoding="ascii").splitlines()
        )
        return Marks(cpu=0, commits=0, log_bytes=int(fields["write_bytes"]))


class PostgresStore:
    """A database of a server that serves nobody else."""

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self.place: dict[str, Any] = {"postgres": {"env": "DATABASE_URL"}}
        self.environment = {"DATABASE_URL": server.connection}

    def _number(self, sql: str) -> int:
        return int(self.server.ask(sql)[0][0])

    def size(self) -> int:
        tables = "FROM pg_class WHERE relkind = 'r' AND relnamespace = 'taskgate'::regnamespace"
        return self._number(f"SELECT coalesce(sum(pg_total_relation_size(oid)), 0) {tables}")

    def table_size(self, table: str) -> int:
        return self._number(f"SELECT pg_total_relation_size('taskgate.{table}')")

    def count(self, rows: str) -> int:
        return self._number(f"SELECT count(*) FROM taskgate.{rows}")

    def marks(self, gateway: int) -> Marks:
        commits = "(SELECT xact_commit FROM pg_stat_database WHERE datname = 'postgres')"
        row = self.server.ask(f"SELECT {commits}, pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")[0]
        return Marks(cpu_time(self.server.process.pid).total, int(row[0]), int(row[1]))
