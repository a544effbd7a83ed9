"""What is trained on: the sample's emotions, phrases and drawing, with other people, voices and sentences."""

from __future__ import annotations

import colorsys
import random
from dataclasses import replace

from synthesis.faces import LOOKS, Colour, Looks
from synthesis.scenarios import CARRIERS, EMOTIONS, NEUTRAL_LINES, SPEAKERS, Scenario, make_scenario

# espeak-ng's accents and speakers; the sample has en and cmn with m3 and f2.
ACCENTS = ("en-us", "en-gb-scotland", "en-gb-x-rp", "en-029")
VARIANTS = ("m1", "m2", "m4", "m5", "m6", "m7", "f1", "f3", "f4", "f5")

FIRST = (
    "Peter",
    "Clara",
    "Ivan",
    "Ruth",
    "Noor",
    "Liam",
    "Zoë",
    "Emeka",
    "Greta",
    "Pablo",
    "Hannah",
    "Diego",
    "Aisha",
    "Björn",
    "Chloé",
    "Mary-Ann",
    "Kofi",
    "Ingrid",
    "Raj",
    "Elena",
    'Sam "Red"',
    "Yusuf",
    "Nina",
    "Otto",
)
LAST = (
    "Brandt",
    "Okafor",
    "Larsson",
    "Costa",
    "D'Angelo",
    "Novák",
    "Haddad",
    "Moreau",
    "Fischer",
    "Ivanova",
    "Smith",
    "Tanaka",
    "Öztürk",
    "Quinn",
    "Adeyemi",
    "Lindqvist",
    "Rossi",
    "McKay",
    "Petrov",
    "Jiménez",
)
CHINESE_NAMES = ("刘洋", "孙丽华", "胡军", "林芳", "郑爽", "吴建国", "徐静", "马超", "朱红", "何伟", "高敏", "罗兰")
SUBJECTS = (
    "My brother",
    "The neighbour",
    "Her dog",
    "This letter",
    "The bus",
    "Our teacher",
    "Nobody",
    "The old man",
    "That box",
    "A friend of mine",
    "The doctor",
    "Someone",
    "The new one",
    "Your cousin",
    "The blue car",
)
DOINGS = (
    "came back",
    "has been here",
    "left early",
    "fell down",
    "waits",
    "stood",
    "was found",
    "moved away",
    "went home",
    "sat down",
    "was sold",
    "stopped",
    "goes there",
    "stayed",
    "turned around",
)
PLACES = (
    "on Monday",
    "by the river",
    "after lunch",
    "near the station",
    "in the garden",
    "again",
    "before the rain",
    "with a bag",
    'for "an hour"',
    "at the market",
    "behind the school",
    "without a word",
    "this morning",
    "from the north",
)
CHINESE_LINES = (
    "我把钥匙放在桌子上。",
    "他们住在河边。",
    "这本书是谁的？",
    "请把窗户关上。",
    "我们昨天去了市场。",
    "外面下雨了。",
    "她的车停在门口。",
    "你吃过饭没有？",
    "老师还没有来。",
    "信已经寄出去了。",
    "我在车站等你。",
    "那只猫又跑了。",
    "电话一直在响。",
    "灯怎么还亮着？",
)


def scene(number: int, dice: random.Random) -> Scenario:
    """Any scenario of the kinds in the sample, in the same shares."""
    carrier = dice.choices(list(CARRIERS), list(CARRIERS.values()))[0]
    made = make_scenario(f"train_{number}", name(dice), carrier, dice.choice(EMOTIONS), dice.randrange(3), dice)
    return replace(made, line=line(dice))


def name(dice: random.Random) -> str:
    """A speaker who is not in the sample; now and then one whose name is nothing but letters."""
    kind = dice.random()
    if kind < 0.3:
        return dice.choice(CHINESE_NAMES)
    if kind < 0.4:
        return "".join(chr(dice.randrange(0x4E00, 0x9FA5)) for _ in range(dice.choice((2, 3))))
    if kind < 0.5:
        return " ".join("".join(dice.choices("abcdefghijklmnopqrstuvwxyzéüñß", k=5)).title() for _ in range(2))
    return f"{dice.choice(FIRST)} {dice.choice(LAST)}"


def line(dice: random.Random) -> str:
    """A sentence that is not in the sample; any is spoken with any voice."""
    if dice.random() < 0.25:
        return dice.choice(CHINESE_LINES)
    words = [dice.choice(SUBJECTS), dice.choice(DOINGS), dice.choice(PLACES)]
    if dice.random() < 0.3:
        words.append(dice.choice(PLACES))
    return " ".join(words) + dice.choice(".!?")


def _looks() -> Looks:
    """Colours of skin, hair, clothes and walls, and widths of heads, that the sample does not have."""
    dice = random.Random(20261124)

    def shades(
        hues: tuple[float, float], saturations: tuple[float, float], values: tuple[float, float]
    ) -> list[Colour]:
        drawn = [
            tuple(
                round(255 * part)
                for part in colorsys.hsv_to_rgb(*(dice.uniform(*a) for a in (hues, saturations, values)))
            )
            for _ in range(60)
        ]
        taken = LOOKS.skin + LOOKS.hair + LOOKS.clothes + LOOKS.walls
        return [one for one in drawn if all(max(abs(a - b) for a, b in zip(one, t, strict=True)) > 8 for t in taken)]

    return Looks(
        skin=tuple(shades((0.05, 0.09), (0.2, 0.6), (0.5, 1.0))[:24]),
        hair=tuple(shades((0.0, 0.12), (0.05, 0.7), (0.06, 0.7))[:24]),
        clothes=tuple(shades((0.0, 1.0), (0.05, 0.6), (0.25, 0.7))[:24]),
        walls=tuple(shades((0.0, 1.0), (0.0, 0.1), (0.82, 0.97))[:24]),
        head_width=(0.86, 0.915),
    )


TRAINING_LOOKS = _looks()
SAMPLES_OWN = (*SPEAKERS, *NEUTRAL_LINES, *(line for emotion in EMOTIONS for line in emotion.lines))
