"""A chat endpoint on this machine that behaves as it is told."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Question:
    """One call, as the server sees it."""

    body: dict[str, Any]
    authorization: str
    socket: BaseHTTPRequestHandler

    @property
    def text(self) -> str:
        if contents := self.body.get("contents"):
            return contents[-1]["parts"][-1]["text"]
        content = self.body["messages"][-1]["content"]
        return content if isinstance(content, str) else content[-1]["text"]

    @property
    def path(self) -> str:
        return self.socket.path

    def header(self, name: str) -> str | None:
        return self.socket.headers.get(name)

    def send(self, status: int, body: str, **headers: str) -> None:
        content = body.encode()
        self.socket.send_response(status)
        usual = {"content_type": "application/json", "content_length": str(len(content))}
        for name, value in (usual | headers).items():
            self.socket.send_header(name.replace("_", "-"), value)
        self.socket.end_headers()
        self.socket.wfile.write(content)

    def hang_up(self) -> None:
        self.socket.close_connection = True


Behaviour = Callable[[Question], None]


def completion(
    text: Any,
    finish: str = "stop",
    refusal: Any = None,
    thoughts: dict[str, str] | None = None,
    **choice: Any,
) -> str:
    message = {"role": "assistant", "content": text, "refusal": refusal} | (thoughts or {})
    usage = {
        "prompt_tokens": 7,
        "completion_tokens": 2,
        "total_tokens": 9,
        "prompt_tokens_details": {"cached_tokens": 4},
    }
    return json.dumps({"choices": [{"message": message, "finish_reason": finish, **choice}], "usage": usage})


def counts(**usage: Any) -> Behaviour:
    """Answers `a1`, with this usage."""
    body = json.loads(completion("a1")) | {"usage": usage}
    return lambda question: question.send(200, json.dumps(body))


def says(text: Any, **choice: Any) -> Behaviour:
    return lambda question: question.send(200, completion(text, **choice))


def refuses(status: int, message: str = "no", code: str | None = None, **headers: str) -> Behaviour:
    return lambda question: question.send(status, json.dumps({"error": {"message": message, "code": code}}), **headers)


def garbage(question: Question) -> None:
    question.send(200, "<html>the gateway is having a bad day</html>")


def half_a_body(question: Question) -> None:
    whole = completion("a1")
    question.send(200, whole[: len(whole) // 2], content_length=str(len(whole)))
    question.hang_up()


def half_a_body_of_unknown_length(question: Question) -> None:
    question.socket.send_response(200)
    question.socket.send_header("connection", "close")
    question.socket.end_headers()
    question.socket.wfile.write(completion("a1")[:40].encode())
    question.hang_up()


def nothing(question: Question) -> None:
    question.hang_up()


def silence(question: Question) -> None:
    time.sleep(1.0)
    question.hang_up()


def echoes_the_key(status: int) -> Behaviour:
    """An error whose body and headers hold what was sent."""

    def behave(question: Question) -> None:
        sent = question.authorization
        error = {"error": {"message": f"bad header {sent}", "headers": {"authorization": sent}, "code": sent}}
        question.send(status, json.dumps(error), x_request_id=sent, x_seen=sent)

    return behave


@dataclass
class ChatServer:
    """Answers `a1` to everything, but for questions with a script: there, one behaviour a call, the last for ever.

    Attributes:
        otherwise: what it does without a script.
        most_at_once: calls under way at one time, at most.
        arrivals: when each call came, in seconds.
    """

    url: str = ""
    otherwise: Behaviour = field(default_factory=lambda: says("a1"))
    scripts: dict[str, list[Behaviour]] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    calls: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    at_once: int = 0
    most_at_once: int = 0
    arrivals: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def receive(self, question: Question) -> None:
        with self.lock:
            self.arrivals.append(time.monotonic())
            self.questions.append(question)
            script = self.scripts.get(question.text, [self.otherwise])
            behave = script[min(self.calls[question.text], len(script) - 1)]
            self.calls[question.text] += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            behave(question)
        finally:
            with self.lock:
                self.at_once -= 1


@contextmanager
def running_server() -> Iterator[ChatServer]:
    told = ChatServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Without this, body and header wait for each other's acknowledgement.
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            told.receive(Question(body, self.headers.get("authorization", ""), self))

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: Any, client_address: Any) -> None:
            # A client that goes away is part of the tests.
            if not isinstance(sys.exception(), ConnectionError):
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
