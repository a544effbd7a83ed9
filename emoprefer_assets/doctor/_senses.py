"""Whether a judge sees and hears what it is given: it is asked what a made-up clip shows and says."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping

import duckdb

from emoprefer_assets.display import listed
from emoprefer_assets.doctor._judges import obstacles
from emoprefer_assets.doctor._model import OK, PROBLEM, Finding, finding_of
from emoprefer_assets.doctor.clip import FOLDER, NUMBER, PICTURE, SOUND, WORD
from emoprefer_assets.errors import EmopreferError, JudgeUnavailable
from emoprefer_assets.files import replaced_atomically
from emoprefer_assets.home import claim_home
from emoprefer_assets.intake import all_judges
from emoprefer_assets.judges import ChatMessage, ChatReply, ChatRequest, Judge, ModelJudge
from emoprefer_assets.judges.loading import identity_of, models
from emoprefer_assets.judges.thoughts import taken_apart
from emoprefer_assets.media import Media, MediaReader, content_hash
from emoprefer_assets.progress import working
from emoprefer_assets.settings import Settings
from emoprefer_assets.store.published import read_published

QUESTION = (
    "Which number does the picture show, and which word is spoken? Answer in one line of this form, with none for what "
    "is not there. number: ..., word: ..."
)
FILES = {"video": PICTURE, "audio": SOUND}
TOLD_BY = {
    "video": re.compile(rf"\b({NUMBER}|forty[ -]?seven)\b", re.IGNORECASE),
    "audio": re.compile(rf"\b{WORD}s?\b", re.IGNORECASE),
}
VERBS = {"video": "sees", "audio": "hears"}
LONGEST_REPLY = 80
# By the kinds of media that were given.
Replies = Mapping[tuple[str, ...], ChatReply]


def senses(name: str, settings: Settings) -> Finding:
    """Ask a judge by at most three calls, none of them from the call cache: all that it takes, and each kind left out.

    It sees, or hears, where it names what was given each time that it was, and never when it was not. A judge that
    perceives all that it takes is remembered in the home.

    Raises:
        EmopreferError: there is no such judge, or it takes no media.
    """
    judge = all_judges(settings)[name]
    if not isinstance(judge, ModelJudge) or not judge.inputs:
        raise EmopreferError(f"{judge.where}: it is given no clip, so there is nothing for it to see or hear.")
    about = f"senses of {name}"
    try:
        if obstacle := obstacles([judge], settings).get(name):
            raise JudgeUnavailable(obstacle)
        replies = _asked(judge, settings)
    except JudgeUnavailable as error:
        return finding_of(about, error)
    perceived = [
        kind
        for kind in judge.inputs
        if all(bool(TOLD_BY[kind].search(reply.text)) is (kind in kinds) for kinds, reply in replies.items())
    ]
    what = f"{' and '.join(VERBS[kind] for kind in perceived) or 'neither'}. {_told(replies)}"
    if len(perceived) == len(judge.inputs):
        _remember(judge, settings)
        return Finding(about, OK, what)
    missing = [kind for kind in judge.inputs if kind not in perceived]
    unmet = listed(missing)
    mend = f"See whether what serves it takes {unmet} for this model, or remove {unmet} from `inputs:`."
    return Finding(about, PROBLEM, what, mend)


def unheard(judges: Iterable[Judge], settings: Settings) -> list[str]:
    """The judges with sound that nothing has shown to hear: neither `senses` nor table `media_use`.

    A judge for one data set alone may know nothing but its task, and is left to the table.
    """
    asked = [
        judge for judge in judges if isinstance(judge, ModelJudge) and "audio" in judge.inputs and judge.only_on is None
    ]
    known = _known(settings) if asked else {}
    shown = _shown_to_listen(settings) if asked else ()
    return [judge.name for judge in asked if judge.name not in shown and not _has_passed(judge, known, settings)]


def _asked(judge: ModelJudge, settings: Settings) -> Replies:
    """The reply to each selection of the clip's media."""
    left_out = (tuple(kind for kind in judge.inputs if kind != without) for without in judge.inputs)
    with working(f"asking {judge.name} what a made-up clip shows and says"), MediaReader() as reader:
        media = {
            kind: Media(FOLDER / FILES[kind], content_hash(FOLDER / FILES[kind]), sampling, reader)
            for kind, sampling in zip(judge.inputs, judge.samplings, strict=True)
        }
        selections = {" ".join(kinds): kinds for kinds in (judge.inputs, *left_out)}
        requests = [
            ChatRequest(
                key=key,
                messages=(ChatMessage("user", (*(media[kind] for kind in kinds), QUESTION)),),
                max_new_tokens=judge.max_new_tokens,
                temperature=judge.temperature,
                top_p=judge.top_p,
            )
            for key, kinds in selections.items()
        ]
        replies = models.backend_of(judge, settings.models_dir).answer(requests)
        by_key = {reply.key: taken_apart(reply) for reply in replies}
    return {kinds: by_key[key] for key, kinds in selections.items()}


def _told(replies: Replies) -> str:
    """What it was given and said, for people."""
    names = {"video": "the picture", "audio": "the sound"}
    said = []
    for kinds, reply in replies.items():
        given = " and ".join(names[kind] for kind in kinds) or "neither"
        text = " ".join((reply.problem or f'"{reply.text.strip()}"').split())
        said.append(f"Given {given}: {text[:LONGEST_REPLY]}")
    return "; ".join(said)


def _remember(judge: ModelJudge, settings: Settings) -> None:
    claim_home(settings.home)
    known = _known(settings) | {judge.name: _version(judge, settings)}
    with replaced_atomically(settings.senses) as part:
        part.write_text(json.dumps(known))


def _has_passed(judge: ModelJudge, known: Mapping[str, str], settings: Settings) -> bool:
    try:
        return judge.name in known and known[judge.name] == _version(judge, settings)
    except JudgeUnavailable:
        return False


def _version(judge: ModelJudge, settings: Settings) -> str:
    """Changes with the model, with what serves it, and with what it is given."""
    text = json.dumps([identity_of(judge, settings.models_dir), judge.inputs], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _known(settings: Settings) -> dict[str, str]:
    try:
        known: dict[str, str] = json.loads(settings.senses.read_text())
    except (OSError, ValueError):
        return {}
    return known


def _shown_to_listen(settings: Settings) -> Collection[str]:
    query = "select distinct judge from media_use where changed = 'sound' and use = 'shown'"
    try:
        return set(read_published(settings.database, query)["judge"])
    # A database that cannot be read, or is of an older version, shows nothing.
    except (EmopreferError, duckdb.Error):
        return ()
