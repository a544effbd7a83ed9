"""How many words of a description name an emotion."""

from __future__ import annotations

import re
from functools import lru_cache

# Our own list of stems, for a baseline and not for an analysis: words that name an emotion or a feeling's quality.
STEMS = """
admir afraid amus anger angry anguish annoy anxi apath apprehens asham astonish awe bitter bored calm cheer composed
concern confus contempt content curious defian delight depress despair despis determin disappoint disbelie disdain
disgust dismay displeas distress dread eager ecsta embarrass emotion enthusias excit exhilarat fear fond frighten
frustrat furious glad gloom grat grief guilt happ hate hatred heartbr helpless hope horror hostil hurt impatien
indifferen indignan irritat jealous joy lonel loneliness love melanchol mock mourn nervous neutral optimis outrag
overwhelm pain panic passion peace pessimis pleas pride proud rage regret relax relief reliev resent resign resolut sad
sarcas satisf scared serious shame shock sorrow stress surpris suspic sympath tender tens terrif terror thrill tranquil
unease uneasy unhapp upset worr wrath
"""
CHINESE = """
高兴 开心 快乐 愉快 喜悦 兴奋 悲伤 难过 伤心 沮丧 失望 愤怒 生气 恼火 害怕 恐惧 担心 担忧 焦虑 紧张 惊讶 震惊 厌恶 轻蔑
鄙视 羞愧 内疚 骄傲 自豪 平静 冷静 无奈 绝望 孤独 痛苦 感动 满意 不满 怀疑 疑惑 困惑 激动 委屈
"""
_WORD = re.compile(r"\w+")
_NAMES_AN_EMOTION = re.compile(rf"\b(?:{'|'.join(STEMS.split())})\w*|{'|'.join(CHINESE.split())}", re.IGNORECASE)


def count_emotion_words(text: str) -> int:
    """How often words of emotion stand in `text`, English by their stems, Chinese as they are."""
    return _in_text(text)


# Several tables count in the same descriptions.
@lru_cache(maxsize=2**16)
def _in_text(text: str) -> int:
    return sum(map(_in_word, _WORD.findall(text)))


# Descriptions repeat their words: a word is looked up far faster than it is compared with all stems.
@lru_cache(maxsize=2**16)
def _in_word(word: str) -> int:
    return len(_NAMES_AN_EMOTION.findall(word))
