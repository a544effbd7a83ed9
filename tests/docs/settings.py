"""docs/settings.md, from the declarations: `python -m tests.docs.settings > docs/settings.md`."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic_settings import BaseSettings

from emoprefer_assets.settings import Settings
from tests.docs.pages import table

HEAD = """\
# Settings

Environment variables; `. ./env.sh` sets `DAGSTER_HOME`, `EMOPREFER_PROJECT` and `EMOPREFER_HOME`. A default without a
variable in it is in the project. A value that cannot be used is an error that names it. This page is made from
`emoprefer_assets/settings.py` by `make docs`, and a test compares the two.

"""


def page() -> str:
    return HEAD + table(("variable", "what it names", "default"), list(_rows(Settings)))


def _rows(settings: type[BaseSettings]) -> Iterator[tuple[str, str, str]]:
    for field in settings.model_fields.values():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseSettings):
            yield from _rows(field.annotation)
            continue
        extra = field.json_schema_extra
        example = f"; for example `{extra['example']}`" if extra["example"] else ""
        yield f"`{field.alias}`", f"{field.description}{example}", extra["shown"] or f"`{_as_set(field.default)}`"


def _as_set(default: object) -> str:
    """As one would write it in the shell."""
    if isinstance(default, bool):
        return "yes" if default else "no"
    return f"{default:g}" if isinstance(default, float) else str(default)


if __name__ == "__main__":
    print(page(), end="")
