"""The report as a person opens it: in Chromium, from disk."""

import duckdb
import pytest

from emoprefer_assets.display import on_page
from emoprefer_assets.settings import PROJECT
from tests.report.conftest import write_report_of
from tests.report.made_up import make_database

pytestmark = pytest.mark.slow

HOSTILE = [
    "<script>window.owned = 1; alert(1)</script>",
    '"><img src=x onerror="window.owned = 1"><svg onload="window.owned = 1">',
    "javascript:window.owned=1",
    "[a link](javascript:window.owned=1)",
    "</script></style></textarea><!-- <b>unclosed <table><td",
    "{{ 7 * 7 }} ${window.owned = 1} {% raw %}",
    "'; drop table judges; --",
    "\u202eturned around\u202c \u2066isolated",
    "مرحبا بالعالم שלום",
    "nul\x00 bell\x07 escape\x1b[31m",
    "x" * 50_000,
    "many words " * 5_000,
]


@pytest.fixture(scope="module")
def hostile_file(tmp_path_factory):
    """Descriptions, systems, judges, annotators, clips and the data set's own name say what breaks pages."""
    folder = tmp_path_factory.mktemp("hostile")
    database = make_database(folder / "published.duckdb", names=HOSTILE, judges=12, texts=HOSTILE)
    with duckdb.connect(str(database)) as connection:
        clips = [clip for (clip,) in connection.sql("select clip_id from clips").fetchall()]
    return write_report_of(database, folder / "report.html", media_urls={clips[0]: "javascript:window.owned=1"})


def test_text_from_outside_runs_nothing_and_fetches_nothing(open_report, hostile_file):
    opened = open_report(hostile_file)
    opened.page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
    for option in ("flips", "disagreements", "split", "stereotype", "all"):
        opened.page.select_option("[name=show]", option)
    opened.page.wait_for_timeout(300)
    assert opened.page.evaluate("window.owned") is None
    assert opened.requests == []
    # A player whose address is no file is refused by the policy, and says nothing more.
    assert all("javascript:" in complaint for complaint in opened.complaints), opened.complaints


def test_text_from_outside_makes_no_element(open_report, hostile_file):
    opened = open_report(hostile_file)
    assert opened.count("script") == 6
    for selector in (
        "img",
        "iframe",
        "object",
        "#pair-list b:not(.side b)",
        "td b",
        "a[href^='javascript' i]",
        "[onerror]",
    ):
        assert opened.count(selector) == 0, selector
    assert opened.page.locator("main > section").count() == 8


def test_text_from_outside_is_shown_as_it_is(open_report, hostile_file):
    opened = open_report(hostile_file)
    shown = opened.page.evaluate("[...document.querySelectorAll('.side p')].map((text) => text.textContent)")
    assert shown[: len(HOSTILE) - 2] == [on_page(text) for text in HOSTILE[:-2]]
    assert "[U+202E]turned around[U+202C]" in shown[7]
    assert HOSTILE[0] in opened.text("h1")


def test_fifty_thousand_characters_are_cut_until_they_are_asked_for(open_report, hostile_file):
    opened = open_report(hostile_file)
    text = opened.page.locator(".side", has=opened.page.get_by_role("button", name="Show all 50,000 characters")).first
    words = text.locator("p").element_handle()
    assert len(words.text_content()) < 1000
    text.get_by_role("button").click()
    assert words.text_content() == "x" * 50_000


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_no_text_makes_the_page_scroll_sideways(open_report, hostile_file, report_file, width):
    for file in (hostile_file, report_file):
        opened = open_report(file, width=width)
        opened.page.evaluate("for (const button of document.querySelectorAll('.side button')) button.click()")
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 1440])
def test_no_cell_is_cut_and_captions_have_room(open_report, report_file, width):
    page = open_report(report_file, width=width).page
    page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
    cut = "(cell) => cell.scrollWidth > cell.clientWidth + 1"
    assert (
        page.evaluate(f"[...document.querySelectorAll('th, td')].filter({cut}).map((cell) => cell.textContent)") == []
    )
    assert page.evaluate("document.documentElement.scrollWidth") == width
    room = "(words) => words.offsetWidth >= Math.min(640, innerWidth - 40)"
    assert page.evaluate(f"[...document.querySelectorAll('.caption')].every({room})")


