import json
import logging
import os
import signal
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import pytest

from emoprefer_assets.datasets import pair_id_of
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.submissions import Known, Refused, Submissions, _folder

GOOD = b"name,description\nclip_1,He is glad.\nclip_2,She is sad.\n"
BETTER = GOOD.replace(b"glad", b"merry")
ANSWERS = b"name,a1,a2,preference\nclip_1,Glad.,Sad.,a1\n"
BROKEN = b"name,description\nclip_1,He is glad.\n"


def known_clips() -> Known:
    row = ("clip_1", "Glad.", "Sad.")
    pairs = pd.DataFrame([[pair_id_of(*row), *row]], columns=["pair_id", "clip_id", "a1", "a2"])
    return Known(("clip_1", "clip_2"), pairs, frozenset({"MERR-Fine", "longer"}))


@pytest.fixture
def known() -> Known:
    return known_clips()


@pytest.fixture
def submissions(tmp_path) -> Submissions:
    submissions = Submissions(tmp_path / "submissions")
    submissions.prepare()
    return submissions


@pytest.fixture
def drop(submissions):
    def drop(name, content=GOOD, kind="systems") -> Path:
        (submissions.folder / kind / name).write_bytes(content)
        return submissions.folder / kind / name

    return drop


def files_in(submissions) -> set[str]:
    folder = submissions.folder
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file() and file.suffix != ".lock"}


def test_a_good_file_is_kept_byte_for_byte_under_its_hash(submissions, drop, known):
    version = submissions.take(drop("team7.csv"), known)
    assert (version.kind, version.name, version.file, version.rows) == ("system", "team7", "team7.csv", 2)
    assert files_in(submissions) == {f"accepted/{version.hash}.csv", "register.jsonl"}
    assert submissions.file_of(version).read_bytes() == GOOD
    assert submissions.table(version, known)["description"].tolist() == ["He is glad.", "She is sad."]


def test_a_judge_is_dropped_into_its_own_folder(submissions, drop, known):
    version = submissions.take(drop("predictor.csv", ANSWERS, "judges"), known)
    assert submissions.current("judge") == {"predictor": version}
    assert submissions.current("system") == {}
    assert submissions.table(version, known)["verdict"].tolist() == ["a1"]


def test_a_bad_file_moves_to_rejected_beside_its_report_and_nothing_else_changes(submissions, drop, known):
    submissions.take(drop("team7.csv"), known)
    before, register = files_in(submissions), submissions.content_version()
    refused = submissions.take(drop("team8.csv", BROKEN), known)
    assert isinstance(refused, Refused)
    assert files_in(submissions) - before == {"rejected/team8.csv", "rejected/team8.csv.report.txt"}
    assert (submissions.folder / "rejected/team8.csv").read_bytes() == BROKEN
    assert (submissions.folder / "rejected/team8.csv.report.txt").read_text() == (
        "team8.csv is refused; nothing of it was stored. What to correct:\n"
        '  clip "clip_2" is not described. Describe every clip.\n'
    )
    assert submissions.content_version() == register


def test_a_second_bad_file_of_a_name_does_not_replace_the_first(submissions, drop, known):
    for _ in range(2):
        submissions.take(drop("team8.csv", BROKEN), known)
    assert files_in(submissions) == {
        f"rejected/{name}{report}" for name in ("team8.csv", "team8-2.csv") for report in ("", ".report.txt")
    }


def test_a_new_file_by_the_same_name_is_a_new_version_and_the_old_one_stays(submissions, drop, known):
    first = submissions.take(drop("team7.csv"), known)
    second = submissions.take(drop("team7.csv", BETTER), known)
    assert submissions.versions() == (first, second)
    assert submissions.current("system") == {"team7": second}
    assert submissions.table(first, known)["description"][0] == "He is glad."
    assert submissions.table(second, known)["description"][0] == "He is merry."


def test_the_same_bytes_are_the_same_version_until_another_came_between(submissions, drop, known):
    first = submissions.take(drop("team7.csv"), known)
    assert submissions.take(drop("team7.csv"), known) == first
    assert submissions.versions() == (first,)
    submissions.take(drop("team7.csv", BETTER), known)
    again = submissions.take(drop("team7.csv"), known)
    assert again.hash == first.hash
    assert len(submissions.versions()) == 3


