"""The same clip by other roads: a verdict does not depend on how frames and samples came to the model."""

import pandas as pd
import pytest

from emoprefer_assets.asking import Part, answer
from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.judges import read_registry
from emoprefer_assets.judges.registry import OpenaiJudge
from emoprefer_assets.media import VideoSampling, content_hash
from emoprefer_assets.run import Run
from emoprefer_assets.settings import PROJECT, current_settings
from emoprefer_assets.store import TABLES
from emoprefer_assets.strategies import ALL
from tests.judges.chat_server import running_server
from tests.training.model_server import ServedModel

pytestmark = pytest.mark.slow

SAMPLE = PROJECT / "data" / "sample"
PAIRS = 24


@pytest.fixture(scope="module")
def asked():
    """The first pairs of the sample, and their clips."""
    pairs = read_data_set(SAMPLE).pairs[TABLES["raw_pairs"].column_names].head(PAIRS)
    rows = []
    for name in pairs["clip_id"].unique():
        file = SAMPLE / "video" / f"{name}.mp4"
        media = {
            f"{kind}{part}": value
            for kind in ("video", "audio")
            for part, value in (("", str(file)), ("_content", content_hash(file)), ("_problem", None))
        }
        rows.append({"clip_id": name} | media)
    return pairs, pd.DataFrame(rows)


@pytest.fixture
def verdicts(asked, tmp_path):
    """What a judge says of each pair in both orders: verdict and log-odds by pair and order."""

    def ask(judge) -> pd.DataFrame:
        settings = current_settings().replaced(home=tmp_path / judge.backend, rounds=1)
        pairs, clips = asked
        (answered,) = answer(judge, [Part("s1_predictions", ALL["s1"], pairs)], clips, Run(settings))
        rows = answered.rows
        assert rows["failure"].isna().all(), rows["failure"].dropna().iloc[0]
        return rows.set_index(["pair_id", "swapped"])[["verdict", "p_a1", "p_a2", "p_same"]].sort_index()

    return ask


def behind_the_protocol(judge, url, **keys):
    given = {"inputs": judge.inputs, "frames": judge.frames, "max_side": judge.max_side} | keys
    return OpenaiJudge(
        name=judge.name, backend="openai", model=judge.name, base_url=url, logprobs=True, read="options", **given
    )


@pytest.mark.parametrize(
    ("name", "video_as", "agree"),
    [
        # The file itself, and sound as it is: only the route of the probabilities differs.
        ("tiny_video", "video", 1.0),
        ("tiny_audio", "frames", 0.98),
        # As JPEGs without their times.
        ("tiny_video", "frames", 0.95),
        ("tiny_omni", "frames", 0.95),
    ],
)
def test_a_clip_gets_the_same_verdict_from_its_file_and_over_the_openai_protocol(verdicts, name, video_as, agree):
    judge = read_registry(PROJECT / "data" / "judges.yaml")[name]
    own = verdicts(judge)
    served = ServedModel(judge, VideoSampling(frames=judge.frames, max_side=judge.max_side))
    with running_server() as server:
        server.otherwise = served.behave
        other = verdicts(behind_the_protocol(judge, server.url, video_as=video_as, concurrency=1))
    same = (own["verdict"] == other["verdict"]).mean()
    apart = (own["p_a1"] - other["p_a1"]).abs()
    print(
        f"{name} as {video_as}: {100 * same:.1f} % of {len(own)} verdicts agree, p_a1 apart by {apart.mean():.4f} "
        f"on average and {apart.max():.3f} at most"
    )
    assert same >= agree
