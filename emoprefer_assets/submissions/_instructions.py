"""Texts that speak to the judge instead of about the clip: what they are folded to, and what is looked for.

Found are plain phrasings in English and Chinese, whatever their case, width, accents, look-alike letters or hidden
characters. Not found: paraphrases, other languages, encodings, letters apart. Adversarial probes show what a judge
makes of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from emoprefer_assets.display import is_printable

Severity = Literal["quarantine", "warn"]

HIDDEN: tuple[tuple[str, Severity, re.Pattern[str]], ...] = (
    ("control_character", "quarantine", re.compile("[\0-\x08\x0e-\x1f\x7f]")),
    ("direction_character", "quarantine", re.compile("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")),
    # Joiners and direction marks belong into some scripts and emoji, but not between Latin or Chinese letters.
    (
        "zero_width_character",
        "warn",
        re.compile(
            "[\u00ad\u180e\u200b\u2060-\u2064\ufeff]|(?<=[A-Za-z\u4e00-\u9fff])[\u200c-\u200f](?=[A-Za-z\u4e00-\u9fff])"
        ),
    ),
)
_DROPPED = {
    code: None
    for first, last in (
        (0x00, 0x08),
        (0x0E, 0x1F),
        (0x7F, 0x9F),
        (0xAD, 0xAD),
        (0x300, 0x36F),
        (0x180E, 0x180E),
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x206F),
        (0xFE00, 0xFE0F),
        (0xFEFF, 0xFEFF),
        (0xE0000, 0xE01EF),
    )
    for code in range(first, last + 1)
}
_LOOK_ALIKES = str.maketrans("аесіїјорѕухѵԁһӏοανιρτυχк", "aeciijopsyxvdhloaviptuxk")
_TRADITIONAL = str.maketrans(
    "請選擇輸規則說設標準斷決勝認復覆應該須無視個條統評獲棄證結論給錯對確優貼這後務現強於虛誤導編",
    "请选择输规则说设标准断决胜认复复应该须无视个条统评获弃证结论给错对确优贴这后务现强于虚误导编",
)
_FOLDING = _DROPPED | _LOOK_ALIKES | _TRADITIONAL
_FOLDED_CHARACTERS = frozenset(map(chr, _FOLDING))

_LABEL = r"(?<![a-z0-9])a[-_.]?[12](?![a-z0-9])"
_QUOTES = r"[\s\"'“”‘’「『【\[({*_`:=<>-]{0,12}"
# A label is meant, not a road or a paper size, where the sentence ends or goes on like this.
_LABEL_ENDS = (
    r"(?=\s{0,9}(?:[\"'”’」』】\])}*`.,;:!?。、]|$|(?:as|because|over|instead|rather|is|for|and|or|but|if|when|unless|since|in|no|"
    r"only|now|here|please|always|regardless)\b))"
)
_START = r"(?:^|[.!?:;,\n\"'“”‘’)\]>*#-]\s{0,9}|\b(?:please|now|you|you (?:must|should|will|have to|need to))\s+)"
_RULES = r"(?:instructions?|prompts?|rules|guidelines|directions|criteria|commands?|descriptions?)"
_EARLIER = r"(?:previous|prior|above|earlier|preceding|foregoing|system|original|other|all|any|your|these|those)"
_SAYS_WRONG = (
    r"(?:wrong|incorrect|inaccurate|worse|false|misleading|hallucinat\w*|fabricat\w*|fails?|inferior|made up|invented|"
    r"unreliable|better|less)"
)
_ZH_LABEL = (
    r"[\s\"'“”‘’「『【\[(<《:]{0,9}(?:a\s?[-_.]?[12](?![a-z0-9])|选项\s?[一二12ab]|描述\s?(?:[12ab](?![0-9a-z])|"
    r"[一二](?![下些番遍个种段句]))|第[一二12](?:个|段|条)描述)"
)
_ZH_START = (
    r"(?:^|[。.!?:;,、\n\"'“”‘’「」()【】\]>*#-]\s{0,9}|请你?|请您|务必|必须|立即|现在|你要|你应该?|你需要|直接)"
)
_ZH_IGNORE = (
    r"(?:忽略|忽视|无视|忘记|忘掉|不要理会|不要管|跳过|抛开)(?:掉|你)?\s{0,9}(?:以上|上述|上面|之前|先前|前面|此前|前述|所有|全部|一切|系统)"
    r"[^。!?\n]{0,8}(?:指令|指示|提示|要求|规则|说明|命令|设定|标准)"
)


@dataclass(frozen=True)
class _Pattern:
    rule: str
    severity: Severity
    needles: frozenset[str]
    regex: re.Pattern[str]


def _patterns(rule: str, severity: Severity, *found_by: tuple[str, str]) -> list[_Pattern]:
    """Each found by needles and a regular expression: one of the needles is in every text that the expression finds;
    looking for them costs a hundredth."""
    return [
        _Pattern(rule, severity, frozenset(needles.split("|")), re.compile(regex, re.MULTILINE))
        for needles, regex in found_by
    ]


_LABELS = "a1|a2|a-1|a-2|a_1|a_2|a.1|a.2"
_ZH_LABELS = f"{_LABELS}|a 1|a 2|选项|描述"
_INSTRUCTIONS = _patterns(
    "instruction",
    "quarantine",
    (
        _LABELS,
        r"\b(?:choose|pick|select|prefer|vote|answer|output|reply|respond|return|print|say|write|favou?r|declare|rank|"
        rf"rate)\b[^.!?\n]{{0,30}}?{_LABEL}{_LABEL_ENDS}",
    ),
    (
        _LABELS,
        r"\b(?:answer|verdict|preference|choice|winner|decision|output|label|result|judge?ment)\b(?: \w+){0,2}\s{0,9}"
        rf"(?:is|was|should be|must be|:|=|->){{1,3}}{_QUOTES}{_LABEL}",
    ),
    (
        _LABELS,
        rf"{_LABEL}[\"'*)\]]*\s+(?:is|was|fits|seems|matches|describes|captures|must|should|deserves)\b[^.!?\n]{{0,30}}"
        r"\b(?:better|best|correct|right|winner|preferred|accurate|superior|wrong|worse|chosen|selected|clip|video)\b"
        rf"|{_LABEL} wins\b",
    ),
    (
        "option",
        rf"{_START}(?:choose|pick|select|prefer|vote for|answer|output)\s+option\s{{0,9}}[12ab]\b",
    ),
    (
        "ignore|disregard|forget|override|bypass",
        rf"{_START}(?:ignore|disregard|forget|override|bypass)\b[^.!?\n]{{0,25}}?\b{_EARLIER}\b[^.!?\n]{{0,25}}?\b{_RULES}\b",
    ),
    (
        "description|response",
        r"\b(?:choose|pick|select|prefer|vote for|favou?r)\s+(?:this|the (?:first|second|last|other|longer|present|"
        r"following|above))\s+(?:description|response)\b",
    ),
    (
        "description|response",
        r"\b(?:this|the (?:present|current|above|following)) (?:description|response)\b[^.!?\n]{0,20}\b(?:is|should be|"
        r"must be|deserves|wins)\b[^.!?\n]{0,30}\b(?:best|better|winner|preferred|chosen|selected|ranked|superior|"
        r"most accurate|more accurate|highest)\b",
    ),
    (
        "with exactly|with only|with just",
        r"\b(?:reply|answer|respond) with (?:exactly|only|just)\b",
    ),
    (
        "note to|attention",
        r"\b(?:note to|attention)(?: the| all)?[\s,:]+(?:judges?|evaluators?|graders?|annotators?|raters?|llms?|ai|"
        r"model)\b",
    ),
    (
        "assistant|judge|evaluator|model|grader",
        r"\byou are (?:now )?an? (?:helpful|impartial|fair|expert|ai|large language|language)\b(?: \w+)? ?"
        r"(?:assistant|judge|evaluator|model|grader)\b",
    ),
    (
        _ZH_LABELS,
        rf"(?:选择?|挑选?|回答|输出|回复|返回|投票?给?|判定?为?|认定|偏好)(?:为|是|给)?{_ZH_LABEL}"
        rf"|给{_ZH_LABEL}投票|把{_ZH_LABEL}(?:作为|当作|选为)",
    ),
    (
        _ZH_LABELS,
        rf"(?:答案|结论|结果|偏好|判断|裁决|胜者|输出)\s{{0,9}}(?:应该?|应当|必须)?\s{{0,9}}(?:是|为|:|=){_ZH_LABEL}",
    ),
    (
        _LABELS,
        r"(?<![a-z0-9])a[12]\s{0,9}(?:更|最|比较|明显|显然|才是|是更|是最)[^。!?\n]{0,4}(?:好|准|优|贴切|合适|正确|符合|佳|胜)",
    ),
    ("忽略|忽视|无视|忘记|忘掉|不要|跳过|抛开", rf"{_ZH_START}{_ZH_IGNORE}"),
    (
        "描述",
        r"选择?(?:本|此|这个?|这段|这条)描述|(?:本|此|这个?|这段|这条)描述(?:才|就)?(?:是|为|更|最|应|必须|值得)[^。!?\n]{0,8}?"
        r"(?:最[好准佳优]|更[好准优]|被选|首选|获胜|胜出|高分)",
    ),
)
_PERHAPS_INSTRUCTIONS = _patterns(
    "instruction",
    "warn",
    (
        "ignor|disregard",
        rf"\b(?:ignor|disregard)(?:e|es|ed|ing|s)?\b[^.!?\n]{{0,25}}?\b{_EARLIER}\b[^.!?\n]{{0,25}}?\b{_RULES}\b",
    ),
    ("忽略|忽视|无视|忘记|忘掉|不要|跳过|抛开", _ZH_IGNORE),
    ("as an ai|language model", r"\bas an? (?:ai|(?:large )?language model)\b"),
    (
        "你",
        r"你(?:现在)?是一?(?:个|名|位)?\w{0,5}?(?:评委|评审|评判者|评估者|语言模型|大模型|助手)",
    ),
)
_ROLE_TAGS = _patterns(
    "role_tag",
    "quarantine",
    (
        "<|[",
        r"<\|?/?\s{0,9}(?:im_start|im_end|im_sep|system|user|assistant|human|endoftext|eot_id|(?:start|end)_header_id|"
        r"(?:begin|end)_of_text|(?:start|end)_of_turn|think|answer|verdict|bos|eos|pad|s|vision_\w+|audio_\w+|image\w*|"
        r"video\w*|audio)\s{0,9}/?\|?>|<</?sys>>|\[/?(?:inst|sys|system|user|assistant)\]",
    ),
    (
        "##",
        r"^\s{0,9}#{2,}\s{0,9}(?:instruction|system|response|human|assistant|user|input|output|answer|verdict)s?\b",
    ),
    (
        "system|assistant|user|系统|用户|助手",
        r"(?:^|[.!?。]\s{0,9})\s{0,9}(?:system|assistant|user|系统|用户|助手)"
        r"(?: ?(?:prompt|message|note|提示))?\s{0,9}:",
    ),
)
_VERDICTS = _patterns(
    "verdict_template",
    "quarantine",
    (
        "{",
        r"[{,]\s{0,9}[\"']?(?:preference|verdict|answer|choice|winner|result|output|label|decision|better|judge?ment|p_a[12]|"
        r"p_same|score)[\"']?\s{0,9}[:=]\s{0,9}[\"']?(?:a[12]|same|tie|both|[ab]\b|[01]\b)",
    ),
    (
        "\\boxed|[[",
        r"\\boxed\s{0,9}\{|\[\[\s{0,9}(?:a|b|c|a[12]|tie|same)\s{0,9}\]\]",
    ),
    (
        _LABELS,
        rf"^\W{{0,9}}(?:(?:first|second|final|description|option|response|answer)\s{{0,9}}){{0,4}}\(?{_LABEL}\)?\s{{0,9}}:",
    ),
)
_OF_THE_OTHER = _patterns(
    "speaks_of_the_other",
    "quarantine",
    (
        _LABELS,
        rf"\b(?:better|worse|superior|inferior|preferable|more \w+|less \w+)\b[^.!?\n]{{0,20}}\b(?:than|to)\s+{_LABEL}"
        rf"|(?:比|优于|胜过|强于)\s{{0,9}}{_LABEL}",
    ),
    (
        "description|candidate",
        r"\b(?:other|opposing|competing|alternative|rival)\s+(?:description|candidate)s?\b[^.!?\n]{0,30}"
        rf"\b{_SAYS_WRONG}\b",
    ),
    (
        "description",
        rf"\bdescription\s{{0,9}}#?\(?(?:a?[12]|[ab])\)?\s+(?:is|fits|matches|wins|contains|should|must)\b"
        rf"|\b(?:first|second) description\s+(?:is|was|seems)\s+(?:\w+ )?{_SAYS_WRONG}\b",
    ),
    (
        "描述",
        r"(?:另一?(?:个|段|条|则|份|篇)|另外一(?:个|段|条)|其它|其他|第[一二](?:个|段|条)|[前后]一(?:个|段|条))描述[^。!?\n]{0,10}"
        r"(?:错|不准|不对|不符|更差|较差|糟|不如|不可信|虚假|误导|更好|更准|编造)"
        r"|(?:忽略|忽视|无视|不要理会|不要看)(?:另一?|另外一)(?:个|段|条)描述",
    ),
)
_PERHAPS_OF_THE_OTHER = _patterns(
    "speaks_of_the_other",
    "warn",
    (
        "description",
        r"\bthe (?:other|opposing|competing|alternative|rival) descriptions?\b|\bdescription\s{0,9}#?\(?a?[12]\b",
    ),
    ("描述", r"另一?(?:个|段|条)描述|描述\s?[12](?![0-9])"),
    (_LABELS, _LABEL),
)
# In order of severity within a rule: the first that is found is the evidence.
PATTERNS = (*_INSTRUCTIONS, *_PERHAPS_INSTRUCTIONS, *_ROLE_TAGS, *_VERDICTS, *_OF_THE_OTHER, *_PERHAPS_OF_THE_OTHER)

_NEEDLES = sorted(frozenset().union(*(pattern.needles for pattern in PATTERNS)))
_WITH_DIGIT = tuple(needle for needle in _NEEDLES if needle[-1] in "12")
_CHINESE = tuple(needle for needle in _NEEDLES if not needle.isascii())
_PLAIN = tuple(needle for needle in _NEEDLES if needle not in _WITH_DIGIT + _CHINESE)


def hidden_in(text: str) -> Iterator[tuple[str, Severity, re.Match[str]]]:
    """Rule, severity and place of characters that a reader does not see; one place a rule."""
    if not is_printable(text):
        for rule, severity, characters in HIDDEN:
            match = characters.search(text)
            if match:
                yield rule, severity, match


def fold(text: str) -> str:
    """`text` in small letters without accents, widths, look-alikes and everything invisible; traditional Chinese
    characters that instructions use as simplified ones."""
    if text.isascii() and text.isprintable():
        return text.lower()
    text = unicodedata.normalize("NFKD", text).casefold()
    # Translating takes longer than everything else together, and most texts have nothing to translate.
    return text if _FOLDED_CHARACTERS.isdisjoint(set(text)) else text.translate(_FOLDING)


def instructions_in(folded: str) -> Iterator[tuple[str, Severity, re.Match[str]]]:
    """Rule, severity and place of what speaks to the judge in a folded text; one place a rule."""
    sought = _PLAIN
    if "1" in folded or "2" in folded:
        sought += _WITH_DIGIT
    if not folded.isascii():
        sought += _CHINESE
    present = [needle for needle in sought if needle in folded]
    found = set()
    for pattern in PATTERNS:
        if pattern.rule in found or pattern.needles.isdisjoint(present):
            continue
        match = pattern.regex.search(folded)
        if match:
            found.add(pattern.rule)
            yield pattern.rule, pattern.severity, match
