"""The report's file beside the published database."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import duckdb

from emoprefer_assets.files import replaced_atomically
from emoprefer_assets.progress import working
from emoprefer_assets.report._posters import make_posters
from emoprefer_assets.report._rendering import render_report
from emoprefer_assets.settings import Settings
from emoprefer_assets.store.published import open_published
from emoprefer_assets.submissions import CompetitionBook


@working("writing the report")
def write_report(settings: Settings) -> Path:
    """Make the report of the published database and put it beside it in one step; returns its path.

    Raises:
        EmopreferError: nothing has been published yet, or another program holds the database for writing.
    """
    with open_published(settings.database) as connection:
        videos, contents = _videos(connection, settings.data_dir)
        posters = make_posters(videos, contents, settings.posters)
        boards = connection.execute("select version from lineage where table_name = 'leaderboard'").fetchall()
        remarks = CompetitionBook(settings.competition_book).state().remarks(str(boards[0][0]) if boards else "")
        # Relative links, so that a folder with both can be moved.
        urls = {
            clip: quote(Path(os.path.relpath(video, settings.report.parent)).as_posix())
            for clip, video in videos.items()
        }
        page = render_report(connection, urls, posters, settings.home, remarks)
    with replaced_atomically(settings.report) as part:
        part.write_text(page, encoding="utf-8")
    return settings.report


def _videos(connection: duckdb.DuckDBPyConnection, data_dir: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """File and content hash of each clip that can be seen and is still there."""
    rows = connection.sql(
        "select clip_id, video, video_content from clips where video is not null and video_problem is null"
    ).fetchall()
    videos = {clip: data_dir / video for clip, video, _ in rows if (data_dir / video).is_file()}
    return videos, {clip: content for clip, _, content in rows}
