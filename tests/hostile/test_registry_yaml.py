"""A registry and a data set's YAML: read as data or refused in a line that a terminal can show; never run."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from emoprefer_assets.datasets import read_data_set
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.judges import read_registry
from tests.hostile.attacks import ATTACKS, hostile, would_act_in_a_terminal

FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
LAUGHS = "[&a0 [x,x,x,x,x,x,x,x,x]," + ",".join(f"&a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)) + "]"
OUTSIDE = Path("/")

keys = st.sampled_from(
    [
        "name",
        "backend",
        "rule",
        "seed",
        "path",
        "prefix",
        "strategy",
        "model",
        "inputs",
        "frames",
        "fps",
        "external",
        "base_url",
        "key_variable",
        "concurrency",
        "timeout",
        "only_on",
        "note",
        "published_as",
        "retired",
        "gguf",
        "trust_remote_code",
        "price_in",
    ]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.dates()
    | hostile
    | st.sampled_from(["rules", "replay", "openai", "transformers", "vllm", "longer", "x", "s1", "http://localhost/v1"])
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile, inner, max_size=2))
entries = st.dictionaries(keys | hostile, values, max_size=6) | values
whole_entries = st.builds(
    lambda entry, more: entry | more,
    st.sampled_from(
        [
            {"name": "x", "backend": "rules", "rule": "longer"},
            {"name": "x", "backend": "replay", "path": "p"},
            {"name": "x", "backend": "openai", "model": "m", "base_url": "http://localhost:1/v1"},
            {"name": "x", "backend": "transformers", "model": "m"},
        ]
    ),
    st.dictionaries(keys, values, max_size=2),
)


def read(text, folder):
    """The registry, or what its refusal says; everything about a judge that an evaluation looks at is looked at."""
    file = Path(folder) / "judges.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        registry = read_registry(file)
        for judge in registry.taking_part(OUTSIDE):
            assert Path("calls", judge.name).parent == Path("calls")
            assert not would_act_in_a_terminal(f"{judge.where}{judge.note}{judge.answered_by}{judge.published_as}")
            judge.entry_version()
            assert judge.strategies is not None
    except EmopreferError as error:
        assert len(str(error)) < 2_000
        assert not would_act_in_a_terminal(str(error))
        return str(error)
    return registry


def dumped(entry):
    text = io.StringIO()
    YAML(typ="safe").dump({"judges": [entry]}, text)
    return text.getvalue()


@FUZZ
@given(entries | whole_entries)
def test_any_entry_is_a_judge_or_an_error_that_can_be_shown(entry):
    with TemporaryDirectory() as folder:
        read(dumped(entry), folder)
        assert [file.name for file in Path(folder).iterdir()] == ["judges.yaml"]


@FUZZ
@given(st.text(max_size=60).map(lambda text: f"judges:\n  - {text}") | st.text(max_size=60))
def test_any_text_is_a_registry_or_an_error_that_can_be_shown(text):
    with TemporaryDirectory() as folder:
        read(text, folder)


@pytest.mark.parametrize("key", ["name", "rule", "note", "backend", "only_on"])
def test_no_attack_in_a_registry_gets_further_than_its_refusal(tmp_path, key):
    for attack in ATTACKS:
        read(dumped({"name": "x", "backend": "rules", "rule": "longer"} | {key: attack}), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["judges.yaml"]


@pytest.mark.parametrize(
    "text",
    [
        "judges:\n  - !!python/object/apply:os.system ['touch {mark}']\n",
        "judges:\n  - {{name: x, backend: rules, rule: longer, note: !!python/object/new:os.mkdir ['{mark}']}}\n",
        "judges:\n  - {{name: x, backend: rules, rule: !!python/name:os.system }}\n",
        "!!python/object/apply:subprocess.run [[touch, '{mark}']]\n",
    ],
)
def test_tags_that_name_python_objects_run_nothing(tmp_path, text):
    mark = tmp_path / "mark"
    assert isinstance(read(text.format(mark=mark), tmp_path), str)
    (tmp_path / "pairs.csv").write_text("pair,name,system1,a1,system2,a2\np,c,n,A.,s,B.\n")
    (tmp_path / "dataset.yaml").write_text(text.format(mark=mark).replace("judges", "note"))
    with pytest.raises(EmopreferError):
        read_data_set(tmp_path)
    assert not mark.exists()


@pytest.mark.parametrize("key", ["name", "note", "seed", "inputs", "backend", "zzz"])
def test_aliases_that_stand_for_billions_of_values_cost_nothing(tmp_path, key):
    message = read(f"judges:\n  - {{model: m, {key}: {LAUGHS}}}\n", tmp_path)
    assert isinstance(message, str)


@pytest.mark.parametrize("text", ["[" * 1_500, "judges: " + "[" * 1_500 + "]" * 1_500, "judges: 1" + "0" * 5_000])
def test_depths_and_numbers_beyond_reason_are_refused(tmp_path, text):
    assert "not readable as YAML" in read(text, tmp_path)


@pytest.mark.parametrize(
    "text", ["- a\n", "just text\n", "note: [a]\n", "name: {a: b}\n", "? [a]\n: b\n", 'note: "\\e[31m"\n', "[" * 1_500]
)
def test_a_data_set_that_says_nonsense_of_itself_is_refused_in_one_line(tmp_path, text):
    (tmp_path / "pairs.csv").write_text("pair,name,system1,a1,system2,a2\np,c,n,A.,s,B.\n")
    (tmp_path / "dataset.yaml").write_text(text)
    with pytest.raises(EmopreferError, match=r"dataset\.yaml") as refused:
        read_data_set(tmp_path)
    assert not would_act_in_a_terminal(str(refused.value))


def test_what_may_be_a_secret_is_not_quoted_back(tmp_path):
    with_password = "base_url: 'https://me:hidden@lab.example/v1'"
    for keys_of_entry in (
        with_password,
        f"{with_password}, key_variable: LAB_KEY, timeout: -1",
        "base_url: 'https://lab.example/v1', key_variable: sk-hidden",
        "base_url: ['https://me:hidden@lab.example/v1\\x07', 3]",
        "base_url: 'https://lab.example/v1', api_key: sk-hidden",
    ):
        message = read(f"judges:\n  - {{name: x, backend: openai, model: m, {keys_of_entry}}}\n", tmp_path)
        assert isinstance(message, str)
        assert "hidden" not in message
