"""The human preferences in the formats of the field: Parquet for TRL and the Hugging Face Hub, votes as JSON lines."""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
from ruamel.yaml import YAML

from emoprefer_assets.datasets import DataSet, read_data_set
from emoprefer_assets.display import in_markdown, listed
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.files import replaced_atomically
from emoprefer_assets.settings import Settings
from emoprefer_assets.store.published import open_published
from emoprefer_assets.strategies.prompts import Prompts

# One row a pair of the data set; without a label, `preference` is null.
PAIRS = """
    select
        pair_id, raw_pairs.clip_id, system1, a1, system2, a2,
        preference, provenance, consensus_pairs.votes, video, audio, raw_pairs.position
    from raw_pairs
    left join consensus_pairs using (pair_id)
    left join clips on clips.clip_id = raw_pairs.clip_id
    order by raw_pairs.position
"""
# A content is a text, and media stand in lists beside it, as TRL takes images: in Parquet, each part of a longer
# content would have the keys of all parts, and chat templates take such a key for a medium.
_PREFERENCES = f"""
    select
        [{{role: 'user', content: getvariable('prompt')}}] as prompt,
        [{{role: 'assistant', content: if(preference = 'a1', a1, a2)}}] as chosen,
        [{{role: 'assistant', content: if(preference = 'a1', a2, a1)}}] as rejected,
        if(video is null, []::text[], [getvariable('media') || video]) as videos,
        if(audio is null, []::text[], [getvariable('media') || audio]) as audios,
        pair_id, clip_id,
        if(preference = 'a1', system1, system2) as chosen_system,
        if(preference = 'a1', system2, system1) as rejected_system,
        provenance, votes
    from ({PAIRS})
    where preference in ('a1', 'a2')
    order by position
"""
_VOTES = """
    select
        pair_id, clip_id, system1, a1, system2, a2, 'annotator ' || dense_rank() over (order by annotator) as annotator,
        qualified, annotations.* exclude (pair_id, annotator)
    from annotations
    join annotators using (annotator)
    join raw_pairs using (pair_id)
    order by position, annotator
"""
_NOTES = re.compile(r"(licen[cs]e|notice|copying|readme)\b", re.IGNORECASE)
# Those that the Hub has a name for, which is theirs in small letters.
_KNOWN_LICENCES = re.compile(r"apache-2\.0|mit|cc0-1\.0|cc-by(-nc)?(-sa|-nd)?-[234]\.0|odbl|pddl", re.IGNORECASE)


@dataclass(frozen=True)
class Exported:
    """What was written, and what is not in it.

    Attributes:
        preferences: pairs with a chosen and a rejected description.
        ties: pairs that people call the same.
        unlabelled: pairs without a label, as people do not agree or have not voted.
        votes: rows of votes.jsonl, which is only there if there are any.
    """

    folder: Path
    preferences: int
    ties: int
    unlabelled: int
    votes: int
    data: DataSet

    @property
    def left_out(self) -> str:
        """What is not in it, as a sentence."""
        return f"Left out: ties, {self.ties}; pairs without a label on which people agree, {self.unlabelled}."