def test_the_same_bytes_by_two_names_are_two_submissions(submissions, drop, known):
    versions = [submissions.take(drop(name), known) for name in ("one.csv", "two.csv")]
    assert set(submissions.current("system")) == {"one", "two"}
    assert versions[0].hash == versions[1].hash


def test_submit_takes_a_copy_and_leaves_the_file(submissions, tmp_path, known):
    file = tmp_path / "out of house.csv"
    file.write_bytes(GOOD)
    version = submissions.submit(file, "system", "team7", known)
    assert file.read_bytes() == GOOD
    assert (version.name, version.file) == ("team7", "out of house.csv")
    file.write_bytes(BROKEN)
    with pytest.raises(Refused, match='clip "clip_2" is not described'):
        submissions.submit(file, "system", "team7", known)
    assert file.read_bytes() == BROKEN
    assert submissions.versions() == (version,)
    assert not list((submissions.folder / "rejected").iterdir())


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("merr-fine", 'name "merr-fine" is taken by a system or judge that is here already. Use another.'),
        ("Human", 'name "Human" is reserved. Use another.'),
        ("TEAM7", 'name "TEAM7" differs only in upper and lower case from the system "team7". Write it so.'),
        *(
            (
                odd,
                f'name "{odd}" cannot be used: take 1 to 64 of the letters A-Z and a-z, digits, "_", "." and "-", '
                "the first of them a letter or digit.",
            )
            for odd in ("a b", "-x", "队", "x" * 60 + "y" * 5, "../x")
        ),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(submissions, drop, known, name, problem):
    file = drop("team7.csv")
    submissions.take(file, known)
    file.write_bytes(GOOD)
    with pytest.raises(Refused) as refused:
        submissions.submit(file, "system", name, known)
    assert refused.value.problems == (problem if len(name) < 65 else problem.replace(name, f"{name[:59]}…"),)


def test_problems_of_the_name_and_of_the_content_come_together(submissions, drop, known):
    refused = submissions.take(drop("all.csv", BROKEN), known)
    assert refused.problems == (
        'name "all" is reserved. Use another.',
        'clip "clip_2" is not described. Describe every clip.',
    )


def test_a_system_and_a_judge_may_have_the_same_name(submissions, drop, known):
    submissions.take(drop("team7.csv"), known)
    assert submissions.take(drop("team7.csv", ANSWERS, "judges"), known).kind == "judge"


def test_what_is_still_being_written_waits(submissions, drop):
    file = drop("team7.csv")
    os.utime(file, (0, 0))
    assert submissions.waiting(0.3) == ()
    time.sleep(0.2)
    with file.open("ab") as stream:
        stream.write(b"more")
    time.sleep(0.2)
    assert submissions.waiting(0.3) == ()
    time.sleep(0.2)
    assert submissions.waiting(0.3) == (file,)
    os.utime(file, (2e9 + 2e9, 2e9 + 2e9))
    time.sleep(0.3)
    assert submissions.waiting(0.3) == (file,)


def test_unfinished_names_and_folders_are_left_alone_and_the_oldest_comes_first(submissions, drop):
    for name in (".x.csv", "~x.csv", "x.csv.part", "x.TMP", "x.csv.crdownload", "x.csv~", ".x.csv.swp"):
        drop(name)
    (submissions.folder / "systems" / "folder.csv").mkdir()
    older, newer = drop("b.csv"), drop("a.csv", ANSWERS, "judges")
    os.utime(older, (1e9, 1e9))
    assert submissions.waiting(0) == (older, newer)


def test_nothing_waits_where_there_is_no_folder(tmp_path):
    assert Submissions(tmp_path / "nowhere").waiting(0) == ()
    assert Submissions(tmp_path / "nowhere").versions() == ()


def test_a_file_that_vanished_is_no_error(submissions, drop, known):
    file = drop("team7.csv")
    file.unlink()
    assert submissions.take(file, known) is None


@pytest.mark.parametrize("content", [GOOD, BROKEN])
@pytest.mark.parametrize("happens", ["written", "replaced", "deleted"])
def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_time(
    submissions, drop, known, content, happens, monkeypatch
):
    file = drop("team7.csv", content)

    def meanwhile(*args):
        monkeypatch.undo()
        if happens == "written":
            file.write_bytes(BETTER)
        elif happens == "replaced":
            drop("new.csv", BETTER).replace(file)
        else:
            file.unlink()
        return original(*args)

    original = _folder._problems
    monkeypatch.setattr(_folder, "_problems", meanwhile)
    assert submissions.take(file, known) is None
    assert files_in(submissions) == (set() if happens == "deleted" else {"systems/team7.csv"})
    if happens != "deleted":
        assert submissions.take(file, known).rows == 2
        assert submissions.file_of(submissions.current("system")["team7"]).read_bytes() == BETTER


