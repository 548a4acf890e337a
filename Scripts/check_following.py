"""Follows tasks of a gateway with other people's libraries: httpx-sse reads its streams and comes back after every event,
standardwebhooks verifies what webhooks are sent.

usage: check_following.py PROGRAM
"""

import base64
import http.server
import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time

import httpx
from httpx_sse import connect_sse
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

SECRET = "whsec_" + base64.b64encode(os.urandom(32)).decode()
STATES = ["PENDING", "RUNNING", "COMPLETED"]
EXPECTED = ["task", "task.updated", "task.done", "end"]


class Receiver(http.server.BaseHTTPRequestHandler):
    deliveries = queue.Queue()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.deliveries.put((body, {name.lower(): value for name, value in self.headers.items()}))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def line_of(path, pattern, process):
    for _ in range(300):
        found = re.search(pattern, open(path).read(), re.M)
        if found:
            return found.group(1)
        if process.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit(f"{path}: no {pattern}:\n{open(path).read()}")


def put(control, state, task=None):
    wish = {"provider": "qmail", "state": state} | ({"id": task} if task else {})
    return httpx.post(control + "/tasks", json=wish).raise_for_status().json()["id"]


def read_stream(client, url, last=None, on_event=None):
    events = []
    headers = {"Last-Event-ID": last} if last else {}
    with connect_sse(client, "GET", url, headers=headers) as source:
        for event in source.iter_sse():
            events.append((event.id, event.event))
            if on_event:
                on_event(event)
    return events


def check_stream(client, control, gateway, task):
    """The states of a task as its stream tells them, and what is left of it behind each of its events."""
    left = STATES[1:]

    def go_on(event):
        assert json.loads(event.data) == {} or event.json()["id"] == f"qmail:{task}", event.data
        if left:
            put(control, left.pop(0), task)

    url = f"{gateway}/tasks/qmail:{task}/events"
    events = read_stream(client, url, on_event=go_on)
    assert [name for _, name in events] == EXPECTED, events
    for place, (number, _) in enumerate(events[:-2]):
        assert read_stream(client, url, number) == events[place + 1:], number
    assert client.get(url, headers={"Last-Event-ID": events[-2][0]}).status_code == 204
    return len(events)


def check_webhooks(tasks):
    """Every delivery is verified, and none that was changed on the way."""
    webhook = Webhook(SECRET)
    wanted = {(kind, f"qmail:{task}") for task in tasks for kind in ("task.updated", "task.done")}
    told = {}
    while wanted:
        body, headers = Receiver.deliveries.get(timeout=30)
        told[headers["webhook-id"]] = event = webhook.verify(body, headers)
        wanted.discard((event["type"], event["data"]["id"]))
        try:
            webhook.verify(body.replace(b"task.", b"tusk."), headers)
        except WebhookVerificationError:
            continue
        sys.exit("a changed delivery was taken for a true one")
    return len(told)


def follow(program, folder, processes, receiver):
    def start(name, arguments, **more):
        process = subprocess.Popen([program, *arguments], stdout=open(f"{folder}/{name}", "w"), stderr=subprocess.STDOUT, **more)
        processes.append(process)
        return process

    simulator = start("simulator", ["simulate", "--empty"])
    control = line_of(f"{folder}/simulator", r"^control (\S+)$", simulator)
    qmail = line_of(f"{folder}/simulator", r"^qmail (http://127\.0\.0\.1:\d+)", simulator)
    configuration = {
        "listen": "127.0.0.1:0", "store": {"sqlite": "taskgate.db"},
        "webhooks": {"secret": {"env": "WEBHOOK_SECRET"}, "allow": ["127.0.0.1"]},
        "providers": {"qmail": {"base_url": qmail}},
    }
    json.dump(configuration, open(f"{folder}/config.json", "w"))
    providers = os.path.realpath(os.path.join(os.path.dirname(__file__), "../providers"))
    serving = start(
        "gateway", ["serve", "--config", f"{folder}/config.json", "--providers", providers],
        env=os.environ | {"WEBHOOK_SECRET": SECRET},
    )
    gateway = "http://" + line_of(f"{folder}/gateway", r" serves .* on (127\.0\.0\.1:\d+)$", serving)
    with httpx.Client(timeout=60) as client:
        tasks = [put(control, STATES[0]) for _ in range(2)]
        hook = {"webhook": {"url": f"http://127.0.0.1:{receiver.server_port}/hook"}}
        for task in tasks:
            answer = client.put(f"{gateway}/tasks/qmail:{task}/watch", json=hook)
            assert answer.status_code == 201, answer.text
        events = sum(check_stream(client, control, gateway, task) for task in tasks)
    print(f"following: {events} events read, resumed behind each; {check_webhooks(tasks)} deliveries verified")


def main():
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    processes = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            follow(os.path.realpath(sys.argv[1]), folder, processes, receiver)
        finally:
            for process in reversed(processes):
                process.terminate()
            for process in processes:
                process.wait(30)


main()
