"""docs/notebook.ipynb, run anew: `python -m tests.docs.notebook` keeps in it what its cells show."""

from __future__ import annotations

import ast
import json
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.conftest import registry_without_language_models, use
from tests.docs.pages import DOCS

NOTEBOOK = DOCS / "notebook.ipynb"


def executed(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook with what each code cell's last expression shows, as Jupyter shows it."""
    namespace: dict[str, Any] = {}
    cells, number = [], 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            number += 1
            tree = ast.parse("".join(cell["source"]))
            last = tree.body.pop()
            assert isinstance(last, ast.Expr), "a cell ends with what it shows"
            exec(compile(tree, f"cell {number}", "exec"), namespace)
            value = eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), namespace)
            result = {"output_type": "execute_result", "execution_count": number, "metadata": {}, "data": shown(value)}
            cell = cell | {"execution_count": number, "outputs": [result]}
        cells.append(cell)
    return notebook | {"cells": cells}


def shown(value: Any) -> dict[str, str]:
    if hasattr(value, "_repr_mimebundle_"):
        bundle = value._repr_mimebundle_()
        return bundle[0] if isinstance(bundle, tuple) else bundle
    # As wide as no terminal asks for.
    with pd.option_context("display.width", 120, "display.max_columns", 20):
        data = {"text/plain": repr(value)}
    return data | ({"text/html": value._repr_html_()} if hasattr(value, "_repr_html_") else {})


def texts(notebook: dict[str, Any]) -> list[str]:
    """What is shown where there are no pictures."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    return [output["data"].get("text/plain", "") for output in outputs]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        registry_without_language_models(Path(folder))
        use(Path(folder), patch)
        made = executed(json.loads(NOTEBOOK.read_text()))
    NOTEBOOK.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n")