def test_a_dropped_link_or_pipe_is_moved_away_unread(submissions, known, tmp_path):
    (tmp_path / "secret.csv").write_bytes(GOOD)
    link, pipe = submissions.folder / "systems" / "link.csv", submissions.folder / "systems" / "pipe.csv"
    link.symlink_to(tmp_path / "secret.csv")
    os.mkfifo(pipe)
    assert submissions.take(link, known).problems == ("a link. Hand in the file itself.",)
    assert submissions.take(pipe, known).problems == ("not a file. Hand in a file.",)
    assert (tmp_path / "secret.csv").read_bytes() == GOOD
    assert submissions.waiting(0) == ()
    assert submissions.versions() == ()


def test_a_file_elsewhere_is_not_taken(submissions, tmp_path, known):
    with pytest.raises(EmopreferError, match=r"x\.csv: not in .*systems or .*judges\. Submit it instead"):
        submissions.take(tmp_path / "x.csv", known)


def test_a_very_long_or_odd_file_name_is_reported(submissions, known):
    odd = os.fsencode(submissions.folder / "systems") + b"/" + b"\xff\n" + b"x" * 248 + b".csv"
    Path(os.fsdecode(odd)).write_bytes(GOOD)
    (file,) = submissions.waiting(0)
    refused = submissions.take(file, known)
    assert refused.problems[0].startswith('name "\\udcff\\nxxx')
    assert len(list((submissions.folder / "rejected").iterdir())) == 2


def test_a_release_holds_for_these_bytes_under_this_name(submissions, drop, known):
    first = submissions.take(drop("team7.csv"), known)
    copycat = submissions.take(drop("team8.csv"), known)
    before = submissions.content_version()
    release = submissions.decide("released", "system", "team7", by="Ann", note="Read, all is well.")
    assert submissions.standing() == {("system", "team7"): release}
    assert submissions.content_version() != before
    assert (release.name, release.hash) == (first.name, first.hash)
    second = submissions.take(drop("team7.csv", BETTER), known)
    assert release.hash == copycat.hash != second.hash
    assert submissions.standing() == {}


def test_what_is_withdrawn_comes_back_with_a_new_version_and_what_is_disqualified_does_not(submissions, drop, known):
    def decide(what):
        return submissions.decide(what, "system", "team7", by="Ann", note="")

    def stands():
        return {name: found.what for (_, name), found in submissions.standing().items()}

    submissions.take(drop("team7.csv"), known)
    submissions.take(drop("team8.csv"), known)
    decide("withdrawn")
    assert stands() == {"team7": "withdrawn"}
    submissions.take(drop("team7.csv", BETTER), known)
    assert stands() == {}
    decide("disqualified")
    decide("withdrawn")
    submissions.take(drop("team7.csv"), known)
    assert stands() == {"team7": "disqualified"}
    decide("released")
    assert stands() == {"team7": "released"}


def test_the_release_of_an_unknown_system_says_which_there_are(submissions, drop, known):
    submissions.take(drop("team7.csv"), known)
    with pytest.raises(EmopreferError, match=r'no system "team9" was submitted. Submitted systems: team7\.'):
        submissions.decide("released", "system", "team9", by="Ann", note="")
    with pytest.raises(EmopreferError, match=r'no judge "team7" was submitted. Submitted judges: none\.'):
        submissions.decide("disqualified", "judge", "team7", by="Ann", note="")


def test_reports_on_refused_files_are_found_oldest_first(submissions, drop, known):
    for name in ("b.csv", "a.csv"):
        submissions.take(drop(name, b"name,description\n"), known)
    assert [file.name for file in submissions.refused()] == ["b.csv.report.txt", "a.csv.report.txt"]


def test_the_register_is_one_json_object_a_line(submissions, drop, known):
    version = submissions.take(drop("team7.csv"), known)
    release = submissions.decide("released", "system", "team7", "Ann", "好")
    lines = [json.loads(line) for line in (submissions.folder / "register.jsonl").read_text().splitlines()]
    assert lines == [
        {
            "event": "accepted",
            "kind": "system",
            "name": "team7",
            "hash": version.hash,
            "file": "team7.csv",
            "rows": 2,
            "received_at": version.received_at,
        },
        {
            "event": "released",
            "kind": "system",
            "name": "team7",
            "hash": version.hash,
            "by": "Ann",
            "at": release.at,
            "note": "好",
        },
    ]


