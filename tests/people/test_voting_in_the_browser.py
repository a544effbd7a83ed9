"""Voting as a person does it: in Chromium, on the server's page and on the page from disk, with real clips."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from emoprefer_assets.cli import main
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.people import Votes, Voting, take_record, write_file_page
from emoprefer_assets.people.voting import Given, Named, NotNext
from tests.hostile.attacks import ATTACKS
from tests.people.conftest import write_data
from tests.report.chromium import running_browser

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.slow

TITLES = "document.querySelector('#item-title').textContent"


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with running_browser() as browser:
        yield browser


@dataclass
class Opened:
    """A voting page, and what went wrong in it."""

    page: playwright.Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def until(self, condition: str, seconds: float = 20) -> None:
        """The page's policy forbids what Playwright waits with."""
        for _ in range(int(seconds * 50)):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(20)
        raise AssertionError(f"not within {seconds} s: {condition}")

    def shows(self, view: str) -> bool:
        return self.page.locator(f"#view-{view}").is_visible()

    def come_in(self, code: str = "a01") -> None:
        self.page.fill("#code", code)
        self.page.keyboard.press("Enter")
        self.until("document.querySelector('#view-enter').hidden")

    def begin(self) -> None:
        self.come_in()
        self.page.click("#begin")

    def vote(self, key: str) -> None:
        """Press a key and wait for what comes next."""
        done = self.page.locator("#bar").get_attribute("value")
        self.page.keyboard.press(key)
        self.until(
            f"document.querySelector('#bar').getAttribute('value') !== '{done}' || "
            "document.querySelector('#view-item').hidden"
        )


