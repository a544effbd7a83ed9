import pytest

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.judges import read_registry
from emoprefer_assets.settings import PROJECT


def read(tmp_path, text):
    file = tmp_path / "judges.yaml"
    file.write_text("judges:\n" + text)
    return read_registry(file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {name: x, backend: rules, rul: longer}\n", r'line 2, judge "x": key "rule" is missing'),
        ("- name: x\n  backend: rules\n  rule: longer\n  sed: 1\n", r'line 5, judge "x": unknown key "sed"'),
        (
            "- name: x\n  backend: rules\n  rule: longest\n",
            r'line 4, judge "x": key "rule": is none of always',
        ),
        ("- {name: x, backend: oracle}\n", r'line 2, judge "x": unknown backend "oracle"'),
        ("- {name: x, rule: longer}\n", r'line 2, judge "x": key "backend" is missing'),
        ("- {name: x, backend: transformers}\n", r'line 2, judge "x": key "model" is missing'),
        ("- {name: ../x, backend: rules, rule: longer}\n", r'line 2, judge "../x": key "name"'),
        ("- {name: Human, backend: rules, rule: longer}\n", r'line 2, judge "Human": the name is reserved'),
        (
            "- {name: x, backend: rules, rule: longer}\n- {name: X, backend: rules, rule: random}\n",
            r'line 3, judge "X": the name is taken on line 2',
        ),
        ("- just text\n", r'line 2, judge "\?"'),
        ("- {name: x, backend: gemini, model: m, inputs: [video], frames: 8}\n", "gemini knows no frames"),
    ],
)
def test_an_error_names_the_line_and_the_judge(tmp_path, text, message):
    with pytest.raises(EmopreferError, match=message):
        read(tmp_path, text)


SERVED = "- {name: x, backend: openai, model: m, base_url: 'http://localhost/v1', "


def test_what_templates_and_bodies_hold_may_be_nested(tmp_path):
    told = "chat_template_kwargs: {enable_thinking: false}, extra_body: {reasoning: {effort: low, tags: [1, a, null]}}}"
    judge = read(tmp_path, SERVED + told)["x"]
    assert judge.chat_template_kwargs == {"enable_thinking": False}
    assert judge.extra_body == {"reasoning": {"effort": "low", "tags": [1, "a", None]}}


def test_an_entry_without_them_keeps_its_version_and_one_with_them_has_another(tmp_path):
    def version(keys):
        return read(tmp_path, f"{SERVED}{keys}}}")["x"].entry_version()

    plain = version("note: x")
    assert plain == version("extra_body: {}") == version("chat_template_kwargs: {}")
    assert len({plain, version("extra_body: {a: 1}"), version("extra_body: {a: {b: 1}}")}) == 3


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("extra_body: {model: other}", r'key "extra_body": .*may not hold model, which follows from'),
        ("extra_body: {seed: 1}", r"may not hold seed"),
        ("chat_template_kwargs: {tokenize: true}", r"may not hold tokenize"),
        ("chat_template_kwargs: {enable_thinking: no}", r"the text 'no' as enable_thinking; write true or false"),
        ('extra_body: {enable_thinking: "False"}', r"the text 'False' as enable_thinking; write true or false"),
        ("extra_body: 3", r'key "extra_body": Input should be a valid dictionary'),
        ("extra_body: {a: .nan}", r"not JSON compliant"),
        ("extra_body: {a: 2026-01-01}", r'key "extra_body.a": input was not a valid JSON value'),
        (f"extra_body: {{a: {list(range(300))}}}", r'key "extra_body" holds more than 200 values'),
        ("note: {a: 1}", r'key "note" holds more than values'),
        ("chat_template_kwargs: {continue_final_message: true}", r"may not hold continue_final_message"),
        ("inputs: video", r'key "inputs": write a list, in brackets \(it is "video"\)'),
        ("inputs: [video, video]", r"inputs names a medium twice"),
        ("temperature: .inf", r'key "temperature": Input should be a finite number'),
        ("fps: .inf", r'key "fps": Input should be a finite number'),
        ("system: ' '", r'key "system": is empty; fill it, or remove the key'),
        ("temperature: -1", r'key "temperature": Input should be greater than or equal to 0'),
    ],
)
def test_what_they_may_not_hold_is_named(tmp_path, keys, message):
    with pytest.raises(EmopreferError, match=message):
        read(tmp_path, f"{SERVED}{keys}}}")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("model: ''", r'key "model": is empty'),
        ("model: m, base_url: 5", r'key "base_url": Input should be a valid string'),
        ("model: m, key_variable: K, base_url: []", r'key "base_url"'),
    ],
)
def test_what_a_key_holds_instead_of_its_value_is_named(tmp_path, keys, message):
    with pytest.raises(EmopreferError, match=message):
        read(tmp_path, f"- {{name: x, backend: openai, {keys}}}")


def test_an_address_that_is_none_is_not_taken_for_a_host_without_a_key(tmp_path):
    assert read(tmp_path, "- {name: x, backend: openai, model: m, base_url: 'localhost:8000'}")["x"].base_urls


def test_a_few_aliases_may_not_stand_for_a_million_values(tmp_path):
    bomb = "- name: x\n  backend: transformers\n  model: m\n  chat_template_kwargs:\n    a0: &a0 [x]\n"
    for number in range(1, 12):
        bomb += f"    a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 5)}]\n"
    with pytest.raises(EmopreferError, match="holds more than 200 values"):
        read(tmp_path, bomb)


def test_only_an_endpoint_has_a_temperature_of_its_own(tmp_path):
    assert read(tmp_path, f"{SERVED}temperature: default}}")["x"].temperature is None
    with pytest.raises(EmopreferError, match="temperature: default is for endpoints"):
        read(tmp_path, "- {name: x, backend: transformers, model: m, temperature: default}")


def test_broken_yaml_is_named(tmp_path):
    with pytest.raises(EmopreferError, match=r"judges.yaml: not readable as YAML"):
        read(tmp_path, "- {name: x")


def test_an_unknown_judge_lists_the_known(tmp_path):
    registry = read(tmp_path, "- {name: x, backend: rules, rule: longer}\n")
    with pytest.raises(EmopreferError, match=r'no judge "y". Known judges: x'):
        registry["y"]


def test_only_judges_that_fit_the_data_set_take_part(tmp_path):
    registry = read(
        tmp_path,
        "- {name: here, backend: rules, rule: longer, only_on: sample}\n"
        "- {name: gone, backend: rules, rule: longer, retired: true}\n"
        "- {name: any, backend: rules, rule: longer}\n",
    )
    assert [judge.name for judge in registry.taking_part(tmp_path / "sample")] == ["here", "any"]
    assert [judge.name for judge in registry.taking_part(tmp_path / "other")] == ["any"]


def test_a_note_does_not_change_what_a_judge_answers(tmp_path):
    plain = read(tmp_path, "- {name: x, backend: rules, rule: random}\n")["x"].entry_version()
    noted = read(tmp_path, "- {name: x, backend: rules, rule: random, note: hi}\n")["x"].entry_version()
    reseeded = read(tmp_path, "- {name: x, backend: rules, rule: random, seed: 5}\n")["x"].entry_version()
    assert plain == noted != reseeded


def test_the_shipped_registry_is_valid():
    assert "longer" in read_registry(PROJECT / "data" / "judges.yaml").names
