"""Shows with a real browser that no web page can make a gateway without clients stop a task.

usage: check-browser.py PROGRAM BROWSER

Starts simulated providers, a gateway in front of them, and a page of another origin that tries everything a page can
send; opens it in a headless browser, by its address and under a name that was pointed at the loopback. Afterwards no
provider may have seen a cancel. Two controls let the check fail: a server that refuses nothing shows which tries the
browser lets out, and the same request without a browser stops a task.
"""

import contextlib
import http.client
import http.server
import json
import os
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading
import time

PAGE = """<!DOCTYPE html><title>Another site</title><body><script>
const gateway = location.hash.slice(1);
const task = id => `${gateway}/tasks/blackbox-cloud:${id}`;
const frame = name => { const made = document.createElement("iframe"); made.name = name; document.body.append(made); };
const tries = {
  "POST": id => fetch(task(id) + "/cancel", {method: "POST", mode: "no-cors"}),
  "POST with a body": id => fetch(task(id) + "/cancel", {method: "POST", mode: "no-cors", body: "{}"}),
  "POST with cookies": id => fetch(task(id) + "/cancel", {method: "POST", mode: "no-cors", credentials: "include"}),
  "POST that may be read": id => fetch(task(id) + "/cancel", {method: "POST"}),
  "POST of JSON": id => fetch(task(id) + "/cancel",
    {method: "POST", headers: {"Content-Type": "application/json"}, body: "{}"}),
  "PATCH": id => fetch(task(id),
    {method: "PATCH", headers: {"Content-Type": "application/json"}, body: '{"action": "cancel"}'}),
  "XMLHttpRequest": id => new Promise(done => {
    const request = new XMLHttpRequest();
    request.onloadend = done;
    request.open("POST", task(id) + "/cancel");
    request.send();
  }),
  "beacon": id => navigator.sendBeacon(task(id) + "/cancel"),
  "form": id => {
    frame("form-" + id);
    const form = document.createElement("form");
    Object.assign(form, {method: "post", action: task(id) + "/cancel", target: "form-" + id});
    document.body.append(form);
    form.submit();
  },
  "form as text": id => {
    frame("text-" + id);
    const form = document.createElement("form");
    Object.assign(form, {method: "post", action: task(id) + "/cancel", target: "text-" + id, enctype: "text/plain"});
    form.innerHTML = '<input name=\\'{"reason": "\\' value=\\'"}\\'>';
    document.body.append(form);
    form.submit();
  },
  "image": id => new Promise(done => {
    const image = new Image();
    image.onload = image.onerror = done;
    image.src = task(id) + "/cancel";
  }),
  "script": id => new Promise(done => {
    const script = document.createElement("script");
    script.onload = script.onerror = done;
    script.src = task(id);
    document.body.append(script);
  }),
  "WebSocket": id => new Promise(done => {
    const socket = new WebSocket(task(id).replace("http", "ws") + "/cancel");
    socket.onclose = done;
  }),
};
(async () => {
  const ids = await (await fetch("/ids")).json();
  const told = {};
  const names = Object.keys(tries);
  for (const [number, name] of names.entries()) {
    try {
      const answer = await Promise.race([tries[name](ids[number]), new Promise(done => setTimeout(done, 2000))]);
      told[name] = answer instanceof Response ? `${answer.type} ${answer.status}` : String(answer);
    } catch (error) {
      told[name] = String(error);
    }
  }
  await new Promise(done => setTimeout(done, 500));
  await fetch("/told", {method: "POST", body: JSON.stringify(told)});
})();
</script>"""

TRIES = PAGE.count('": id =>')
# What a browser sends without asking first: the others wait for a consent that never comes, or are no POST.
SIMPLE = 8


def ask(port, method, path, body=None, host=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Host": host} if host else {}
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read() or b"null")


