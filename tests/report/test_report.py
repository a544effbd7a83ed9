"""What the report says and holds, without a browser."""

import json
import re

import duckdb
import pandas as pd
import pytest
from click.testing import CliRunner

from emoprefer_assets.cli import main
from emoprefer_assets.display import in_script, on_page
from emoprefer_assets.report import render_report
from emoprefer_assets.report._page import chart_library
from emoprefer_assets.report._pairs import browsed_pairs
from emoprefer_assets.report._posters import make_posters
from emoprefer_assets.report._published import Published
from emoprefer_assets.report._text import short, span
from emoprefer_assets.settings import PROJECT
from emoprefer_assets.store import RELATIONS, views
from tests.report.made_up import make_database

SAMPLE = PROJECT / "data" / "sample"


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    database = make_database(tmp_path_factory.mktemp("report") / "published.duckdb")
    with duckdb.connect(str(database), read_only=True) as connection:
        return render_report(connection)


def block(page: str, name: str) -> dict:
    return json.loads(re.search(f'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)[1])


def emoprefer(*arguments: str):
    return CliRunner().invoke(main, arguments)


def test_a_run_writes_a_report_that_is_missing_beside_the_database_and_a_second_run_leaves_it(evaluated_sample):
    settings = evaluated_sample
    settings.report.unlink()
    assert emoprefer("run").exit_code == 0
    text = settings.report.read_text()
    assert settings.report.parent == settings.database.parent
    assert "EmoPrefer sample" in text
    assert len(text) < 5e6
    made = settings.report.stat().st_mtime_ns
    assert emoprefer("run").exit_code == 0
    assert settings.report.stat().st_mtime_ns == made


def test_the_command_writes_it_anew_and_says_where(evaluated_four_pairs):
    settings = evaluated_four_pairs
    settings.report.write_text("old")
    result = emoprefer("report")
    assert str(settings.report) in result.output
    assert settings.report.read_text() != "old"


def test_without_a_published_database_one_line_says_what_to_do(settings):
    result = emoprefer("report")
    assert result.exit_code == 1
    assert "nothing has been evaluated yet. Run `emoprefer run` first" in result.output


def test_the_report_links_the_clips_that_are_there_and_shows_a_frame_of_each(evaluated_sample):
    settings = evaluated_sample
    emoprefer("report")
    clips = block(settings.report.read_text(), "pair-data")["clips"]
    assert len(clips) > 40
    for clip in clips:
        assert (settings.report.parent / clip["video"]).resolve().is_file()
        assert clip["poster"].startswith("data:image/jpeg;base64,")


def test_a_section_for_each_question(page):
    for name in ("leaderboard", "judges", "crowds", "audit", "people", "data", "pairs", "made"):
        assert f'<section id="{name}"' in page


def test_judges_stand_beside_annotators_and_by_other_labels(page):
    assert "none can have less than 0.310" in page and "How much does the board depend on how labels were made?" in page
    (headings,) = re.findall(r"<th[^>]*>unanimous.*?</tr>", page, flags=re.DOTALL)
    assert headings.index("majority") < headings.index("10 % wrong")


def test_who_may_replace_a_person_and_whose_votes_are_unusual(page):
    assert "May a judge replace a person?" in page
    assert "(swapped order)" in page
    assert "position bias: left in 70 % of 290 decided votes" in page


def test_one_section_says_who_voted_what_judges_may_decide_and_what_votes_are_worth(page):
    people = re.search(r'<section id="people".*?</section>', page, re.DOTALL)[0]
    for figure in ("agreement", "sides", "annotators"):
        assert f'<figure id="{figure}">' in people
    assert "3 annotators cast 126 votes: 120 on 40 pairs (3 a pair) and 6 on 2 battles (3 a battle)." in people
    assert "They voted from 2026-01-02 to 2026-01-02." in people
    assert "No judge is shown to be able to replace a person at epsilon 0.15." in people
    assert "may decide alone where its probability is 0.700 or more" in people
    assert "people&#39;s votes on 42 battles" in people and "worth people&#39;s votes on 63 battles" in people
    assert "Where do people agree least?" in people and "60.0 to 82.0" in people
    assert people.count("0.250") == people.count("0.500") == 1


def test_each_chart_has_its_numbers_as_a_table(page):
    charts = block(page, "chart-data")
    assert len(charts) >= 12
    for name in charts:
        figure = re.search(f'<figure id="{name}">.*?</figure>', page, re.DOTALL)[0]
        assert figure.count("<tr") > 1


def test_nothing_is_fetched_and_no_script_is_allowed_but_its_own(page):
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src &#39;none&#39;")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert not re.search(r"<(link|iframe|object|embed|base|img)\b", page[: page.index("<script")])
    assert not re.search(r"<[^>]*\s(on\w+|style|src)=", page[: page.index("<script")])


def test_a_database_without_a_single_row_but_its_name_makes_a_report(tmp_path):
    with duckdb.connect(str(tmp_path / "empty.duckdb")) as connection:
        for schema in RELATIONS.values():
            connection.execute(schema.ddl)
        for statement in views().values():
            connection.execute(statement)
        connection.execute("insert into data_set values ('empty', false, '', 0, 0)")
        page = render_report(connection)
    assert "No judge has been evaluated yet." in page and "Nobody has voted yet." in page
    assert block(page, "pair-data")["pairs"]["id"] == []


def test_descriptions_without_labels_make_a_report(settings, tmp_path, monkeypatch):
    folder = tmp_path / "raw"
    (folder / "descriptions").mkdir(parents=True)
    for system, feeling in (("north", "glad"), ("south", "sad")):
        rows = [{"name": f"clip{number}", "description": f"He is {feeling}, {number}."} for number in range(5)]
        pd.DataFrame(rows).to_csv(folder / "descriptions" / f"{system}.csv", index=False)
    monkeypatch.setenv("EMOPREFER_DATA_DIR", str(folder))
    assert emoprefer("run").exit_code == 0
    assert len(block(settings.report.read_text(), "pair-data")["pairs"]["id"]) == 5


def test_every_verdict_is_where_it_belongs(tmp_path):
    with duckdb.connect(str(make_database(tmp_path / "published.duckdb"))) as connection:
        shown = block(render_report(connection), "pair-data")
        wanted = connection.sql(
            "select judge, pair_id, string_agg(verdict, ' ' order by swapped, round) from s1_predictions group by all"
        ).fetchall()
    words = {"1": "a1", "2": "a2", "=": "same"}
    places = {pair: place for place, pair in enumerate(shown["pairs"]["id"])}
    judges = {judge["name"]: judge for judge in shown["judges"]}
    assert len(wanted) == 4 * 40
    for judge, pair, verdicts in wanted:
        code = judges[judge]["codes"][judges[judge]["verdicts"][places[pair]]]
        assert [words[said] for said in code.replace("/", "")] == verdicts.split()


def test_pairs_on_which_people_do_not_agree_are_browsed_with_their_votes(tmp_path):
    with duckdb.connect(str(make_database(tmp_path / "published.duckdb"))) as connection:
        connection.execute("delete from consensus_pairs where pair_id = '000000000007'")
        pairs = block(render_report(connection), "pair-data")["pairs"]
    place = pairs["id"].index("000000000007")
    assert (pairs["kind"][place], pairs["label"][place], pairs["votes"][place]) == ("data set", None, 3)


def test_what_is_not_known_is_a_dash(tmp_path):
    with duckdb.connect(str(make_database(tmp_path / "published.duckdb"))) as connection:
        connection.execute("update judge_board set tier = null where judge = 'judge_00 aurora'")
        page = render_report(connection)
    assert not re.search(r">(nan|None|<NA>)<", page)


def test_each_judge_is_shown_by_strategy(tmp_path):
    with duckdb.connect(str(make_database(tmp_path / "published.duckdb"))) as connection:
        connection.execute("delete from judge_scores")
        rows = [("eyes", "s1", 80.0), ("eyes", "s2", 70.5), ("ears", "s1", 60.0)]
        counts = ", ".join(f"0 as {name}" for name in ("rounds", "pairs", "pairs_2class", "same", "unparsed", "failed"))
        insert = (
            "insert into judge_scores by name select ? as judge, ? as strategy, ? as waf_2class, 60.0 as "
            f"waf_2class_low, 90.0 as waf_2class_high, {counts}, 0 as verdicts, false as refused"
        )
        connection.executemany(insert, rows)
        connection.execute("update judge_board set judge = 'eyes' where judge = 'judge_00 aurora'")
        page = render_report(connection)
    table = page[page.index("How does the strategy matter?") :].partition("</table>")[0]
    assert re.findall(r"<bdi>(\w+)</bdi>|>([\d.]+ \([\d. to]+\))<", table) == [
        ("eyes", ""),
        ("", "80.0 (60.0 to 90.0)"),
        ("", "70.5 (60.0 to 90.0)"),
    ]


def test_the_stereotype_slice_is_where_people_decide_against_the_shortcut(tmp_path):
    with duckdb.connect(str(make_database(tmp_path / "published.duckdb"))) as connection:
        pairs = block(render_report(connection), "pair-data")["pairs"]
        wanted = connection.sql(
            "select pair_id from consensus_pairs join baseline_verdicts using (pair_id) "
            "where baseline = 'system_prior' and preference <> 'same' and verdict <> 'same' and preference <> verdict"
        ).fetchall()
    inside = {pair for pair, stereotype in zip(pairs["id"], pairs["stereotype"], strict=True) if stereotype}
    assert inside == {pair for (pair,) in wanted}


def test_characters_that_hide_or_turn_text_are_shown_as_code_points():
    assert on_page("a\u202eb\x00c\u2066") == "a[U+202E]b[U+0000]c[U+2066]"
    assert on_page("line\r\nline\ttab, 李雪, família, 👩‍🚀") == "line\nline\ttab, 李雪, família, 👩‍🚀"


def test_a_json_block_cannot_end_its_script():
    text = "</script><!-- <script> & \u2028"
    assert not set("<>&\u2028") & set(in_script({"text": text}))
    assert json.loads(in_script({"text": text})) == {"text": text}


def test_a_long_name_says_how_long_it_is():
    assert short("x" * 50_000) == "x" * 60 + "… (50,000 characters)"


def test_an_interval_has_real_minus_signs_and_none_has_a_dash():
    assert span(-1.25, 2.0, sign=True) == "−1.2 to +2.0"
    assert span(None, None) == "–"


def test_posters_are_made_once_and_a_broken_clip_has_none(tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a video")
    videos = {"good": SAMPLE / "video" / "sample_001.mp4", "broken": broken}
    posters = make_posters(videos, {"good": "g", "broken": "b"}, tmp_path / "posters")
    assert set(posters) == {"good"}
    assert posters["good"][:2] == b"\xff\xd8"
    assert len(posters["good"]) < 8000
    (kept,) = (tmp_path / "posters").glob("*.jpg")
    kept.write_bytes(b"kept")
    assert make_posters(videos, {"good": "g", "broken": "b"}, tmp_path / "posters") == {"good": b"kept"}


def test_the_chart_library_is_kept_where_it_can_be(tmp_path):
    bundled = chart_library.__wrapped__
    made = bundled(tmp_path / "nowhere")
    assert bundled(tmp_path) == made
    (kept,) = tmp_path.iterdir()
    kept.write_text("kept")
    assert "kept" in bundled(tmp_path)


def test_submitted_systems_their_battles_and_who_is_held_back_are_shown(tmp_path):
    with duckdb.connect(str(make_database(tmp_path / "published.duckdb"))) as connection:
        connection.execute(
            "insert into leaderboard by name select 'crowd' as source, 1 as component, 'team7' as system, "
            "'quarantined' as state, 0 as battles, 0 as wins, 0 as clips"
        )
        connection.execute(
            "insert into battles values ('b', 'battle', 'clip', 'aurora', 'One text.', 'team8', 'Two.', 'uniform', 1)"
        )
        connection.execute("insert into crowd_verdicts values ('battle', 'a2', ['judge_00 aurora'])")
        page = render_report(connection)
    assert "Held back until an organiser has looked at what screening found: team7." in page
    assert re.search(r"<bdi>team7</bdi></th>\s*<td class=\"number\">quarantined</td>", page)
    shown = block(page, "pair-data")
    place = shown["pairs"]["id"].index("battle")
    crowd = next(judge for judge in shown["judges"] if judge["name"] == "crowd")
    assert crowd["codes"][crowd["verdicts"][place]] == "2/"
    assert "team8" in shown["systems"]


def test_more_pairs_than_fit_are_counted(tmp_path):
    with duckdb.connect(str(make_database(tmp_path / "published.duckdb"))) as connection:
        shown = browsed_pairs(connection, Published(connection), {}, {}, most=10)
    assert shown["left_out"] == 36
    assert len(shown["pairs"]["id"]) == len(shown["judges"][1]["verdicts"]) == 10


def test_without_a_judge_nothing_is_said_of_every_judge(tmp_path):
    with duckdb.connect(str(make_database(tmp_path / "published.duckdb"))) as connection:
        assert "shown to do more than a shortcut or chance" in render_report(connection)
        connection.execute("update judge_board set kind = 'baseline' where kind = 'judge'")
        assert "shown to do more than a shortcut or chance" not in render_report(connection)