def test_a_torn_last_line_is_dropped_with_a_note(submissions, drop, known, caplog):
    first = submissions.take(drop("team7.csv"), known)
    before = submissions.content_version()
    with (submissions.folder / "register.jsonl").open("ab") as register:
        register.write(b'{"event": "acce')
    assert submissions.versions() == (first,)
    assert submissions.content_version() == before
    with caplog.at_level(logging.WARNING):
        second = submissions.take(drop("team8.csv"), known)
    assert "register.jsonl: dropped an unfinished last line (15 bytes)." in caplog.text
    assert submissions.versions() == (first, second)


def test_a_line_that_is_no_entry_is_named(submissions, drop, known):
    submissions.take(drop("team7.csv"), known)
    with (submissions.folder / "register.jsonl").open("ab") as register:
        register.write(b'{"event": "accepted"}\n')
    with pytest.raises(EmopreferError, match=r"register.jsonl line 2: not an entry of this file"):
        submissions.versions()


def test_an_accepted_file_that_was_changed_is_not_read(submissions, drop, known):
    version = submissions.take(drop("team7.csv"), known)
    submissions.file_of(version).write_bytes(BETTER)
    with pytest.raises(EmopreferError, match=r'gone or changed since system "team7" was accepted'):
        submissions.table(version, known)


def test_an_accepted_file_that_no_longer_fits_the_data_set_says_so(submissions, drop, known):
    version = submissions.take(drop("team7.csv"), known)
    with pytest.raises(Refused, match='clip "clip_3" is not described'):
        submissions.table(version, Known((*known.clips, "clip_3"), known.pairs))


TAKE_UNTIL_KILLED = """
import os, signal, sys
from pathlib import Path
from emoprefer_assets.submissions import Submissions
from tests.submissions.test_folder import known_clips

left = int(sys.argv[2])

def killing(call):
    def counted(*args, **kwargs):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **kwargs)
    return counted

for owner, name in ((os, "fsync"), (Path, "replace"), (Path, "rename"), (Path, "unlink"), (os, "truncate")):
    setattr(owner, name, killing(getattr(owner, name)))
submissions = Submissions(Path(sys.argv[1]))
for file in submissions.waiting(0):
    submissions.take(file, known_clips())
"""


@pytest.mark.parametrize("at", range(1, 12))
def test_a_process_killed_between_any_two_steps_leaves_a_state_from_which_the_next_goes_on(
    submissions, drop, known, at
):
    file = drop("team7.csv")
    os.utime(file, (1e9, 1e9))
    drop("team8.csv", BROKEN)
    done = subprocess.run([sys.executable, "-c", TAKE_UNTIL_KILLED, submissions.folder, str(at)], cwd=Path.cwd())
    assert done.returncode == (-signal.SIGKILL if at < 11 else 0)
    for file in submissions.waiting(0):
        submissions.take(file, known)
    (version,) = submissions.versions()
    assert files_in(submissions) == {
        f"accepted/{version.hash}.csv",
        "register.jsonl",
        "rejected/team8.csv",
        "rejected/team8.csv.report.txt",
    }
    assert submissions.table(version, known)["description"].tolist() == ["He is glad.", "She is sad."]


def take_all(folder: Path) -> list:
    submissions = Submissions(folder)
    return [taken for file in submissions.waiting(0) if (taken := submissions.take(file, known_clips()))]


def test_processes_at_once_take_each_file_once(submissions, drop):
    for number in range(20):
        drop(f"team{number}.csv", GOOD.replace(b"glad", b"glad" + b"!" * number))
        drop(f"broken{number}.csv", BROKEN)
    with get_context("spawn").Pool(3) as pool:
        pool.map(take_all, [submissions.folder] * 6, chunksize=1)
        # Leaving the block ends workers by SIGTERM, which they ignore where the tests run in a script's background.
        pool.close()
        pool.join()
    assert sorted(version.name for version in submissions.versions()) == sorted(f"team{n}" for n in range(20))
    assert len(list((submissions.folder / "rejected").iterdir())) == 40
    assert submissions.waiting(0) == ()
