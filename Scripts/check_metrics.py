"""Reads /metrics of a running gateway with Prometheus' own parser while it is asked, and holds it to its documentation."""

import math
import re
import sys
import threading
import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

ROUNDS = 200
TASK = "/tasks/xpander:c70f5b29-e83a-4196-95d7-2b8e4f1a6c03"
LOST = "/tasks/qmail:00000000-0000-0000-0000-000000000000"


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


def read(origin):
    status, headers, text = get(origin + "/metrics")
    assert status == 200, status
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8", headers["Content-Type"]
    names = re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)
    assert len(names) == len(set(names)), "a family is written twice"
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert len(families) == len(names), "the parser sees other families than are written"
    for family in families.values():
        assert family.documentation and family.type != "unknown", family.name
        seen = [(sample.name, tuple(sorted(sample.labels.items()))) for sample in family.samples]
        assert len(seen) == len(set(seen)), f"{family.name}: a sample is written twice"
    check_histograms(families)
    return names, families


def check_histograms(families):
    """Buckets grow, and the last is the count."""
    for family in families.values():
        if family.type != "histogram":
            continue
        counts, buckets = {}, {}
        for sample in family.samples:
            labels = {key: value for key, value in sample.labels.items() if key != "le"}
            key = tuple(sorted(labels.items()))
            if sample.name.endswith("_count"):
                counts[key] = sample.value
            elif sample.name.endswith("_bucket"):
                buckets.setdefault(key, []).append((float(sample.labels["le"]), sample.value))
        assert counts.keys() == buckets.keys(), family.name
        for key, pairs in buckets.items():
            assert pairs == sorted(pairs) and pairs[-1][0] == math.inf, (family.name, key)
            assert [value for _, value in pairs] == sorted(value for _, value in pairs), (family.name, key)
            assert pairs[-1][1] == counts[key], (family.name, key)


def total(families, family, sample, **labels):
    return sum(
        found.value
        for found in families[family].samples
        if found.name == sample and labels.items() <= found.labels.items()
    )


def main(page, origin):
    before = read(origin)[1]
    load = [threading.Thread(target=lambda: [get(origin + path) for path in (TASK, LOST) * (ROUNDS // 8)]) for _ in range(4)]
    for thread in load:
        thread.start()
    last = 0
    while any(thread.is_alive() for thread in load):
        # Under load: counters never go back.
        families = read(origin)[1]
        now = total(families, "http_server_request_duration_seconds", "http_server_request_duration_seconds_count")
        assert now >= last, (now, last)
        last = now
    for thread in load:
        thread.join()
    names, families = read(origin)
    seconds = "http_server_request_duration_seconds"
    for code in ("200", "404"):
        labels = {"http_route": "/tasks/{id}", "http_response_status_code": code}
        count = total(families, seconds, seconds + "_count", **labels) - total(before, seconds, seconds + "_count", **labels)
        assert count == ROUNDS / 2, (code, count)
    errors = total(families, "taskgate_errors", "taskgate_errors_total", code="task_not_found", provider="qmail")
    assert errors == ROUNDS / 2, errors
    assert total(families, "process_resident_memory_bytes", "process_resident_memory_bytes") > 1 << 20
    with open(page, encoding="utf-8") as file:
        documented = set(re.findall(r"^\| `((?:http|taskgate|process)_\w+)`", file.read(), re.MULTILINE))
    assert documented == set(names), f"undocumented: {set(names) - documented}; not there: {documented - set(names)}"
    print(f"{len(names)} families, all documented; the counts of {ROUNDS} calls are right")


main(*sys.argv[1:])
