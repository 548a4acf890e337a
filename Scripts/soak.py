#!/usr/bin/env python3
"""Lets a gateway serve callers of every kind for minutes while its providers fail in every way, and holds it to having
no more memory, descriptors and threads at the end than it had when it had warmed up.

usage: soak.py PROGRAM [SECONDS]
"""

import collections
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

CALLERS = 12
WARM_UP_SECONDS = 30
QUIET_SECONDS = 12
KEYS = {"blackbox-cloud": "bb_soak0123", "blackbox-agent": "sk-soak0123", "xpander": "soak-0123"}
STATES = {
    "blackbox-cloud": "processing",
    "blackbox-agent": "in_progress",
    "xpander": "executing",
    "qmail": "RUNNING",
}
FAULTS = [
    {"kind": "answer", "status": 500}, {"kind": "answer", "status": 503, "headers": {"Retry-After": "1"}},
    {"kind": "answer", "status": 429, "headers": {"Retry-After": "1"}}, {"kind": "answer", "status": 401},
    {"kind": "answer", "status": 404}, {"kind": "delay", "duration": "700ms"}, {"kind": "silence"},
    {"kind": "close"}, {"kind": "answer-lost"}, {"kind": "reset"}, {"kind": "short-body"}, {"kind": "truncated"},
    {"kind": "html"}, {"kind": "empty"}, {"kind": "no-content"}, {"kind": "array"}, {"kind": "duplicate-key"},
    {"kind": "invalid-utf8"}, {"kind": "depth-bomb"}, {"kind": "endless", "bytes": 3000000},
    {"kind": "gzip-bomb", "bytes": 5000000}, {"kind": "redirect", "to": "http://127.0.0.1:1/"},
    {"kind": "drip", "duration": "200ms"}, {"kind": "raw", "text": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{"},
]
GARBAGE = [
    b"\x16\x03\x01\x00\xa5\x01", b"GET / HTTP/1.1\r\n\r\n", b"GET /tasks/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
    b"POST /tasks/a/cancel HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
    b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\r\n" * 50,
]


def standing(pid, ports):
    """What a process has: memory, descriptors but for the connections that it keeps to `ports`, those, and threads."""
    status = open(f"/proc/{pid}/status").read()
    to_providers = set()
    for line in open(f"/proc/{pid}/net/tcp").readlines()[1:]:
        fields = line.split()
        if int(fields[2].split(":")[1], 16) in ports:
            to_providers.add(f"socket:[{fields[9]}]")
    links = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            links.append(os.readlink(f"/proc/{pid}/fd/{name}"))
        except OSError:
            # Closed meanwhile.
            pass
    kept = sum(link in to_providers for link in links)
    return {
        "memory (KiB)": int(re.search(r"^VmRSS:\s+(\d+)", status, re.M).group(1)),
        "descriptors": len(links) - kept,
        "connections to providers": kept,
        "threads": int(re.search(r"^Threads:\s+(\d+)", status, re.M).group(1)),
    }


class Caller(threading.Thread):
    """One application, which asks until it is told to rest."""

    def __init__(self, number, port, tasks, counts):
        super().__init__(daemon=True)
        self.chance = random.Random(number)
        self.port, self.tasks, self.counts = port, tasks, counts
        self.is_over, self.rests, self.is_resting = False, False, threading.Event()
        self.faults = []

    def run(self):
        connection = None
        while not self.is_over:
            if self.rests:
                if connection:
                    connection.close()
                connection = None
                self.is_resting.set()
                time.sleep(0.1)
                continue
            self.is_resting.clear()
            try:
                connection = self.ask(connection)
            except (OSError, http.client.HTTPException) as error:
                self.faults.append(f"no answer: {error!r}")
                connection = None
                time.sleep(0.05)

    def ask(self, connection):
        chance = self.chance.random()
        provider = self.chance.choice(list(self.tasks))
        task = self.chance.choice(self.tasks[provider])
        if chance < 0.02:
            self.send_garbage()
            return connection
        if chance < 0.04:
            self.leave(f"/tasks/{provider}:{task}?wait=5s")
            return connection
        if connection is None or chance < 0.10:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        if chance < 0.60:
            method, target, body = "GET", f"/tasks/{provider}:{task}", None
        elif chance < 0.65:
            method, target, body = "GET", f"/tasks/{provider}:{task}?wait=1s&view=full", None
        elif chance < 0.75:
            method, target, body = "GET", f"/tasks/blackbox-cloud:soak{self.chance.getrandbits(40):x}", None
        elif chance < 0.85:
            method, target, body = "POST", f"/tasks/{provider}:{task}/cancel", b'{"reason": "soak"}'
        elif chance < 0.90:
            method, target, body = "PATCH", f"/tasks/{provider}:{task}", b'{"title": "soak"}'
        elif chance < 0.93:
            method, target, body = "POST", f"/tasks/{provider}:{task}/cancel", b'{"reason": '
        else:
            method, target, body = "GET", self.chance.choice(["/metrics", "/providers", "/readyz", "/nowhere", "/tasks/x"]), None
        headers = {"Content-Type": "application/json"} if body else {}
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        answer.read()
        self.counts[answer.status] += 1
        if answer.status == 500:
            self.faults.append(f"{method} {target}: 500")
        if answer.will_close:
            connection.close()
            return None
        return connection

    def send_garbage(self):
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            try:
                connection.sendall(self.chance.choice(GARBAGE))
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(4096):
                    pass
            except OSError:
                # Being cut off is an answer to garbage, too.
                pass

    def leave(self, target):
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            time.sleep(0.02)


class Trouble(threading.Thread):
    """Makes the providers fail, one after the other, and has the gateway read its files again."""

    def __init__(self, control, providers, gateway):
        super().__init__(daemon=True)
        self.control, self.providers, self.gateway = control, providers, gateway
        self.is_over, self.rests = False, False

    def call(self, method, path, body=None):
        data = json.dumps(body).encode() if body else None
        urllib.request.urlopen(urllib.request.Request(self.control + path, data, method=method), timeout=10).read()

    def run(self):
        chance = random.Random(4711)
        rounds = 0
        while not self.is_over:
            if self.rests:
                time.sleep(0.1)
                continue
            rounds += 1
            provider = chance.choice(self.providers)
            self.call("POST", "/faults", {"provider": provider, "fault": chance.choice(FAULTS)})
            time.sleep(0.5 + chance.random())
            self.call("DELETE", "/faults")
            for name in self.providers:
                self.call("POST", "/tasks", {"provider": name, "state": STATES[name], "id": TASKS[name][rounds % 20]})
            time.sleep(0.3)
            if rounds % 15 == 0:
                self.gateway.send_signal(signal.SIGHUP)


TASKS = {}


def line_of(path, pattern, process):
    for _ in range(300):
        found = re.search(pattern, open(path).read(), re.M)
        if found:
            return found
        if process.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit(f"{path}: no {pattern}:\n{open(path).read()}")


def main():
    program = os.path.realpath(sys.argv[1])
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else int(os.environ.get("TASKGATE_SOAK_SECONDS", "600"))
    root = os.path.realpath(os.path.join(os.path.dirname(__file__), ".."))
    processes = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            sound = soak(program, seconds, root, folder, processes)
        finally:
            for process in reversed(processes):
                if process.poll() is None:
                    process.terminate()
            for process in processes:
                process.wait(30)
        if processes[-1].returncode != 0:
            sys.exit(f"The gateway ended with {processes[-1].returncode}.")
    sys.exit(0 if sound else 1)


def soak(program, seconds, root, folder, processes):
    simulator = subprocess.Popen([program, "simulate", "--empty"], stdout=open(f"{folder}/simulator", "w"))
    processes.append(simulator)
    control = line_of(f"{folder}/simulator", r"^control (\S+)$", simulator).group(1)
    providers = {}
    ports = set()
    for name in STATES:
        url = line_of(f"{folder}/simulator", rf"^{name} (http://127\.0\.0\.1:\d+)", simulator).group(1)
        ports.add(int(url.rsplit(":", 1)[1]))
        providers[name] = {
            "base_url": url, "minimum_interval": "50ms", "timeouts": {"total": "2s", "stalled": "1s"},
            "limits": {"breaker": {"pause": "1s"}},
        }
        if name in KEYS:
            providers[name]["credential"] = {"env": "KEY_" + name.replace("-", "_")}
    configuration = {
        "listen": "127.0.0.1:0", "providers": providers, "memory": {"tasks": 500},
        "server": {"idle_time": "2s", "request_time": "2s"}, "audit": {"file": f"{folder}/audit.jsonl"},
    }
    json.dump(configuration, open(f"{folder}/config.json", "w"))
    environment = {**os.environ, **{"KEY_" + name.replace("-", "_"): key for name, key in KEYS.items()}}
    gateway = subprocess.Popen(
        [program, "serve", "--config", f"{folder}/config.json", "--providers", f"{root}/providers"],
        stderr=open(f"{folder}/gateway", "w"), env=environment,
    )
    processes.append(gateway)
    port = int(line_of(f"{folder}/gateway", r" serves .* on 127\.0\.0\.1:(\d+)$", gateway).group(1))
    for name, state in STATES.items():
        TASKS[name] = []
        for _ in range(20):
            body = json.dumps({"provider": name, "state": state}).encode()
            answer = urllib.request.urlopen(urllib.request.Request(control + "/tasks", body, method="POST"))
            TASKS[name].append(json.load(answer)["id"])

    counts = collections.Counter()
    callers = [Caller(number, port, TASKS, counts) for number in range(CALLERS)]
    trouble = Trouble(control, list(STATES), gateway)
    threads = callers + [trouble]
    for thread in threads:
        thread.start()

    def rest():
        for thread in threads:
            thread.rests = True
        for caller in callers:
            caller.is_resting.wait(60)
        trouble.call("DELETE", "/faults")
        time.sleep(QUIET_SECONDS)
        return standing(gateway.pid, ports)

    print(f"warming up for {WARM_UP_SECONDS} s", flush=True)
    time.sleep(WARM_UP_SECONDS)
    before = rest()
    for thread in threads:
        thread.rests = False
    end = time.monotonic() + seconds
    while time.monotonic() < end and gateway.poll() is None:
        time.sleep(min(60, max(0, end - time.monotonic())))
        now = standing(gateway.pid, ports) if gateway.poll() is None else {}
        print(f"{int(end - time.monotonic())} s left, {sum(counts.values())} answers, {now}", flush=True)
    after = rest()
    for thread in threads:
        thread.is_over = True
    for thread in threads:
        thread.join(10)

    faults = [fault for caller in callers for fault in caller.faults]
    log = open(f"{folder}/gateway").read()
    readings = log.count("were read again and are served")
    print(f"{sum(counts.values())} answers: " + ", ".join(f"{status}: {counts[status]}" for status in sorted(counts)))
    print(f"the files were read again {readings} times")
    sound = not faults and readings > 0
    for fault in faults[:10]:
        print("wrong: " + fault)
    limits = {
        "memory (KiB)": before["memory (KiB)"] * 1.1 + 2048,
        "descriptors": before["descriptors"],
        # Kept for the next call; never more than callers could need at one time.
        "connections to providers": 2 * CALLERS * len(ports),
        "threads": before["threads"],
    }
    for name, most in limits.items():
        is_kept = after[name] <= most
        sound = sound and is_kept
        print(f"{name}: {before[name]} when warm, {after[name]} at the end" + ("" if is_kept else f"; more than {most:.0f}"))
    print("sound" if sound else "not sound")
    return sound


if __name__ == "__main__":
    main()
