"""The page: one HTML text that needs nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from emoprefer_assets.display import in_policy, in_script
from emoprefer_assets.files import replaced_atomically
from emoprefer_assets.report._blocks import Figure, Section

if TYPE_CHECKING:
    from jinja2 import Template

FOLDER = Path(__file__).parent / "page"
SCRIPTS = ("tables.js", "charts.js", "pairs.js")
# Videos lie beside the page, on disk or on its own server; nothing else is fetched.
POLICY = (
    "default-src 'none'; script-src {scripts}; style-src {style}; img-src data:; media-src 'self' file:; "
    "base-uri 'none'; form-action 'none'"
)


def render_page(
    about: Mapping[str, Any], sections: Sequence[Section], pairs: Mapping[str, Any], kept_in: Path | None = None
) -> str:
    """The page as one HTML text. Everything in the arguments is shown as text, whatever it holds.

    Args:
        about: the head's words: name, synthetic, note, facts, made_at, lineage (a table).
        sections: in order; the browser of pairs follows them.
        pairs: what the browser of pairs shows.
        kept_in: folder where the chart library is kept for the next page.
    """
    style = (FOLDER / "report.css").read_text(encoding="utf-8")
    scripts = [chart_library(kept_in), *((FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS)]
    figures = [block for section in sections for block in section.blocks if isinstance(block, Figure)]
    return _template("report.html.jinja").render(
        about=about,
        sections=sections,
        policy=POLICY.format(scripts=" ".join(map(in_policy, scripts)), style=in_policy(style)),
        style=Markup(style),
        scripts=[Markup(script) for script in scripts],
        charts=Markup(in_script({figure.name: figure.chart for figure in figures})),
        pairs=Markup(in_script(pairs)),
        is_figure=lambda block: isinstance(block, Figure),
    )


def render_tables(section: Section) -> str:
    """A page of one section that holds words and tables only: it needs no script. All of it is shown as text."""
    style = (FOLDER / "report.css").read_text(encoding="utf-8")
    policy = f"default-src 'none'; style-src {in_policy(style)}; base-uri 'none'; form-action 'none'"
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
def chart_library(kept_in: Path | None) -> str:
    """Vega-Embed with Vega, Vega-Lite and Vega's interpreter, which needs no eval; bundled by vl-convert.

    Args:
        kept_in: folder of an earlier bundle by the same version: making one takes a second.
    """
    import vl_convert

    kept = kept_in and kept_in / f"charts-{version('vl-convert-python')}.js"
    if kept and kept.exists():
        bundle = kept.read_text(encoding="utf-8")
    else:
        bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
        if kept and os.access(kept.parent, os.W_OK):
            with replaced_atomically(kept) as part:
                part.write_text(bundle, encoding="utf-8")
    # An inline script ends where this is read, wherever it stands.
    return f"(() => {{{bundle}\n}})();".replace("</script", "<\\/script").replace("<!--", "<\\!--")
