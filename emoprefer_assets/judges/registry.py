"""The judges that a registry may hold."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, JsonValue, PrivateAttr, model_validator
from pydantic.alias_generators import to_camel

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.judges.entry_keys import (
    ASKING_KEYS,
    BODY_KEYS,
    DESCRIPTIVE_KEYS,
    GEMINI_KEYS,
    LATER_KEYS,
    TEMPLATE_KEYS,
)
from emoprefer_assets.judges.fields import Attention, Filled, Name, Rule, Strategy, Temperature, Text, Variable, without
from emoprefer_assets.judges.recorded_files import Column, RecordedFile, Words, recorded_files, strategies_in
from emoprefer_assets.media import AudioSampling, VideoSampling
from emoprefer_assets.names import CROWD, HUMAN
from emoprefer_assets.plugins import BASELINES, STRATEGIES

LOOPBACK = ("localhost", "127.0.0.1", "::1")
RESERVED_NAMES = {HUMAN, CROWD, "all"}


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    retired: bool = False
    only_on: Filled | None = None
    published_as: Text | None = None
    note: Text | None = None
    # Whether it can be asked about new descriptions; recorded answers cannot.
    live: ClassVar[bool] = True
    # Of a judge that is `retired`.
    why_not_asked: ClassVar[str] = "retired. Remove `retired:` to ask it again"
    _file: Path = PrivateAttr(default=Path("judges.yaml"))
    _line: int = PrivateAttr(default=0)

    @property
    def where(self) -> str:
        return f'{self._file.name} line {self._line}, judge "{self.name}"'

    def beside_registry(self, path: str) -> Path:
        """A path of the registry: relative ones start at the registry's folder."""
        try:
            return (self._file.parent / Path(path).expanduser()).resolve()
        except RuntimeError:
            raise EmopreferError(f"{self.where}: {path} starts with a user who is not here. Write it out.") from None

    def fits(self, data_dir: Path) -> bool:
        """Whether the judge is meant for the data set in `data_dir`."""
        return self.only_on is None or self.beside_registry(self.only_on) == data_dir.resolve()

    def entry_version(self) -> str:
        """Changes when a key that determines the judge's answers changes."""
        left_out = {key for key in LATER_KEYS if not getattr(self, key, None)}
        text = self.model_dump_json(exclude=DESCRIPTIVE_KEYS | left_out)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


class RulesJudge(_Entry):
    """A content-blind rule: sees no media, and mostly not even the text's meaning."""

    backend: Literal["rules"]
    rule: Rule
    seed: int = 0
    strategies: ClassVar[tuple[str, ...]] = ("s1",)
    content_blind: ClassVar[bool] = True

    @property
    def learns(self) -> bool:
        """Whether it takes its answers from the labels of other pairs, so that it knows the data set's alone."""
        return BASELINES[self.rule].learns

    @property
    def answered_by(self) -> str:
        return self.rule


class ReplayJudge(_Entry):
    """Recorded predictions: the reference implementation's .npz files (with `prefix`), or tables of verdicts.

    Attributes:
        path: a folder of .npz files, a table, or a folder of tables, one or more strategies in each.
        prefix: what the names of the .npz files begin with; None for tables.
        strategy: of a table that does not say it.
        columns: where a table has a column, if not under its own name; in JSON lines a key, or `messages.-1.content`.
        verdicts: what the table says for a1, a2, same, unparsed or failed, if it has other words.
    """

    backend: Literal["replay"]
    path: Filled
    prefix: Filled | None = None
    strategy: Strategy = "s1"
    columns: dict[Column, Text] = {}
    verdicts: Words = {}
    content_blind: bool = False
    live: ClassVar[bool] = False

    @model_validator(mode="after")
    def _columns_are_of_tables(self) -> Self:
        if self.prefix is not None and (self.columns or self.verdicts):
            raise ValueError("columns and verdicts are for tables; remove them, or prefix")
        return self

    @property
    def strategies(self) -> tuple[str, ...]:
        if self.prefix is None:
            return strategies_in(self.recording, self.strategy, self.columns)
        return tuple(sorted({file.strategy for file in self.files}))

    @property
    def files(self) -> list[RecordedFile]:
        """The reference implementation's files that are there; none for tables."""
        return [] if self.prefix is None else recorded_files(self.recording, self.prefix, self.where)

    @property
    def recording(self) -> Path:
        return self.beside_registry(self.path)

    @property
    def answered_by(self) -> str:
        return self.path if self.prefix is None else f"{self.path}/{self.prefix}"


