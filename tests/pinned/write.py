"""Write what is pinned anew: `python -m tests.pinned.write`. For changes that are meant; say why in the commit."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import duckdb

from emoprefer_assets.settings import PROJECT
from tests.conftest import evaluated, registry_without_language_models
from tests.pinned.summaries import TABLES, Summary, summaries, written
from tests.pinned.test_request_keys import CASES, KEYS, key_of, weights


def main() -> None:
    """Write keys.json and tables.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only-keys", action="store_true", help="leave tables.json as it is")
    parser.add_argument("--without-language-models", type=Path, metavar="FOLDER", help="take its published.duckdb")
    parser.add_argument("--whole-registry", type=Path, metavar="FOLDER", help="take its published.duckdb")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        models = weights(folder / "models")
        keys = {label: key_of(label, models) for label in CASES}
        KEYS.write_text(json.dumps(keys, indent=2) + "\n")
        if given.only_keys:
            return
        registry_without_language_models(folder)
        few = given.without_language_models or evaluated(folder)
        registry = str(PROJECT / "data" / "judges.yaml")
        whole = given.whole_registry or evaluated(folder / "whole", EMOPREFER_JUDGES=registry)
        TABLES.write_text(written({"without_language_models": _of(few), "whole_registry": _of(whole)}))


def _of(folder: Path) -> dict[str, Summary]:
    with duckdb.connect(str(folder / "published.duckdb"), read_only=True) as connection:
        return summaries(connection)


if __name__ == "__main__":
    main()
