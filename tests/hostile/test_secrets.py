"""Keys are planted, every kind of error is provoked, and nothing that was written or shown holds them."""

import base64
import json
import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from emoprefer_assets.settings import PROJECT
from tests.conftest import RULES, write_csv
from tests.judges.chat_server import completion, garbage, half_a_body, nothing, running_server, says

BIN = Path(sys.executable).parent
KEYS = {
    "LAB_KEY": "sk-Planted/Lab+4071rt93KfWq82ZmXv5c==",
    "OTHER_KEY": "sk-Planted-Other-" + "Zy9" * 40,
    "REDIRECTED_KEY": "sk-Planted-Redirected-aBcDeFgH",
    "UNUSED_KEY": "sk-Planted-Unused-QwErTy123456",
}
# A piece so long gives a key away.
GIVEAWAY = 14
REGISTRY = """\
  - {{name: erring, backend: openai, model: m, base_url: '{erring}', key_variable: LAB_KEY, timeout: 1, note: n}}
  - {{name: refusing, backend: openai, model: m, base_url: '{refusing}', key_variable: OTHER_KEY}}
  - {{name: redirecting, backend: openai, model: m, base_url: '{redirecting}', key_variable: REDIRECTED_KEY}}
  - {{name: several, backend: openai, model: m, base_url: ['{refusing}', '{erring}'], revision: v1,
      key_variable: LAB_KEY, timeout: 1}}
  - {{name: scored, backend: openai, model: m, base_url: '{scored}', key_variable: LAB_KEY, logprobs: true,
      read: options}}
"""


def echo(status, **headers):
    """An error that quotes what was sent, in every place that a body has."""

    def behave(question):
        sent = question.authorization
        key = sent.removeprefix("Bearer ")
        forms = (sent, quote(key), base64.b64encode(key.encode()).decode(), key.upper())
        said = f"Incorrect API key provided: {'; '.join(forms)}"
        error = {"message": said, "code": key, "type": sent, "headers": {"authorization": sent}}
        question.send(status, json.dumps({"error": error}), x_request_id=key, **headers)

    return behave


def bare(status):
    return lambda question: question.send(status, "x" * 180 + question.authorization)


BEHAVIOURS = (
    echo(500),
    bare(418),
    echo(400),
    echo(429, retry_after="0"),
    garbage,
    half_a_body,
    nothing,
    lambda question: question.send(200, f"<p>{question.authorization}</p>" * 9),
    lambda question: says("a1", finish=question.authorization)(question),
    lambda question: says("a1", finish="x" * 30 + question.authorization)(question),
    lambda question: says("", refusal="No. " * 45 + question.authorization)(question),
    lambda question: says(f"a1, and {question.authorization}")(question),
    lambda question: question.send(200, completion("a1").replace("a1", question.authorization.replace("/", "\\/"))),
    lambda question: time.sleep(1.5),
)