class SubmittedJudge(_Entry):
    """Answers that a participant handed in: in no registry file, known from the register of submissions.

    Attributes:
        content: hash of the accepted file.
    """

    backend: Literal["submission"] = "submission"
    content: str
    content_blind: bool = False
    live: ClassVar[bool] = False
    strategies: ClassVar[tuple[str, ...]] = ("s1",)

    @classmethod
    def handed_in(cls, name: str, content: str, register: Path) -> SubmittedJudge:
        judge = cls(name=name, content=content)
        judge._file = register
        return judge

    @property
    def where(self) -> str:
        return f'submitted judge "{self.name}"'

    @property
    def answered_by(self) -> str:
        return f"submission {self.content[:12]}"


class ModelJudge(_Entry):
    """A language model; `inputs` says which media of a clip it is given. A backend's entry is a subclass.

    Attributes:
        inputs: media it is given; none makes it a judge of texts alone, which counts as content-blind.
        frames: frames taken of a video, evenly spread; `fps` instead takes so many a second.
        max_side: frames are scaled down to this many pixels on their longer side.
        audio_rate: samples a second.
        external: the judge in this registry that answers strategies 3 and 4 from this judge's descriptions.
        prompts: the set of templates that its questions are made of, those to its external model too; None is ours.
        system: a system message, said before every question.
        read: how answers are read: option log-probabilities, or generated replies.
        chat_template_kwargs: what the model's chat template is told beside the messages, such as enable_thinking.
        temperature: 0 is greedy; None, written `default`, is the endpoint's own: none is sent.
        price_in, price_out: money for a million tokens.
        price_cached: for a million prompt tokens that the endpoint had cached; None is `price_in`.
    """

    if TYPE_CHECKING:
        backend: str
    model: Filled
    inputs: tuple[Literal["video", "audio"], ...] = ()
    frames: int | None = Field(default=None, ge=1)
    fps: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    max_side: int = Field(default=448, ge=28)
    audio_rate: int = Field(default=16_000, ge=8_000)
    external: Name | None = None
    prompts: Literal["paper", "options-last"] | None = None
    system: Filled | None = None
    read: Literal["options", "reply"] = "options"
    chat_template_kwargs: Annotated[dict[str, JsonValue], without(TEMPLATE_KEYS)] = {}
    max_new_tokens: int = Field(default=512, ge=1)
    temperature: Temperature = 0.0
    top_p: float = Field(default=1.0, gt=0, le=1)
    price_in: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    price_out: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    price_cached: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    # Whether it replies in words, or at least scores options as answers; else it only compares texts.
    writes: ClassVar[bool] = True
    _external_writes: bool = PrivateAttr(default=True)

    @model_validator(mode="after")
    def _each_medium_is_taken_once(self) -> Self:
        if {"frames", "fps"} <= self.model_fields_set:
            raise ValueError("give frames or fps, not both")
        if len(set(self.inputs)) < len(self.inputs):
            raise ValueError("inputs names a medium twice; give each once")
        return self

    @property
    def content_blind(self) -> bool:
        return not self.inputs

    @property
    def answered_by(self) -> str:
        return self.model

    @property
    def external_writes(self) -> bool:
        """Whether its external model, if it has one, `writes`."""
        return self._external_writes

    @property
    def clips_at_once(self) -> int:
        """Clips whose questions are put together: so many are decoded ahead and held in memory."""
        return 32

    @property
    def at_once(self) -> int:
        """How many calls may be under way at the same time."""
        return 1

    def loading_version(self) -> str:
        """Changes when another model, or the same one in another way, has to be loaded."""
        return self.model_dump_json(exclude=ASKING_KEYS) + str(self.beside_registry(self.model))

    @property
    def scores_text(self) -> bool:
        """Whether it gives the log-probability of any text, as strategy 5 needs."""
        return True

    @property
    def strategies(self) -> tuple[str, ...]:
        return tuple(name for name, strategy in STRATEGIES.items() if strategy.step.fits(self))

    def identity(self) -> dict[str, Any]:
        """What besides the question determines the answers of a plugin's backend: override it where more does.

        By default the model's name and the keys that the backend's entry has of its own.
        """
        own = self.model_dump(mode="json", exclude=ModelJudge.model_fields.keys() | DESCRIPTIVE_KEYS)
        return {"model": self.model} | own

    @property
    def samplings(self) -> tuple[VideoSampling | AudioSampling, ...]:
        """How each of `inputs` is taken."""
        frames = self.frames if self.fps else self.frames or 8
        video, audio = VideoSampling(frames, self.fps, self.max_side), AudioSampling(self.audio_rate)
        samplings: dict[str, VideoSampling | AudioSampling] = {"video": video, "audio": audio}
        return tuple(samplings[kind] for kind in self.inputs)