def export_preferences(settings: Settings, folder: Path, media: str = "", for_own_use: bool = False) -> Exported:
    """Write the published data set's preferences into `folder`, which may not hold anything yet.

    Args:
        media: what stands before a clip's path in the data set's folder.
        for_own_use: write it although it may not be passed on.

    Raises:
        EmopreferError: its licence forbids to pass it on, people prefer nothing, nothing is published or it is of
            another data set, or the folder holds something. Nothing is written.
    """
    data = read_data_set(settings.data_dir)
    if data.redistribution is False and not for_own_use:
        said = " ".join(f"{data.licence} {data.note}".split()) or "no licence is named"
        raise EmopreferError(
            f"{settings.data_dir / 'dataset.yaml'}: redistribution is false ({said}). Nothing was written. With "
            "--for-own-use it is, for training here, and the note goes with it."
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise EmopreferError(f"{folder} is not empty. Name a new folder.")
    with open_published(settings.database) as connection, replaced_atomically(folder) as part:
        pairs: Any = connection.sql(PAIRS).df()
        if not set(pairs["pair_id"]) <= set(data.pairs["pair_id"]):
            raise EmopreferError(
                f"{settings.database} is of other pairs than {settings.data_dir}. Run `emoprefer run`."
            )
        labels = pairs["preference"]
        done = Exported(
            folder,
            preferences=int(labels.isin(["a1", "a2"]).sum()),
            ties=int((labels == "same").sum()),
            unlabelled=int(labels.isna().sum()),
            votes=len(connection.sql("from annotations")),
            data=data,
        )
        if not done.preferences:
            raise EmopreferError(f"{settings.data_dir}: there is no pair of which people prefer one description.")
        (part / "data").mkdir(parents=True)
        for name, value in {"prompt": _prompt(settings), "media": media}.items():
            connection.execute(f"set variable {name} = $value", {"value": value})
        _copy(connection, _PREFERENCES, part / "data" / "preferences.parquet")
        if done.votes:
            _copy(connection, _VOTES, part / "votes.jsonl")
        notes = sorted(file for file in settings.data_dir.iterdir() if file.is_file() and _NOTES.match(file.name))
        for note in notes:
            (part / "notes").mkdir(exist_ok=True)
            shutil.copyfile(note, part / "notes" / note.name)
        (part / "README.md").write_text(_card(done, [note.name for note in notes]), encoding="utf-8")
    return done


def _prompt(settings: Settings) -> str:
    """The question to which both descriptions are answers: that of strategy 2."""
    (message,) = Prompts(settings.prompts_dir).messages("describe", clip="clip")
    return "".join(part for part in message.parts if isinstance(part, str))


def _copy(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    kind = "parquet" if file.suffix == ".parquet" else "json"
    quoted = str(file).replace("'", "''")
    connection.execute(f"copy ({query}) to '{quoted}' (format {kind})")


def _card(done: Exported, notes: list[str]) -> str:
    """The README.md: a head for the Hub, and what to know for people."""
    data, buffer = done.data, io.StringIO()
    name, note, licence = (in_markdown(" ".join(text.split())) for text in (data.name, data.note, data.licence))
    YAML().dump(_head(done), buffer)
    said = [
        f"# {name}: which description of a person's emotion do people prefer?",
        "**Not to be passed on: for own use alone.**" if data.redistribution is False else "",
        f"> {note}" if note else "",
        f"Licence: {licence or 'nobody says; ask the owner before you pass it on'}."
        + (f" What came with the data set is in `notes/`: {listed(notes)}." if notes else ""),
        "One row is a pair of descriptions of one clip, in TRL's conversational form (`prompt`, `chosen`, `rejected`). "
        "`videos` and `audios` are paths; the clips are not part of this data set.",
        done.left_out,
        f"`votes.jsonl`: {done.votes} votes, ties and disagreements among them; annotators have numbers."
        if done.votes
        else "",
        f"Made with emoprefer-assets {version('emoprefer-assets')}.",
    ]
    return f"---\n{buffer.getvalue()}---\n\n" + "\n\n".join(filter(None, said)) + "\n"


def _head(done: Exported) -> dict[str, Any]:
    data = done.data
    licence = {"license": data.licence.lower() or "unknown"}
    if data.licence and not _KNOWN_LICENCES.fullmatch(data.licence):
        licence = {"license": "other", "license_name": "see-below"}
    sizes = [(1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M")]
    return {
        "pretty_name": data.name,
        **licence,
        "task_categories": ["text-generation"],
        "tags": ["preference", "dpo", "reward-model", "emotion", *(["synthetic"] if data.synthetic else [])],
        "size_categories": [next((size for most, size in sizes if done.preferences < most), "n>1M")],
        # All parts of a data set have to be of one format there: the votes are a file beside it.
        "configs": [{"config_name": "preferences", "data_files": "data/preferences.parquet"}],
    }
