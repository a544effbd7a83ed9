"""The server: who is let in, what is served, and what is refused."""

import http.client
import json
import re

import pytest

from emoprefer_assets.cli import main
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.people import invite
from emoprefer_assets.people.server import known_hosts, serve
from tests.hostile.attacks import ATTACKS
from tests.people.conftest import free_port


class Visitor:
    """A browser with its cookie."""

    def __init__(self, port):
        self.port, self.cookie = port, ""

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        own = {"Host": f"localhost:{self.port}", "Cookie": self.cookie}
        if method == "POST":
            own |= {"Origin": f"http://localhost:{self.port}", "Content-Type": "application/json"}
        sent = {key: value for key, value in (own | headers).items() if value}
        connection.request(method, path, body=body, headers=sent)
        reply = connection.getresponse()
        reply.content = reply.read()
        connection.close()
        if cookie := reply.getheader("set-cookie"):
            self.cookie = cookie.partition(";")[0]
        return reply

    def post(self, path, body, **headers):
        return self.ask("POST", path, json.dumps(body), **headers)

    def enter(self, code="a01"):
        reply = self.post("/enter", {"code": code})
        assert reply.status == 200, reply.content
        return json.loads(reply.content)

    def vote(self, state, choice="first"):
        item = state["item"]
        given = {"item": item["item"], "attempt": item["attempt"], "choice": choice, "seconds": 1.5, "replays": 0}
        reply = self.post("/answer", given)
        assert reply.status == 200, reply.content
        return json.loads(reply.content)


@pytest.fixture
def plain(study):
    """A study without consent and qualification."""
    return study(consent="", qualification=None)


def test_a_vote_is_kept_and_the_next_item_comes(plain, served):
    visitor = Visitor(served(plain))
    state = visitor.enter()
    after = visitor.vote(state)
    assert (after["note"], after["done"]) == ("saved", 1)
    assert after["item"]["item"] != state["item"]["item"]
    again = Visitor(visitor.port)
    assert again.enter()["item"] == after["item"]


def test_the_page_and_every_reply_say_what_a_browser_may_do(plain, served):
    visitor = Visitor(served(plain))
    for path in ("/", "/state", "/nothing"):
        reply = visitor.ask("GET", path)
        policy = reply.getheader("content-security-policy")
        assert policy.startswith("default-src 'none'; script-src 'sha256-")
        assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert reply.getheader("x-content-type-options") == "nosniff"
        assert reply.getheader("cache-control") == "no-store"
        assert reply.getheader("referrer-policy") == "no-referrer"


def test_the_page_loads_nothing_from_elsewhere_and_has_no_handler_in_its_html(plain, served):
    page = Visitor(served(plain)).ask("GET", "/").content.decode()
    assert not re.search(r"https?://|\bon\w+=|javascript:", page.replace("Content-Security-Policy", ""))


def test_without_coming_in_nothing_is_shown(plain, served):
    visitor = Visitor(served(plain))
    assert json.loads(visitor.ask("GET", "/state").content) == {"stage": "enter"}
    clip = Visitor(visitor.port)
    address = clip.enter()["item"]["clip"]
    for method, path, body in (
        ("GET", f"/{address}", None),
        ("POST", "/consent", "{}"),
        ("POST", "/answer", "{}"),
        ("POST", "/undo", "{}"),
    ):
        assert visitor.ask(method, path, body).status == 401, path


def test_a_token_lets_in_its_annotator_and_a_code_does_not(plain, served):
    one, two = invite(plain.folder, 2)
    visitor = Visitor(served(plain))
    for wrong in ("a01", "", one.token[:-1], one.token + "x", "x" * 200, *ATTACKS[:20]):
        assert visitor.post("/enter", {"code": wrong}).status == 401
    assert visitor.enter(two.token)["annotator"] == "a02"
    reply = visitor.post("/enter", {"code": one.token})
    cookie = reply.getheader("set-cookie").lower()
    assert "httponly" in cookie and "samesite=strict" in cookie


def test_other_names_and_other_sites_are_refused(plain, served):
    visitor = Visitor(served(plain))
    state = visitor.enter()
    item = {"item": state["item"]["item"], "attempt": 1, "choice": "first", "seconds": 1, "replays": 0}
    port = visitor.port
    for host in ("evil.example", f"evil.example:{port}", f"localhost.evil.example:{port}", "localhost@evil.example"):
        assert visitor.ask("GET", "/", Host=host).status == 421
        assert visitor.post("/answer", item, Host=host, Origin=f"http://{host}").status == 421
    for origin in ("http://evil.example", "null", "", f"http://localhost:{port + 1}", f"http://localhost:{port}.evil"):
        assert visitor.post("/answer", item, Origin=origin).status == 403
    form = "application/x-www-form-urlencoded"
    assert visitor.post("/answer", item, **{"Content-Type": form}).status == 415
    assert visitor.post("/answer", item, **{"Content-Type": "text/plain"}).status == 415
    assert json.loads(visitor.ask("GET", "/state").content)["done"] == 0
    for host in (f"127.0.0.1:{port}", f"[::1]:{port}", f"LOCALHOST:{port}", "10.0.0.7"):
        assert visitor.ask("GET", "/", Host=host).status == 200