class LocalJudge(ModelJudge):
    """A model run in this process, with weights in a folder."""

    if TYPE_CHECKING:
        gguf: str | None
        dtype: str

    @model_validator(mode="after")
    def _temperature_is_known(self) -> Self:
        if self.temperature is None:
            raise ValueError("temperature: default is for endpoints; give a number, 0 for greedy replies")
        return self


class TransformersJudge(LocalJudge):
    """A language model run in this process by Hugging Face transformers.

    Attributes:
        dtype: of the weights in memory; `auto` is what the folder's config.json says. Where the registry does not say
            it, `float32` identifies the answers, and on a GPU the weights are loaded as bfloat16.
        gpus: on each of so many the model is loaded, or over so many it is spread if one cannot hold it.
        video_as: `frames` gives each sampled frame as an image of its own, as models for images alone need it.
        audio_in_video: whether the sound stands between the frames that it belongs to, not behind the video.
        adapter: a folder of LoRA weights (peft), merged into the model's; found as `model` is.
        attn_implementation: how attention is computed; None is what transformers takes for the model.
    """

    backend: Literal["transformers"]
    gguf: str | None = None
    dtype: Literal["float32", "bfloat16", "float16", "auto"] = "float32"
    video_as: Literal["frames"] | None = None
    audio_in_video: bool = False
    adapter: Filled | None = None
    attn_implementation: Attention | None = None
    batch_size: int = Field(default=8, ge=1)
    gpus: int = Field(default=1, ge=1)
    trust_remote_code: bool = False

    @property
    def says_dtype(self) -> bool:
        return "dtype" in self.model_fields_set

    @property
    def clips_at_once(self) -> int:
        return self.batch_size if self.inputs else 8 * self.batch_size

    def loading_version(self) -> str:
        adapter = self.beside_registry(self.adapter) if self.adapter else ""
        return f"{super().loading_version()} {adapter} {self.says_dtype}"

    @model_validator(mode="after")
    def _sound_in_video_needs_both(self) -> Self:
        if self.audio_in_video and ({*self.inputs} != {"video", "audio"} or self.video_as):
            raise ValueError("audio_in_video needs inputs: [video, audio], and no video_as")
        return self


class VllmJudge(LocalJudge):
    """A language model run in this process by vLLM.

    Attributes:
        max_model_len: tokens of a question and its answer; None is what the GPU has room for.
        max_num_batched_tokens: read in one step. Strategy 5 needs memory for as many rows of the vocabulary's size,
            which vLLM does not foresee.
    """

    backend: Literal["vllm"]
    gguf: str | None = None
    dtype: Literal["float32", "bfloat16", "float16", "auto"] = "bfloat16"
    max_model_len: int | None = Field(default=None, ge=128)
    max_num_batched_tokens: int = Field(default=2048, ge=1)
    tensor_parallel_size: int = Field(default=1, ge=1)
    gpu_memory_utilization: float = Field(default=0.9, gt=0, le=1)
    enforce_eager: bool = False
    trust_remote_code: bool = False

    @property
    def clips_at_once(self) -> int:
        return 64