def test_a_wide_table_uses_the_margin(open_report, report_file):
    page = open_report(report_file, width=1440).page
    page.evaluate("document.querySelector('#scores td').textContent = 'x'.repeat(200)")
    right = "document.querySelector('#scores .scroll').getBoundingClientRect().right"
    assert page.evaluate(right) > page.evaluate("document.querySelector('main').getBoundingClientRect().right")
    assert page.evaluate("document.documentElement.scrollWidth") == 1440


def test_evaluating_text_and_adding_scripts_is_forbidden(open_report, report_file):
    page = open_report(report_file).page
    # Later, as the debugger may evaluate what a page may not.
    evaluated = """() => new Promise((resolve) => setTimeout(() => {
        try { resolve(new Function('return 1')()); } catch (error) { resolve(error.name); }
    }))"""
    assert page.evaluate(evaluated) == "EvalError"
    page.evaluate("() => { setTimeout(() => setTimeout('window.owned = 1')); }")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.owned = 1'}))"
    )
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.owned = 1\">')")
    page.wait_for_timeout(200)
    assert page.evaluate("window.owned") is None


def test_every_chart_is_drawn_without_a_complaint(open_report, report_file):
    opened = open_report(report_file)
    assert opened.count(".chart") == opened.count(".chart svg") >= 12
    assert opened.complaints == []
    assert opened.requests == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_axe_finds_nothing_serious(open_report, report_file, scheme, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = open_report(report_file, width=width, color_scheme=scheme).page
    page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
    found = axe.Axe().run(page).response["violations"]
    serious = [(rule["id"], rule["nodes"][0]["html"]) for rule in found if rule["impact"] in ("serious", "critical")]
    assert serious == []


def test_dark_and_light_colour_page_and_charts(open_report, report_file):
    colours = """[
        getComputedStyle(document.body).backgroundColor,
        getComputedStyle(document.querySelector('.chart svg text')).fill,
    ]"""
    light, dark = (open_report(report_file, color_scheme=scheme).page for scheme in ("light", "dark"))
    assert light.evaluate(colours) == ["rgb(252, 251, 248)", "rgb(29, 35, 40)"]
    assert dark.evaluate(colours) == ["rgb(20, 23, 26)", "rgb(232, 230, 225)"]
    dark.select_option("#theme", "light")
    assert dark.evaluate(colours) == light.evaluate(colours)


def test_choosing_whose_verdicts_changes_chart_and_table(open_report, report_file):
    page = open_report(report_file).page
    assert page.locator("#ratings tbody tr:visible").count() == 3
    page.select_option("#ratings select", "human")
    assert set(
        page.eval_on_selector_all("#ratings tbody tr:not([hidden])", "rows => rows.map((row) => row.dataset.choice)")
    ) == {"human"}
    assert page.locator("#ratings .chart svg").count() == 1


def test_a_filter_shows_the_pairs_that_sql_finds(open_report, report_file):
    opened = open_report(report_file)
    flips = (
        "select count(distinct pair_id) from s1_predictions as normal join s1_predictions as swapped using (judge, "
        "round, pair_id) "
        "where not normal.swapped and swapped.swapped and normal.verdict <> swapped.verdict and judge = 'judge_00 "
        "aurora'"
    )
    wrong = (
        "select count(distinct pair_id) from s1_predictions join consensus_pairs using (pair_id) "
        "where round = 0 and not swapped and verdict <> preference and judge = 'judge_00 aurora'"
    )
    opened.page.select_option("[name=judge]", label="judge_00 aurora (s1)")
    with duckdb.connect(str(report_file.with_name("published.duckdb")), read_only=True) as connection:
        for option, query in (("flips", flips), ("disagreements", wrong)):
            opened.page.select_option("[name=show]", option)
            assert opened.text("#found").startswith(f"{connection.execute(query).fetchone()[0]} of 46 pairs")


def test_error_type_system_label_and_words_filter_too(open_report, report_file):
    opened = open_report(report_file)
    opened.page.select_option("[name=kind]", "error:emotion_flip")
    assert opened.text("#found").startswith("3 of 46 pairs")
    opened.page.click("#show-all")
    opened.page.select_option("[name=system]", label="basalt")
    names = opened.page.eval_on_selector_all(
        ".pair", "pairs => pairs.map((pair) => pair.querySelector('.sides').textContent)"
    )
    assert len(names) == 10
    assert all("basalt" in text for text in names)
    opened.page.click("#show-all")
    opened.page.fill("[name=words]", "clip_0007")
    opened.page.get_by_text("2 of 46 pairs").wait_for()


def test_a_link_leads_to_its_pair(open_report, report_file):
    page = open_report(report_file, "#pair-000000000019").page
    pair = page.locator("#pair-000000000019")
    assert pair.count() == 1
    assert abs(pair.bounding_box()["y"]) < 200


def test_a_link_keeps_the_filters(open_report, report_file):
    opened = open_report(report_file)
    opened.page.select_option("[name=show]", "flips")
    opened.page.select_option("[name=judge]", label="judge_01 basalt (s1)")
    found = opened.text("#found")
    link = opened.page.evaluate("location.hash")
    again = open_report(report_file, link)
    assert again.text("#found") == found
    assert again.page.input_value("[name=show]") == "flips"


@pytest.mark.parametrize(
    "part", ["#pairs?judge=nobody&show=nothing&page=999999", "#pairs?__proto__=1&show-all=2", "#pair-none", "#%E0%A4%A"]
)
def test_a_link_that_means_nothing_shows_pairs(open_report, report_file, part):
    opened = open_report(report_file, part)
    assert opened.count(".pair") > 0
    assert opened.complaints == []


def test_pages_are_turned_by_keyboard(open_report, report_file):
    opened = open_report(report_file)
    first = opened.page.locator(".pair").first.get_attribute("id")
    opened.page.get_by_role("button", name="Later").focus()
    opened.page.keyboard.press("Enter")
    assert opened.page.locator(".pair").first.get_attribute("id") != first
    assert "11 to 20 shown" in opened.text("#found")


def test_tables_are_sorted_by_keyboard(open_report, report_file):
    page = open_report(report_file).page
    heading = page.locator("#scores th", has_text="swap %")
    heading.locator("button").focus()
    page.keyboard.press("Enter")
    place = page.evaluate("(heading) => heading.cellIndex", heading.element_handle())
    cells = page.locator(f"#scores tbody tr td:nth-child({place + 1})").all_text_contents()
    values = [float(cell) for cell in cells if cell != "–"]
    assert values == sorted(values)
    assert heading.get_attribute("aria-sort") == "ascending"


def test_tab_reaches_the_skip_link_first(open_report, report_file):
    page = open_report(report_file).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"


def test_print_unfolds_every_table_on_white(open_report, report_file):
    page = open_report(report_file, color_scheme="dark").page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("[...document.querySelectorAll('main details')].every((details) => details.open)")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(252, 251, 248)"
    assert not page.locator("nav").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("main details[open]").count() == 0


def test_a_clip_plays_from_beside_the_report(open_report, tmp_path):
    database = make_database(tmp_path / "published.duckdb")
    with duckdb.connect(str(database)) as connection:
        clip = connection.execute("select clip_id from raw_pairs order by position").fetchone()[0]
    video = tmp_path / "clip one.mp4"
    video.write_bytes((PROJECT / "data" / "sample" / "video" / "sample_001.mp4").read_bytes())
    file = write_report_of(database, tmp_path / "report.html", media_urls={clip: "clip%20one.mp4"})
    page = open_report(file).page
    page.locator("video").first.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    assert page.evaluate("document.querySelector('video')?.readyState") >= 1


def test_a_clip_that_is_gone_says_so(open_report, tmp_path):
    database = make_database(tmp_path / "published.duckdb")
    with duckdb.connect(str(database)) as connection:
        clip = connection.execute("select clip_id from raw_pairs order by position").fetchone()[0]
    page = open_report(write_report_of(database, tmp_path / "report.html", media_urls={clip: "gone.mp4"})).page
    page.get_by_text("The clip's file is not where this report was made.").first.wait_for()
