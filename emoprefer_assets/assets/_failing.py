"""Errors that a person can act on, as Dagster shows them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from emoprefer_assets.errors import EmopreferError, about_the_disk


@contextmanager
def failures_named() -> Iterator[None]:
    """Turn an expected error into a Dagster failure without retries."""
    try:
        yield
    except EmopreferError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    except Exception as error:
        if (named := about_the_disk(error)) is None:
            raise
        raise dg.Failure(str(named), allow_retries=False) from error