@pytest.fixture
def open_page(browser: playwright.Browser) -> Iterator[Callable[..., Opened]]:
    contexts = []

    def open_page(address: str, width: int = 1280, height: int = 900, context=None, **options: object) -> Opened:
        context = context or browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        opened = Opened(context.new_page())
        page = opened.page
        page.on("console", lambda said: opened.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (opened.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: opened.requests.append(request.url))
        page.goto(address)
        page.wait_for_selector("html[data-ready]", state="attached")
        return opened

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(params=["server", "file"])
def address(request, tmp_path, served):
    """Makes the page of a study by the server and as a file; gives its address."""

    def address(plan):
        if request.param == "server":
            return f"http://localhost:{served(plan)}/"
        write_file_page(plan, tmp_path / "page.html")
        return (tmp_path / "page.html").as_uri()

    return address


def kept_by(opened, plan):
    """The answers, whoever keeps them, without what a clock says."""
    if opened.page.url.startswith("file:"):
        return json.loads(opened.page.evaluate("keeper.downloads.record()[2]"))["answers"]
    votes = Votes(plan.folder)
    found = [vars(answer) for answer in votes.all()]
    votes.close()
    return found


def expected_of(plan, keys):
    """What keys pressed one after another vote for."""
    sides = {"1": lambda left: left, "2": lambda left: {"a1": "a2", "a2": "a1"}[left], "0": lambda left: "same"}
    return [(showing.item.key, sides[key](showing.left)) for showing, key in zip(plan.pairs("a01"), keys, strict=False)]


def test_a_clip_plays_pauses_is_replayed_slowed_and_sought(open_page, address, study):
    opened = open_page(address(study(consent="", qualification=None)))
    opened.begin()
    page = opened.page
    opened.until("clip.readyState >= 2")
    page.wait_for_timeout(300)
    assert page.evaluate("[clip.paused, clip.muted, clip.currentTime]") == [True, False, 0]
    page.keyboard.press(" ")
    opened.until("clip.currentTime > 0.3")
    assert page.locator("#play").text_content() == "Pause"
    page.keyboard.press(" ")
    opened.until("clip.paused")
    # With sound.
    assert page.evaluate("clip.webkitAudioDecodedByteCount") > 0
    page.keyboard.press("s")
    assert page.evaluate("clip.playbackRate") == 0.75
    page.keyboard.press("r")
    opened.until("!clip.paused && clip.currentTime < 0.3")
    page.evaluate("clip.currentTime = clip.duration - 0.3")
    opened.until("!clip.seeking && clip.currentTime > clip.duration - 0.5")
    opened.until("clip.ended")
    page.keyboard.press("s")
    page.keyboard.press("s")
    assert page.evaluate("clip.playbackRate") == 1
    page.click("#play")
    opened.until("!clip.paused")
    page.keyboard.press("1")
    opened.until("document.querySelector('#bar').value === 1")
    assert page.evaluate("clip.paused")
    assert opened.complaints == []


def test_keys_vote_and_replays_and_seconds_are_kept(open_page, address, study):
    plan = study(consent="", qualification=None)
    opened = open_page(address(plan))
    opened.begin()
    opened.until("clip.readyState >= 2")
    for _ in range(3):
        opened.page.keyboard.press("r")
        opened.until("clip.currentTime > 0.1 && !clip.paused")
    keys = "120120"
    for key in keys:
        opened.vote(key)
    answers = kept_by(opened, plan)
    assert [(one["key"], one["choice"]) for one in answers] == expected_of(plan, keys)
    assert [one["replays"] for one in answers] == [2, 0, 0, 0, 0, 0]
    assert 0.2 < answers[0]["seconds"] < 60
    assert all(one["seconds"] < answers[0]["seconds"] for one in answers[1:])


def test_from_consent_to_thanks_by_keyboard_alone(open_page, address, study):
    plan = study()
    opened = open_page(address(plan))
    page = opened.page
    page.keyboard.type("a01")
    page.keyboard.press("Enter")
    opened.until("!document.querySelector('#view-consent').hidden")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    opened.until("!document.querySelector('#view-instructions').hidden")
    assert "9 right answers" in page.locator("#notice").text_content()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    tests = plan.qualification("a01")
    for wrong in (True, False):
        assert opened.shows("item")
        for showing in tests:
            right = "1" if showing.left == showing.item.correct else "2"
            opened.vote({"1": "2", "2": "1"}[right] if wrong else right)
        if wrong:
            assert opened.shows("instructions")
            assert "0 of 12 were right" in page.locator("#notice").text_content()
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
    assert "Passed: 12 of 12" in page.locator("#notice").text_content()
    for _ in plan.pairs("a01"):
        opened.vote("1")
    assert opened.shows("end")
    assert page.locator("#end-title").text_content() == "Done. Thank you!"
    kinds = [one["kind"] for one in kept_by(opened, plan)]
    assert kinds.count("qualification") == 24
    assert len(kinds) == 24 + len(plan.pairs("a01"))
    assert opened.complaints == []


def test_it_goes_on_where_it_was_when_the_page_is_opened_again(open_page, address, study):
    plan = study(consent="", qualification=None)
    opened = open_page(address(plan))
    opened.begin()
    for key in "102":
        opened.vote(key)
    shown = opened.page.locator("#first").text_content()
    opened.page.close()
    again = open_page(opened.page.url, context=opened.page.context)
    again.until(f"{TITLES}.startsWith('Clip 4 of')")
    assert again.page.locator("#first").text_content() == shown
    assert again.shows("item")


def test_the_last_vote_is_undone_and_said_anew(open_page, address, study):
    plan = study(consent="", qualification=None)
    opened = open_page(address(plan))
    opened.begin()
    assert opened.page.locator("#undo").is_disabled()
    for key in "11":
        opened.vote(key)
    opened.vote("u")
    opened.until(f"{TITLES}.startsWith('Clip 2 of')")
    assert opened.page.locator("#status").text_content() == "Your last vote was taken back."
    opened.vote("0")
    answers = kept_by(opened, plan)
    assert [(one["attempt"], one["withdrawn"] is None) for one in answers] == [(1, True), (1, False), (2, True)]
    assert answers[2]["choice"] == "same"


def test_a_clip_is_skipped_with_a_reason(open_page, address, study):
    plan = study(consent="", qualification=None)
    opened = open_page(address(plan))
    opened.begin()
    page = opened.page
    page.click("#skip")
    # Nothing is voted behind a question.
    page.keyboard.press("1")
    page.get_by_label("The clip does not play").check()
    page.fill("#why-text", "black 1 2 0")
    page.keyboard.press("Enter")
    opened.until("document.querySelector('#bar').value === 1")
    (kept,) = kept_by(opened, plan)
    assert (kept["choice"], kept["reason"]) == ("skip", "clip does not play: black 1 2 0")


def test_a_clip_that_does_not_play_says_so(open_page, address, study):
    plan = study(consent="", qualification=None)
    where = address(plan)
    for file in plan.files.values():
        file.write_bytes(b"no clip")
    opened = open_page(where)
    opened.begin()
    opened.page.get_by_text("This clip does not play here.").wait_for()


def test_confidence_and_reason_are_asked_for_where_the_study_wants_them(open_page, address, study):
    plan = study(consent="", qualification=None, confidence=True, reason=True)
    opened = open_page(address(plan))
    opened.begin()
    page = opened.page
    assert page.locator("#save").is_disabled()
    page.keyboard.press("2")
    page.keyboard.press("1")
    assert page.locator("[data-choice=first]").get_attribute("aria-pressed") == "true"
    page.get_by_label("fairly sure", exact=True).check()
    page.fill("#reason", "=1+1 the voice; 2 words")
    page.keyboard.press("Enter")
    opened.until("document.querySelector('#bar').value === 1")
    page.keyboard.press("0")
    page.keyboard.press("Enter")
    opened.until("document.querySelector('#bar').value === 2")
    one, two = kept_by(opened, plan)
    assert (one["choice"], one["confidence"], one["reason"]) == (one["left"], 2, "=1+1 the voice; 2 words")
    assert (two["choice"], two["confidence"], two["reason"]) == ("same", None, "")


def test_of_two_windows_the_first_vote_counts(open_page, address, study):
    plan = study(consent="", qualification=None)
    one = open_page(address(plan))
    one.begin()
    two = open_page(one.page.url, context=one.page.context)
    two.page.click("#begin")
    one.vote("1")
    two.vote("2")
    assert "in another window; that vote stays" in two.page.locator("#status").text_content()
    two.vote("0")
    answers = kept_by(two, plan)
    assert [(answer["key"], answer["choice"]) for answer in answers] == expected_of(plan, "10")


def test_the_interface_is_english_and_chinese_and_a_vote_in_between_is_not_lost(open_page, address, study):
    opened = open_page(address(study(consent="", qualification=None, language="zh")))
    page = opened.page
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    opened.begin()
    assert page.locator("[data-choice=same]").text_content().startswith("一样")
    opened.vote("1")
    page.click("#language")
    assert page.locator("[data-choice=same]").text_content().startswith("Equal")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("#instructions-text").get_attribute("lang") == "zh-Hans"
    opened.vote("2")
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    assert page.evaluate(TITLES).startswith("Clip 3 of")


@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing_serious_and_nothing_scrolls_sideways(open_page, address, study, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    opened = open_page(address(study(confidence=True, reason=True)), width=width)
    page = opened.page

    def look():
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = axe.Axe().run(page).response["violations"]
        serious = [
            (rule["id"], rule["nodes"][0]["html"]) for rule in found if rule["impact"] in ("serious", "critical")
        ]
        assert serious == []

    look()
    opened.come_in()
    look()
    page.click("#agree")
    opened.until("!document.querySelector('#view-instructions').hidden")
    look()
    page.click("#begin")
    page.keyboard.press("1")
    look()
    page.emulate_media(color_scheme="dark")
    look()
    page.click("#skip")
    look()


def test_texts_from_outside_run_nothing_and_make_no_element(open_page, address, study, tmp_path):
    write_data(tmp_path / "data", text='<img src=x onerror="window.owned=1"></script><script>window.owned=1</script>')
    attacks = "\n\n".join(attack for attack in ATTACKS if "\x00" not in attack)
    title = "</title><script>window.owned=1</script>"
    plan = study(consent=attacks, instructions=attacks, title=title, qualification=None, attention=None)
    opened = open_page(address(plan))
    page = opened.page
    opened.come_in()
    page.click("#agree")
    opened.until("!document.querySelector('#view-instructions').hidden")
    page.click("#begin")
    for key in "120":
        assert page.locator("#first").text_content().startswith("<img src=x onerror=")
        opened.vote(key)
    assert page.evaluate("window.owned") is None
    assert page.locator("img, iframe, [onerror]").count() == 0
    assert page.locator("script").count() == 3
    own = opened.page.url.rpartition("/")[0]
    assert [url for url in opened.requests if not url.startswith(own)] == []
    assert opened.complaints == []


def test_no_vote_is_lost_while_the_server_is_away(open_page, study, served):
    plan = study(consent="", qualification=None)
    opened = open_page(f"http://localhost:{served(plan)}/")
    opened.begin()
    opened.page.context.set_offline(True)
    opened.page.keyboard.press("1")
    opened.page.get_by_text("Not saved: the server cannot be reached.").wait_for()
    opened.page.context.set_offline(False)
    opened.until("document.querySelector('#bar').value === 1")
    assert len(kept_by(opened, plan)) == 1


def test_a_link_with_a_token_lets_in_and_leaves_the_address(open_page, study, served):
    plan = study(consent="", qualification=None)
    done = CliRunner().invoke(main, ["study", "invite", str(plan.folder), "--people", "2"])
    assert done.exit_code == 0, done.output
    token = done.output.splitlines()[1].partition("#token=")[2]
    opened = open_page(f"http://localhost:{served(plan)}/#token={token}")
    assert opened.shows("instructions")
    assert "token" not in opened.page.url
    assert json.loads(opened.page.evaluate("fetch('state').then((reply) => reply.text())"))["annotator"] == "a02"


def test_the_page_from_disk_gives_the_votes_of_the_data_set(open_page, study, tmp_path):
    plan = study(consent="", qualification=None, reason=True)
    page_file = tmp_path / "page.html"
    done = CliRunner().invoke(main, ["vote", str(plan.folder), "--file", str(page_file)])
    assert done.exit_code == 0, done.output
    opened = open_page(page_file.as_uri())
    opened.begin()
    page = opened.page
    for number, _ in enumerate(plan.pairs("a01")):
        page.keyboard.press("102"[number % 3])
        page.fill("#reason", ["=cmd|'/c calc'!A1", 'a "quoted", one', "声音\u3000and\u200b face"][number % 3])
        opened.vote("Enter")
    with page.expect_download() as download:
        page.click("#download-votes")
    assert download.value.suggested_filename == "votes-small-a01.csv"
    text = Path(download.value.path()).read_text()
    rows = list(csv.DictReader(io.StringIO(text)))
    shown = [showing for showing in plan.pairs("a01") if showing.item.kind in ("pair", "repeat")]
    assert [(row["pair"], row["left"]) for row in rows] == [(one.item.key, one.left) for one in shown]
    assert {row["annotator"] for row in rows} == {"small-a01"}
    # What the record gives by way of the command is the same file.
    with page.expect_download() as download:
        page.click("#download-record")
    record = tmp_path / "record.json"
    download.value.save_as(record)
    done = CliRunner().invoke(main, ["study", "export", str(plan.folder), str(record)])
    assert done.exit_code == 0, done.output
    assert (plan.data / "votes.csv").read_text() == text
    read = read_data_set(plan.data)
    assert (len(read.votes), len(read.repeats)) == (
        sum(one.item.kind == "pair" for one in shown),
        sum(one.item.kind == "repeat" for one in shown),
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_page_from_disk_leads_as_the_server_does(open_page, study, opened, tmp_path, seed):
    """What people/voting.py and page/file.js say is next is the same, whatever is done."""
    plan = study(confidence=seed % 2 == 0, reason=seed % 2 == 0)
    write_file_page(plan, tmp_path / "page.html")
    page = open_page((tmp_path / "page.html").as_uri()).page
    voting = opened(plan)
    chance = random.Random(seed)
    sides = {showing.item.id: showing.left for showing in plan.qualification("a01")}
    correct = {item.id: item.correct for item in plan.items.values()}

    def same(said):
        state = voting.state("a01")
        said = {key: value for key, value in said.items() if key != "note"}
        for one in (state, said):
            if one["item"]:
                one["item"] = {key: value for key, value in one["item"].items() if key != "clip"}
            one["seconds"] = one["seconds"] and round(one["seconds"], 6)
        assert said == state
        return state

    def call(verb, body):
        return page.evaluate(f"keeper.{verb}({json.dumps(body)})")

    state = same(call("enter", "A01 "))
    voting.consent("a01")
    state = same(call("consent", None))
    before = None
    # The first round is failed in some of them.
    for step in range(80):
        if state["stage"] in ("done", "refused"):
            break
        if state["last"] and chance.random() < 0.2:
            voting.undo("a01", Named(**state["last"]))
            state = same(call("undo", state["last"]))
            continue
        item = state["item"]["item"]
        choice = chance.choice(["first", "second", "same", "skip"])
        if state["stage"] == "qualification" and (seed or step > 14):
            choice = "first" if sides[item] == correct[item] else "second"
        given = {
            "item": item,
            "attempt": state["item"]["attempt"],
            "choice": choice,
            "seconds": chance.choice([1, 2.504, 30]),
            "replays": chance.randrange(3),
            "confidence": chance.choice([None, 1, 3]),
            "reason": chance.choice(["", " words "]),
        }
        # Now and then an old window speaks.
        if before and chance.random() < 0.1:
            given = before
        try:
            note = "saved" if voting.answer("a01", Given(**given)) else "other"
        except NotNext:
            note = "elsewhere"
        said = call("answer", given)
        assert said["note"] == note
        state = same(said)
        before = given | {"choice": "same"}
    assert state["stage"] in ("done", "refused") or step == 79
    record = json.loads(page.evaluate("keeper.downloads.record()[2]"))
    own = [{**vars(answer), "at": 0, "withdrawn": bool(answer.withdrawn)} for answer in voting._votes.of("a01")]
    assert [{**one, "at": 0, "withdrawn": bool(one["withdrawn"])} for one in record["answers"]] == own


def test_a_record_is_taken_once_and_only_into_its_study(open_page, study, tmp_path):
    plan = study(consent="", qualification=None)
    write_file_page(plan, tmp_path / "page.html")
    page = open_page((tmp_path / "page.html").as_uri())
    page.begin()
    for key in "12u0":
        page.vote(key)
    record = tmp_path / "record.json"
    record.write_text(page.page.evaluate("keeper.downloads.record()[2]"))
    votes = Votes(plan.folder)
    assert [take_record(plan, votes, record) for _ in range(2)] == [(3, 3), (0, 3)]
    assert Voting(plan, votes).state("a01")["done"] == 2
    votes.close()