def test_of_the_disk_only_the_studys_clips_are_served_and_parts_of_them(plain, served):
    visitor = Visitor(served(plain))
    clip = f"/{visitor.enter()['item']['clip']}"
    whole = visitor.ask("GET", clip)
    file = next(file for file in plan_files(plain) if len(file.read_bytes()) == len(whole.content))
    assert (whole.status, whole.content, whole.getheader("content-type")) == (200, file.read_bytes(), "video/mp4")
    part = visitor.ask("GET", clip, Range="bytes=100-199")
    assert (part.status, part.content) == (206, file.read_bytes()[100:200])
    assert part.getheader("content-range") == f"bytes 100-199/{len(whole.content)}"
    for path in ("sample_001", "sample_001.mp4", "..%2f..%2fstudy.yaml", "../study/study.yaml", "%00", "a/b", ""):
        assert visitor.ask("GET", f"/clips/{path}").status == 404
    for path in ("/study.yaml", "/tokens.csv", "/votes.sqlite", "/../data/pairs.csv"):
        assert visitor.ask("GET", path).status == 404


def plan_files(plan):
    return list(plan.files.values())


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 422),
        ("[]", 422),
        ("{", 422),
        ('{"item": "x", "attempt": 1, "choice": "a1", "seconds": 1, "replays": 0}', 422),
        ('{"item": "x", "attempt": 0, "choice": "first", "seconds": 1, "replays": 0}', 422),
        ('{"item": "x", "attempt": 1, "choice": "first", "seconds": -1, "replays": 0}', 422),
        ('{"item": "x", "attempt": 1, "choice": "first", "seconds": NaN, "replays": 0}', 422),
        ('{"item": "x", "attempt": 1, "choice": "first", "seconds": 1, "replays": 0, "annotator": "a02"}', 422),
        ("9" * 30_000, 413),
    ],
)
def test_what_is_no_vote_is_refused(plain, served, body, status):
    visitor = Visitor(served(plain))
    visitor.enter()
    assert visitor.ask("POST", "/answer", body).status == status


def test_a_vote_that_is_not_asked_for_changes_nothing(plain, served):
    visitor = Visitor(served(plain))
    state = visitor.enter()
    later = plain.pairs("a01")[3].item.id
    for item, attempt in ((later, 1), ("0" * 16, 1), (state["item"]["item"], 2), *((a[:40], 1) for a in ATTACKS[:9])):
        given = {"item": item, "attempt": attempt, "choice": "first", "seconds": 1, "replays": 0}
        reply = visitor.post("/answer", given)
        assert reply.status in (200, 422)
        assert reply.status == 422 or json.loads(reply.content)["note"] == "elsewhere"
    assert json.loads(visitor.ask("GET", "/state").content)["item"] == state["item"]


def test_two_studies_on_one_machine_keep_their_visitors_apart(study, served):
    visitor = Visitor(served(study(consent="", qualification=None)))
    visitor.enter("a01")
    first = visitor.cookie
    other = Visitor(served(study(name="other", consent="", qualification=None)))
    other.enter("a02")
    assert first.partition("=")[0] != other.cookie.partition("=")[0]


def test_for_others_tokens_are_a_must(plain):
    with pytest.raises(EmopreferError, match="others, who need tokens"):
        serve(plain, "0.0.0.0", free_port())


def test_a_port_that_is_taken_is_said(plain, served):
    port = served(plain)
    with pytest.raises(EmopreferError, match=f"cannot listen on 127.0.0.1 port {port}"):
        serve(plain, "127.0.0.1", port)


def test_names_of_the_machine_are_known_where_others_come_in():
    assert known_hosts("localhost", ()) == {"localhost", "127.0.0.1", "::1"}
    assert {"votes.lab.example", "box"} <= known_hosts("box", ["Votes.lab.example"])


def test_the_server_is_for_this_machine_unless_told_otherwise():
    (host,) = (parameter for parameter in main.commands["vote"].params if parameter.name == "host")
    assert host.default == "localhost"
