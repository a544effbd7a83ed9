"""The page: one HTML text that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from emoprefer_assets.report._blocks import Figure, Section
from emoprefer_assets.report._text import json_block

if TYPE_CHECKING:
    from jinja2 import Template

FOLDER = Path(__file__).parent / "page"
SCRIPTS = ("tables.js", "charts.js", "pairs.js")
# Videos lie beside the page, on disk or on its own server; nothing else is fetched.
POLICY = (
    "default-src 'none'; script-src {scripts}; style-src {style}; img-src data:; media-src 'self' file:; "
    "base-uri 'none'; form-action 'none'"
)


def render_page(about: Mapping[str, Any], sections: Sequence[Section], pairs: Mapping[str, Any]) -> str:
    """The page as one HTML text. Everything in the arguments is shown as text, whatever it holds.

    Args:
        about: the head's words: name, synthetic, note, facts, made_at, lineage (a table).
        sections: in order; the browser of pairs follows them.
        pairs: what the browser of pairs shows.
    """
    style = (FOLDER / "report.css").read_text(encoding="utf-8")
    scripts = [chart_library(), *((FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS)]
    figures = [block for section in sections for block in section.blocks if isinstance(block, Figure)]
    return _template("report.html.jinja").render(
        about=about,
        sections=sections,
        policy=POLICY.format(scripts=" ".join(map(_source, scripts)), style=_source(style)),
        style=Markup(style),
        scripts=[Markup(script) for script in scripts],
        charts=Markup(json_block({figure.name: figure.chart for figure in figures})),
        pairs=Markup(json_block(pairs)),
        is_figure=lambda block: isinstance(block, Figure),
    )


def render_tables(section: Section) -> str:
    """A page of one section that holds words and tables only: it needs no script. All of it is shown as text."""
    style = (FOLDER / "report.css").read_text(encoding="utf-8")
    policy = f"default-src 'none'; style-src {_source(style)}; base-uri 'none'; form-action 'none'"
    return _template("section.html.jinja").render(section=section, policy=policy, style=Markup(style))


def _template(name: str) -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


@cache
def chart_library() -> str:
    """Vega-Embed with Vega, Vega-Lite and Vega's interpreter, which needs no eval; bundled by vl-convert."""
    import vl_convert

    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    # An inline script ends where this is read, wherever it stands.
    return f"(() => {{{bundle}\n}})();".replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _source(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