class EndpointJudge(ModelJudge):
    """A model behind an endpoint.

    Attributes:
        base_url: ends in /v1, mostly. Several, that serve the same model, are asked in turn.
        revision: names what the endpoint serves; answers are kept when only the address changes.
        key_variable: the environment variable that holds the key; needless on this machine. Nobody but the vendor
            is sent a key that is not named.
        logprobs: whether the endpoint gives log-probabilities; without them replies are read.
        extra_body: what else stands in each request's body, such as reasoning_effort.
        video_as: `frames` sends the sampled frames as images, `video` the file itself.
        concurrency: questions under way at once.
        requests_per_minute: to each endpoint; None is no limit of ours.
        timeout: seconds for one question.
    """

    backend: Literal["openai", "gemini"]
    base_url: Text | Annotated[tuple[Text, ...], Field(min_length=1)] = "https://api.openai.com/v1"
    revision: Text | None = None
    key_variable: Variable = "OPENAI_API_KEY"
    logprobs: bool = False
    extra_body: Annotated[dict[str, JsonValue], without(BODY_KEYS)] = {}
    video_as: Literal["frames", "video"] = "frames"
    concurrency: int = Field(default=8, ge=1)
    requests_per_minute: int | None = Field(default=None, ge=1)
    timeout: float = Field(default=120.0, gt=0)
    read: Literal["options", "reply"] = "reply"
    _vendor: ClassVar[str] = "api.openai.com"

    @property
    def scores_text(self) -> bool:
        return False

    @model_validator(mode="after")
    def _key_is_named(self) -> Self:
        elsewhere = [] if self.sends_key else [host for host in self._hosts if host and host not in LOOPBACK]
        if elsewhere:
            raise ValueError(f"give key_variable: the environment variable that holds the key for {elsewhere[0]}")
        return self

    @model_validator(mode="after")
    def _what_several_serve_is_named(self) -> Self:
        if len(self.base_urls) > 1 and not self.revision:
            raise ValueError("give revision: the name of what all endpoints of base_url serve")
        if len(set(self.base_urls)) < len(self.base_urls):
            raise ValueError("an address stands twice in base_url; give each once")
        return self

    @property
    def at_once(self) -> int:
        return self.concurrency

    @property
    def base_urls(self) -> tuple[str, ...]:
        return (self.base_url,) if isinstance(self.base_url, str) else self.base_url

    @property
    def sends_key(self) -> bool:
        return "key_variable" in self.model_fields_set or set(self._hosts) == {self._vendor}

    @property
    def _hosts(self) -> list[str | None]:
        return [urlsplit(url).hostname for url in self.base_urls]

    @model_validator(mode="after")
    def _options_need_log_probabilities(self) -> Self:
        if self.read == "options" and not self.logprobs:
            raise ValueError("read: options needs logprobs: true")
        return self


class OpenaiJudge(EndpointJudge):
    """A model behind an OpenAI-compatible endpoint.

    Attributes:
        batch_price_factor: what a call in a batch costs, of what it costs alone.
    """

    backend: Literal["openai"]
    batch_price_factor: float = Field(default=0.5, ge=0, le=1)


class GeminiJudge(EndpointJudge):
    """A Gemini model, asked through Google's own client: it is sent the clip's file, and takes `fps` frames a second.

    Attributes:
        base_url: without the version of the API.
        extra_body: such as `{generationConfig: {thinkingConfig: {thinkingBudget: 0}}}`.
    """

    backend: Literal["gemini"]
    base_url: Text | Annotated[tuple[Text, ...], Field(min_length=1)] = "https://generativelanguage.googleapis.com"
    key_variable: Variable = "GEMINI_API_KEY"
    video_as: Literal["video"] = "video"
    # What Gemini takes where nobody says.
    fps: float = Field(default=1.0, gt=0, le=24)
    _vendor: ClassVar[str] = "generativelanguage.googleapis.com"

    @model_validator(mode="after")
    def _takes_the_file(self) -> Self:
        if given := {"frames", "max_side", "chat_template_kwargs"} & self.model_fields_set:
            raise ValueError(f"backend gemini knows no {min(given)}; remove it. Frames are taken by fps")
        config = [value for key, value in self.extra_body.items() if key in ("generationConfig", "generation_config")]
        told = {to_camel(key) for part in config if isinstance(part, dict) for key in part}
        if taken := sorted(GEMINI_KEYS & told):
            raise ValueError(f"generationConfig may not hold {taken[0]}, which follows from the judge's other keys")
        return self


Judge = RulesJudge | ReplayJudge | SubmittedJudge | ModelJudge


@dataclass(frozen=True)
class Registry:
    """The judges of one file, in its order."""

    file: Path
    judges: tuple[Judge, ...]

    @property
    def names(self) -> list[str]:
        return [judge.name for judge in self.judges]

    def __getitem__(self, name: str) -> Judge:
        for judge in self.judges:
            if judge.name == name:
                return judge
        raise EmopreferError(f'{self.file.name} has no judge "{name}". Known judges: {", ".join(self.names)}.')

    def taking_part(self, data_dir: Path) -> tuple[Judge, ...]:
        """The judges that are not retired and fit the data set in `data_dir`."""
        return tuple(judge for judge in self.judges if not judge.retired and judge.fits(data_dir))