class Site(http.server.BaseHTTPRequestHandler):
    """The other site: its page, the tasks that it goes for, and what became of its tries."""

    ids = []
    told = queue.Queue()
    posts = []

    def answer(self, body, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/ids":
            self.answer(json.dumps(self.ids).encode(), "application/json")
        else:
            self.answer(PAGE.encode(), "text/html; charset=utf-8")

    def do_POST(self):
        if self.path != "/told":
            self.posts.append(self.path)
            return self.answer(b"{}", "application/json")
        self.told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.answer(b"{}", "application/json")

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def running(command, **options):
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(what, find):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if found := find():
            return found
        time.sleep(0.05)
    raise SystemExit(f"browser: never came: {what}")


def start_simulator(stack, program):
    simulator = stack.enter_context(running([program, "simulate", "--empty"], stdout=subprocess.PIPE, text=True))
    addresses = {}
    for line in simulator.stdout:
        name, address = line.split()
        addresses[name] = address
        if name == "control":
            return addresses
    raise SystemExit("browser: the simulator did not start")


def start_gateway(stack, program, address, folder):
    config = folder / "config.json"
    provider = {"base_url": address, "credential": {"env": "KEY"}, "minimum_interval": "0s"}
    config.write_text(json.dumps({"listen": "127.0.0.1:0", "providers": {"blackbox-cloud": provider}}))
    log = folder / "log"
    providers = pathlib.Path(__file__).resolve().parent.parent / "providers"
    command = [program, "serve", "--config", str(config), "--providers", str(providers)]
    environment = {**os.environ, "KEY": "bb_browser0123456789"}
    with log.open("w", encoding="utf-8") as output:
        stack.enter_context(running(command, stderr=output, env=environment))
    served = lambda: [line for line in log.read_text().splitlines() if " serves " in line]
    return int(wait_for("the gateway's address", served)[0].rsplit(":", 1)[1])


def open_page(browser, page, folder):
    # Without its own sandbox, which wants more than a container has; what it opens is only the page above.
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    options += ["--disable-background-networking", f"--user-data-dir={folder}/browser-{time.monotonic_ns()}"]
    # Newer browsers ask a person before a page may reach the loopback. The gateway must not depend on that.
    off = "LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights"
    options += [f"--disable-features={off}", "--host-resolver-rules=MAP rebound.example 127.0.0.1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with running([browser, *options, page], **quiet):
        try:
            return Site.told.get(timeout=120)
        except queue.Empty:
            raise SystemExit(f"browser: {page} never came to its end") from None


def main(program, browser):
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        simulated = start_simulator(stack, program)
        control = int(simulated["control"].rsplit(":", 1)[1].strip("/"))
        gateway = start_gateway(stack, program, simulated["blackbox-cloud"], folder)
        site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
        threading.Thread(target=site.serve_forever, daemon=True).start()

        def cancels():
            return ask(control, "GET", "/requests?provider=blackbox-cloud")[1]["blackbox-cloud"]["cancel"]

        def add_task():
            made = ask(control, "POST", "/tasks", json.dumps({"provider": "blackbox-cloud", "state": "processing"}))
            return made[1]["id"]

        failures = []
        # Another port is another origin; under a name of its own the page and the gateway are even of one site.
        pages = {
            "another port": (f"http://127.0.0.1:{site.server_port}", f"http://127.0.0.1:{gateway}"),
            "another name": (f"http://rebound.example:{site.server_port}", f"http://127.0.0.1:{gateway}"),
            "a rebound name": (f"http://rebound.example:{site.server_port}", f"http://rebound.example:{gateway}"),
        }
        for kind, (page, address) in pages.items():
            Site.ids = [add_task() for _ in range(TRIES)]
            told = open_page(browser, f"{page}/#{address}", folder)
            print(f"browser: a page of {kind} tried {len(told)} ways:", json.dumps(told, indent=2))
            if len(told) != TRIES:
                failures.append(f"{kind}: {len(told)} of {TRIES} tries")
            if cancels():
                failures.append(f"{kind}: {cancels()} cancels reached the provider")
            for task in Site.ids:
                status, answer = ask(gateway, "GET", f"/tasks/blackbox-cloud:{task}")
                if status != 200 or answer["status"] != "running":
                    failures.append(f"{kind}: {task} is {answer}")

        # The first control: where nothing is refused, the tries arrive.
        Site.ids = [f"control{number}" for number in range(TRIES)]
        open_page(browser, f"http://127.0.0.1:{site.server_port}/#http://localhost:{site.server_port}", folder)
        arrived = len(set(Site.posts))
        if arrived < SIMPLE:
            failures.append(f"the browser let out {arrived} of {SIMPLE} POSTs: {Site.posts}")

        # What a page of the gateway's own origin under the rebound name would send carries no foreign Origin.
        task = add_task()
        status, answer = ask(gateway, "POST", f"/tasks/blackbox-cloud:{task}/cancel", host=f"rebound.example:{gateway}")
        if status != 403 or cancels():
            failures.append(f"the rebound name is served: {status} {answer}")

        # The second control: the same request, not from a browser.
        status, answer = ask(gateway, "POST", f"/tasks/blackbox-cloud:{task}/cancel")
        if status != 200 or cancels() != 1:
            failures.append(f"the control did not cancel: {status} {answer}")

        for failure in failures:
            print("browser:", failure, file=sys.stderr)
        if failures:
            raise SystemExit(1)
        print(f"browser: {len(pages)} pages tried {len(pages) * TRIES} times and no cancel came through; ", end="")
        print(f"{arrived} POSTs reached a server that refuses nothing, and one without a browser cancelled")


main(sys.argv[1], sys.argv[2])
