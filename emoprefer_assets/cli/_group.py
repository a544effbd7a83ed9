"""The group that every command belongs to: what a person can act on is one line, without a traceback."""

from __future__ import annotations

import atexit
import errno
import gc
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from emoprefer_assets.errors import EmopreferError, about_the_disk
from emoprefer_assets.settings import PACKAGE

# What commands take: something that is there, or that may be made.
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
NEW_FOLDER = click.Path(file_okay=False, path_type=Path)
STOPPED = 130
_DEBUG = "emoprefer.debug"


class _DebugOption(click.Option):
    """`--debug`, before and behind the command's name."""

    def __init__(self) -> None:
        super().__init__(
            ["--debug"], is_flag=True, expose_value=False, callback=_note_debug, help="Show the traceback of an error."
        )


def _note_debug(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        context.meta[_DEBUG] = True


class _Command(click.Command):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.params.append(_DebugOption())


class _Commands(click.Group):
    command_class = _Command
    group_class = type

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.params.append(_DebugOption())

    def invoke(self, context: click.Context) -> object:
        # Imports leave a million objects for good; looking through them again and again takes a tenth of a small run.
        gc.set_threshold(50_000, 20, 20)
        # A last look through them, which frees nothing that the end of the process does not, takes a second.
        atexit.register(gc.freeze)
        try:
            with _stopped_by_sigterm_too():
                return super().invoke(context)
        except KeyboardInterrupt:
            _show_traceback(context)
            click.echo("\nStopped. What was answered is kept: run the same command again to go on.", err=True)
            sys.exit(STOPPED)
        except EmopreferError as error:
            _show_traceback(context)
            raise click.ClickException(str(error)) from error
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            # The reader of a pipe has gone: click knows what to do.
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise
            _show_traceback(context)
            raise click.ClickException(str(about_the_disk(error) or _unexpected(error))) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="emoprefer-assets")
def main() -> None:
    """Judge emotion descriptions with people, models and honest baselines.

    EMOPREFER_DATA_DIR names the data set's folder (default: the synthetic sample), EMOPREFER_JUDGES the judge registry.
    """


def _show_traceback(context: click.Context) -> None:
    if context.meta.get(_DEBUG):
        click.echo(traceback.format_exc(), err=True, nl=False)


def _unexpected(error: Exception) -> EmopreferError:
    """What, where, and what to do, of an error that nobody has foreseen."""
    said = " ".join(str(error).split())[:300]
    what = type(error).__name__ + (f": {said}" if said else "")
    return EmopreferError(f"{what}, in {_place(error)}. Run the same command with --debug to see the traceback.")


def _place(error: Exception) -> str:
    """The innermost line of this project that the error went through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(PACKAGE)]
    frame = (own or frames)[-1]
    file = Path(frame.filename)
    return f"{file.relative_to(PACKAGE.parent) if own else file} line {frame.lineno}"


@contextmanager
def _stopped_by_sigterm_too() -> Iterator[None]:
    """Schedulers end a job by SIGTERM; what is open is closed then as after Ctrl-C.

    SIGINT is set too: after each run Dagster gives SIGTERM the handler of SIGINT, which scripts start jobs in the
    background with ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
