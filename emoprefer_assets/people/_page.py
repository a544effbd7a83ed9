"""The voting page: one HTML text, for the server or to be opened from disk beside the clips."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from emoprefer_assets.display import in_policy, in_script, on_page
from emoprefer_assets.files import replaced_atomically
from emoprefer_assets.people.study import Plan, Showing, Study

FOLDER = Path(__file__).parent / "page"
SERVED, FROM_DISK = "server.js", "file.js"
POLICY = (
    "default-src 'none'; script-src {scripts}; style-src {style}; media-src {media}; connect-src {connect}; "
    "base-uri 'none'; form-action 'none'"
)


def served_page(study: Study, by_token: bool) -> tuple[str, str]:
    """The page and its content security policy, for the server."""
    page, policy = _page(SERVED, {"study": _about(study), "byToken": by_token}, "'self'", "'self'")
    return page, f"{policy}; frame-ancestors 'none'"


def write_file_page(plan: Plan, file: Path) -> None:
    """Write the page that needs no server: it finds the clips by their place beside it.

    Raises:
        OSError: it could not be written.
    """
    data = {"study": _about(plan.study), "byToken": False, "plan": _whole(plan, file.resolve().parent)}
    page, _ = _page(FROM_DISK, data, "'self' file:", "'none'")
    with replaced_atomically(file) as part:
        part.write_text(page, encoding="utf-8")


def clip_name(clip: str) -> str:
    """What the server calls a clip in addresses: its own name may hold anything, or say too much."""
    return hashlib.blake2b(clip.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _page(keeper: str, data: dict[str, Any], media: str, connect: str) -> tuple[str, str]:
    """The page with the script that keeps the votes, and its policy."""
    style = _text("vote.css")
    scripts = [_text(keeper), _text("vote.js")]
    policy = POLICY.format(
        scripts=" ".join(map(in_policy, scripts)), style=in_policy(style), media=media, connect=connect
    )
    environment = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    page = environment.get_template("vote.html.jinja").render(
        title=data["study"]["title"],
        language=data["study"]["language"],
        policy=policy,
        style=Markup(style),
        scripts=[Markup(script) for script in scripts],
        data=Markup(in_script({**data, "words": json.loads(_text("words.json"))})),
    )
    return page, policy


def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _about(study: Study) -> dict[str, Any]:
    texts = {key: on_page(getattr(study, key)) for key in ("name", "title", "language", "instructions", "consent")}
    return {**texts, "confidence": study.confidence, "reason": study.reason}


def _whole(plan: Plan, folder: Path) -> dict[str, Any]:
    """All that `file.js` needs to lead an annotator through the study; texts as they may stand on a page."""
    qualification = plan.study.qualification
    return {
        "clips": {clip: quote(Path(os.path.relpath(file, folder)).as_posix()) for clip, file in plan.files.items()},
        "items": {
            item.id: {
                "kind": item.kind,
                "key": item.key,
                "clip": item.clip,
                "a1": on_page(item.a1),
                "a2": on_page(item.a2),
                "correct": item.correct,
            }
            for item in plan.items.values()
        },
        "people": {
            annotator: {
                "tests": _order(plan.qualification(annotator)),
                "pairs": _order(plan.pairs(annotator)),
            }
            for annotator in plan.annotators
        },
        "tries": qualification.tries,
        "needed": qualification.needed,
    }


def _order(showings: list[Showing]) -> list[tuple[str, str]]:
    return [(showing.item.id, showing.left) for showing in showings]