@contextmanager
def another_host():
    """A server that a redirect leads to; yields its address and the headers of every request that it gets."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            seen.append(dict(self.headers))
            self.send_error(403)

        do_GET = do_POST

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def planted(settings, tmp_path, monkeypatch):
    """Judges of all kinds of trouble on a data set with a question for each behaviour; returns the environment."""
    folder = tmp_path / "data"
    folder.mkdir()
    pairs = [[f"p{n}", f"clip{n}", "north", f"He is glad, take {n}.", "south", f"Sad {n}."] for n in range(7)]
    write_csv(folder / "pairs.csv", ["pair", "name", "system1", "a1", "system2", "a2"], pairs)
    write_csv(
        folder / "votes.csv", ["pair", "annotator", "vote"], [[f"p{n}", who, "a1"] for n in range(7) for who in "AB"]
    )
    for variable, key in KEYS.items():
        monkeypatch.setenv(variable, key)
    dagster_home = tmp_path / "dagster"
    dagster_home.mkdir()
    (dagster_home / "dagster.yaml").write_text((PROJECT / "dagster.yaml").read_text())
    for variable, value in {
        "EMOPREFER_DATA_DIR": str(folder),
        "EMOPREFER_ROUNDS": "1",
        "EMOPREFER_BATTLE_ROUNDS": "0",
        "PYTHONPATH": str(PROJECT),
        "DAGSTER_HOME": str(dagster_home),
        "NO_PROXY": "127.0.0.1",
        "OPENAI_LOG": "debug",
    }.items():
        monkeypatch.setenv(variable, value)
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(running_server()) for name in ("erring", "refusing", "redirecting", "scored")
        }
        target, redirected = stack.enter_context(another_host())
        settings.judges_file.write_text(
            RULES + REGISTRY.format(**{name: server.url for name, server in servers.items()})
        )
        order, seen = {}, set()

        def err(question):
            place = order.setdefault(question.text, len(order))
            again = (question.text, question.authorization) in seen
            seen.add((question.text, question.authorization))
            # Told to come back at once, a question is given up in a second or two.
            (echo(503, retry_after="0") if again else BEHAVIOURS[place % len(BEHAVIOURS)])(question)

        servers["erring"].otherwise = err
        servers["refusing"].otherwise = echo(401)
        servers["scored"].otherwise = lambda question: says(
            question.authorization,
            logprobs={"content": [{"token": question.authorization, "logprob": -0.1, "top_logprobs": []}]},
        )(question)
        servers["redirecting"].otherwise = lambda question: question.send(
            307, "", location=f"{target}/v1/chat/completions?from={quote(question.authorization)}"
        )
        yield settings, servers, redirected, tmp_path


def run(*command):
    done = subprocess.run(command, capture_output=True, cwd=PROJECT, env=dict(os.environ), timeout=400)
    return done.stdout + done.stderr


def pieces():
    """Every piece of a key that would give it away, in lower case, as bytes: as it is and as it is often written."""
    found = set()
    for key in KEYS.values():
        for form in (key, quote(key, safe=""), json.dumps(key)[1:-1], base64.b64encode(key.encode()).decode()):
            found |= {form[start : start + GIVEAWAY].lower() for start in range(len(form) - GIVEAWAY + 1)}
    return {piece.encode() for piece in found}


def hits(named):
    """Where a piece of a key stands, and which."""
    wanted = pieces()
    found = {}
    for name, content in named.items():
        content = content.lower()
        there = [piece for piece in wanted if piece in content]
        if there:
            found[name] = there[:2]
    return found


@pytest.mark.slow
def test_no_key_is_in_anything_that_a_run_or_dagster_writes_or_shows(planted):
    settings, servers, redirected, folder = planted
    shown = {"emoprefer run": run(BIN / "emoprefer", "run")}
    assert b"refused the key in OTHER_KEY" in shown["emoprefer run"]
    assert b"judge_board" in shown["emoprefer run"] or b"Judge board" in shown["emoprefer run"]
    for calls in settings.calls_folder.glob("*.sqlite"):
        assert b"[key]" in calls.read_bytes() or calls.stem in ("refusing", "redirecting", "scored")
    environment = ("-m", "emoprefer_assets.definitions")
    shown["asset"] = run(
        BIN / "dagster", "asset", "materialize", "--select", "s1_predictions", "--partition", "erring", *environment
    )

    # What was asked for did happen: each server saw its judge's key, and no other server saw it.
    sent = {name: {question.authorization for question in server.questions} for name, server in servers.items()}
    assert sent["erring"] == {f"Bearer {KEYS['LAB_KEY']}"}
    assert sent["refusing"] == {f"Bearer {KEYS['OTHER_KEY']}", f"Bearer {KEYS['LAB_KEY']}"}
    assert sent["redirecting"] == {f"Bearer {KEYS['REDIRECTED_KEY']}"}
    assert redirected
    assert not [headers for headers in redirected if "authorization" in map(str.lower, headers)]

    written = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    assert len([name for name in written if name.startswith("home/calls/") and name.endswith(".sqlite")]) >= 3
    assert [name for name in written if name.startswith("home/history") or name.endswith(".db")]
    assert "published.duckdb" in written and "home/warehouse.duckdb" in written
    assert hits(written | shown) == {}
