"""A drawn face for each scenario: brows, eyes, mouth and head follow its face phrase and how strong that is."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from synthesis.scenarios import NEUTRAL, NEUTRAL_FACE, Scenario

SIDE = 224
FPS = 12
STRENGTHS = (0.45, 0.75, 1.0)
FONTS = ("NotoSansCJK-Regular.ttc", "wqy-zenhei.ttc", "NotoSansCJKsc-Regular.otf")
FONT_FOLDERS = (Path("/usr/share/fonts"), Path.home() / ".fonts", Path("/Library/Fonts"))

_SCALE = 2
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Looks:
    """What people can look like; a speaker's name decides what it is.

    Attributes:
        skin, hair, clothes, walls: colours to choose from.
        head_width: least and largest, as a share of the usual one.
    """

    skin: tuple[Colour, ...]
    hair: tuple[Colour, ...]
    clothes: tuple[Colour, ...]
    walls: tuple[Colour, ...]
    head_width: tuple[float, float]


LOOKS = Looks(
    skin=((243, 208, 178), (224, 172, 128), (198, 134, 94), (150, 98, 66), (255, 222, 196)),
    hair=((40, 30, 26), (92, 60, 34), (172, 120, 60), (20, 20, 24), (120, 116, 112)),
    clothes=((66, 98, 146), (150, 70, 70), (70, 120, 84), (110, 90, 140), (90, 90, 96)),
    walls=((222, 228, 234), (234, 228, 216), (216, 230, 220), (228, 220, 232)),
    head_width=(0.92, 1.04),
)


@dataclass(frozen=True)
class Pose:
    """A moment of the face; 0 is neutral throughout, 1 as strong as it gets.

    Attributes:
        brow_inner, brow_outer: how far the brows' ends are lifted (below 0: pulled down).
        brow_uneven: how much higher one brow stands.
        lids: how far the eyes are opened beyond normal; -1 is closed.
        squint: how far the lower lids are raised.
        gaze_x, gaze_y: where the eyes look, to the viewer's right and down.
        corner_left, corner_right: how far the mouth corners are lifted (below 0: drooping).
        mouth_open, mouth_wide: how far the lips are apart, and the mouth is stretched.
        lips_tight, teeth, nostrils, cheeks, tears: how much of each is seen.
        tilt: of the head, in turns of 30 degrees.
        head_x, head_y, size: where the head moves, in tenths of the picture, and how much nearer it comes.
    """

    brow_inner: float = 0
    brow_outer: float = 0
    brow_uneven: float = 0
    lids: float = 0
    squint: float = 0
    gaze_x: float = 0
    gaze_y: float = 0
    corner_left: float = 0
    corner_right: float = 0
    mouth_open: float = 0
    mouth_wide: float = 0
    lips_tight: float = 0
    teeth: float = 0
    nostrils: float = 0
    cheeks: float = 0
    tears: float = 0
    tilt: float = 0
    head_x: float = 0
    head_y: float = 0
    size: float = 0

    def times(self, factor: float) -> Pose:
        return Pose(**{field.name: factor * getattr(self, field.name) for field in fields(self)})

    def plus(self, **more: float) -> Pose:
        return replace(self, **{name: getattr(self, name) + value for name, value in more.items()})


EMOTION_POSES = {
    NEUTRAL: Pose(),
    "happy": Pose(corner_left=0.6, corner_right=0.6, mouth_wide=0.35, squint=0.25, cheeks=0.4, brow_outer=0.1),
    "sad": Pose(corner_left=-0.6, corner_right=-0.6, brow_inner=0.6, brow_outer=-0.25, lids=-0.35, head_y=0.15),
    "angry": Pose(brow_inner=-0.9, brow_outer=0.15, lids=-0.05, squint=0.35, corner_left=-0.3, corner_right=-0.3),
    "fearful": Pose(
        brow_inner=0.75,
        brow_outer=0.15,
        lids=0.5,
        mouth_wide=0.5,
        mouth_open=0.2,
        teeth=0.3,
        corner_left=-0.35,
        corner_right=-0.35,
        head_y=0.1,
        size=-0.05,
    ),
    "surprised": Pose(brow_inner=0.8, brow_outer=0.9, lids=0.5, mouth_open=0.6, mouth_wide=-0.4),
    "contemptuous": Pose(corner_right=0.7, corner_left=-0.1, lids=-0.35, tilt=0.25, brow_uneven=0.4, head_y=-0.1),
}


def _steady(**pose: float) -> Callable[[float], Pose]:
    return lambda _: Pose(**pose)


def _sway(seconds: float, period: float) -> float:
    return math.sin(2 * math.pi * seconds / period)


# What each face phrase adds to its emotion, as a function of the time in seconds.
PHRASE_POSES: dict[str, Callable[[float], Pose]] = {
    NEUTRAL_FACE: _steady(),
    "raised cheeks and a wide smile": _steady(
        cheeks=0.6, corner_left=0.4, corner_right=0.4, mouth_wide=0.6, teeth=0.8, mouth_open=0.25
    ),
    "bright eyes and lifted mouth corners": _steady(
        lids=0.35, squint=-0.2, corner_left=0.3, corner_right=0.3, brow_outer=0.3, brow_inner=0.3
    ),
    "a grin that narrows the eyes": _steady(
        squint=0.8, lids=-0.5, corner_left=0.35, corner_right=0.35, mouth_wide=0.4, teeth=1.0, mouth_open=0.2
    ),
    "lowered eyelids and drooping mouth corners": _steady(lids=-0.35, corner_left=-0.4, corner_right=-0.4, gaze_y=0.6),
    "brows drawn up in the middle": _steady(brow_inner=0.6, brow_outer=-0.3),
    "a bowed head and wet eyes": lambda seconds: Pose(head_y=0.7, tears=1.0, gaze_y=0.7, tilt=0.15 * _sway(seconds, 3)),
    "brows pulled down and tight lips": _steady(brow_inner=-0.4, brow_outer=-0.3, lips_tight=1.0, mouth_wide=-0.2),
    "a hard stare and flared nostrils": _steady(lids=0.35, squint=0.2, nostrils=1.0, size=0.08),
    "a thrust chin and bared teeth": _steady(teeth=1.0, mouth_open=0.45, mouth_wide=0.4, head_y=-0.3, size=0.12),
    "widened eyes and raised, drawn brows": _steady(lids=0.6, brow_inner=0.3, brow_outer=0.2),
    "a stretched mouth and a stiff neck": _steady(mouth_wide=0.7, teeth=0.6, mouth_open=0.15, head_y=-0.2),
    "eyes that dart to the side": lambda seconds: Pose(gaze_x=0.9 if seconds * 2.2 % 1 < 0.5 else -0.7, head_x=0.12),
    "lifted brows and an open mouth": _steady(brow_inner=0.3, brow_outer=0.4, mouth_open=0.5),
    "suddenly round eyes": lambda seconds: Pose(lids=0.9 if seconds > 0.4 else -0.4, mouth_open=-0.25),
    "a backward jerk of the head": lambda seconds: Pose(
        head_y=-0.9 * math.exp(-3 * max(seconds - 0.3, 0)) * (seconds > 0.3), size=-0.12 * (seconds > 0.3), lids=0.2
    ),
    "one raised mouth corner": _steady(corner_right=0.6, corner_left=-0.15, mouth_wide=0.15),
    "half-closed eyes and a tilted head": _steady(lids=-0.25, tilt=0.6),
    "a slow roll of the eyes": lambda seconds: Pose(
        gaze_x=0.9 * _sway(seconds, 2.4), gaze_y=-0.8 * abs(math.cos(math.pi * seconds / 2.4)), lids=0.15
    ),
}


def frames_of(
    scenario: Scenario,
    seconds: float = 2.5,
    fps: int = FPS,
    looks: Looks = LOOKS,
    only: Collection[int] | None = None,
) -> np.ndarray:
    """The scenario's face while its line is spoken, shape (frames, 224, 224, 3), uint8, RGB; the same every time.

    Args:
        only: numbers of the frames to draw; all of them where None.
    """
    person = _Person.of(scenario, looks)
    subtitle = _subtitle(scenario.line)
    poses = enumerate(_poses(scenario, seconds, fps))
    return np.stack([_drawn(person, pose, subtitle) for number, pose in poses if only is None or number in only])


def _poses(scenario: Scenario, seconds: float, fps: int) -> Iterator[Pose]:
    dice = _dice(scenario.name)
    strength = 0.0 if scenario.face_intensity is None else STRENGTHS[scenario.face_intensity]
    blinks = [dice.uniform(0.3, seconds - 0.2) for _ in range(round(seconds / 2))]
    phase = dice.uniform(0, 6)
    for number in range(round(seconds * fps)):
        at = number / fps
        base, phrase = EMOTION_POSES[scenario.face_emotion], PHRASE_POSES[scenario.face](at)
        pose = Pose(
            **{
                field.name: strength * (getattr(base, field.name) + getattr(phrase, field.name))
                for field in fields(Pose)
            }
        )
        # The lips move while there is something to say, about four syllables a second.
        speaking = 0.15 < at < seconds - 0.25
        syllable = max(0.0, math.sin(2 * math.pi * 3.9 * at + phase)) * (0.32 if speaking else 0)
        stiff = 0.2 if "stiff" in scenario.face else 1.0
        pose = pose.plus(
            mouth_open=syllable * (0.5 if pose.lips_tight > 0.3 else 1),
            head_x=0.06 * stiff * _sway(at + phase, 2.7),
            head_y=0.04 * stiff * _sway(at + phase, 1.9),
        )
        if scenario.face_emotion == "fearful":
            pose = pose.plus(head_x=0.05 * strength * _sway(at, 0.17))
        if any(0 <= at - blink < 0.13 for blink in blinks):
            pose = replace(pose, lids=-1.0)
        yield pose


@dataclass(frozen=True)
class _Person:
    """What a speaker looks like, in every clip the same."""

    skin: Colour
    hair: Colour
    clothes: Colour
    wall: Colour
    long_hair: bool
    head_width: float

    @classmethod
    def of(cls, scenario: Scenario, looks: Looks) -> _Person:
        dice = _dice(scenario.speaker)
        colours = [dice.choice(shades) for shades in (looks.skin, looks.hair, looks.clothes)]
        wall = _dice(scenario.name).choice(looks.walls)
        return cls(*colours, wall, dice.random() < 0.5, dice.uniform(*looks.head_width))


def _dice(name: str) -> random.Random:
    return random.Random(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big"))


def _drawn(person: _Person, pose: Pose, subtitle: Image.Image) -> np.ndarray:
    picture = Image.new("RGB", (SIDE * _SCALE, SIDE * _SCALE), person.wall)
    draw = _Draw(picture, pose)
    if person.long_hair:
        draw.oval(0, 4, 48 * person.head_width + 11, 72, person.hair)
    _body(draw, person)
    _head(draw, person, pose)
    for side in (-1, 1):
        _eye(draw, person, pose, side)
    _nose(draw, person, pose)
    _mouth(draw, person, pose)
    small = picture.reduce(_SCALE)
    small.paste(subtitle, (0, SIDE - subtitle.height), subtitle)
    return np.asarray(small)


class _Draw:
    """Shapes in the head's own coordinates: the middle of the face is (0, 0), the chin lies at (0, 62)."""

    def __init__(self, picture: Image.Image, pose: Pose) -> None:
        self._draw = ImageDraw.Draw(picture)
        angle = math.radians(30 * pose.tilt)
        self._cos, self._sin = math.cos(angle), math.sin(angle)
        self._zoom = _SCALE * (1 + pose.size)
        self._x, self._y = SIDE / 2 + 22.4 * pose.head_x, 92 + 22.4 * pose.head_y

    def fixed(self, points: list[tuple[float, float]], colour: Colour) -> None:
        """A shape that does not move with the head, in pixels of the picture."""
        self._draw.polygon([(x * _SCALE, y * _SCALE) for x, y in points], fill=colour)

    def shape(self, points: list[tuple[float, float]], colour: Colour) -> None:
        self._draw.polygon([self._placed(point) for point in points], fill=colour)

    def oval(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        self.shape([(x + width * cos, y + height * sin) for cos, sin in _CIRCLE], colour)

    def line(self, points: list[tuple[float, float]], width: float, colour: Colour) -> None:
        placed = [self._placed(point) for point in points]
        self._draw.line(placed, fill=colour, width=max(1, round(width * _SCALE)), joint="curve")

    def _placed(self, point: tuple[float, float]) -> tuple[float, float]:
        # The head turns about the neck.
        x, y = point[0], point[1] - 60
        turned = (x * self._cos - y * self._sin, x * self._sin + y * self._cos + 60)
        return (self._x * _SCALE + turned[0] * self._zoom, self._y * _SCALE + turned[1] * self._zoom)


_CIRCLE = [(math.cos(math.tau * step / 28), math.sin(math.tau * step / 28)) for step in range(28)]
_DARK, _WHITE = (44, 30, 30), (250, 250, 248)


def _darker(colour: Colour, share: float) -> Colour:
    return tuple(round(part * (1 - share)) for part in colour)


def _body(draw: _Draw, person: _Person) -> None:
    draw.fixed([(18, 224), (34, 184), (84, 164), (140, 164), (190, 184), (206, 224)], person.clothes)
    draw.fixed([(96, 140), (128, 140), (134, 172), (112, 182), (90, 172)], _darker(person.skin, 0.12))


def _head(draw: _Draw, person: _Person, pose: Pose) -> None:
    width = 48 * person.head_width
    draw.oval(0, -8, width + 4, 58, person.hair)
    for side in (-1, 1):
        draw.oval(side * (width - 1), 4, 7, 11, _darker(person.skin, 0.08))
    draw.oval(0, 2, width, 60, person.skin)
    fringe = [(-width + 1, -12), *_curve((-width + 1, -20), (0, -62), (width - 1, -20)), (width - 1, -12)]
    draw.shape([*fringe, *_curve((width - 12, -34), (0, -40), (-width + 12, -34))], person.hair)
    blush = max(0.0, pose.cheeks)
    if blush > 0.1:
        rosy = tuple(
            round(a + (b - a) * 0.45 * min(blush, 1)) for a, b in zip(person.skin, (236, 110, 110), strict=True)
        )
        for side in (-1, 1):
            draw.oval(side * 29, 20 - 3 * blush, 10, 6, rosy)


def _eye(draw: _Draw, person: _Person, pose: Pose, side: int) -> None:
    x, y = side * 20, -6
    open_ = max(0.0, 6.5 * (1 + pose.lids))
    width = 11 + 1.5 * max(0.0, pose.lids)
    low = max(0.8, 6.5 * (1 + max(0.0, 0.6 * pose.lids)) * (1 - 0.75 * max(0.0, min(pose.squint, 1))))
    if open_ < 1.2:
        draw.line([(x - width, y + 1), (x, y + 3), (x + width, y + 1)], 2, _DARK)
    else:
        upper = sorted((x + width * cos, y + open_ * sin) for cos, sin in _CIRCLE if sin <= 1e-9)
        lower = sorted((x + width * cos, y + low * sin) for cos, sin in _CIRCLE if sin >= -1e-9)
        draw.shape([*upper, *reversed(lower)], _WHITE)
        iris_x, iris_y = x + 5.5 * pose.gaze_x, y + 3.2 * pose.gaze_y
        half = min(5.0, max(1.0, (open_ + low) / 2))
        draw.oval(iris_x, iris_y + (low - open_) / 4, 5.2, half, (84, 62, 40))
        draw.oval(iris_x, iris_y + (low - open_) / 4, 2.4, min(2.6, half), (16, 12, 12))
        draw.oval(iris_x + 1.6, iris_y - 1.6, 1.1, 1.1, _WHITE)
        draw.line(upper, 1.8, _DARK)
        draw.line(lower, 1, _darker(person.skin, 0.35))
    uneven = pose.brow_uneven if side > 0 else 0.0
    inner, outer = y - 16 - 8 * pose.brow_inner, y - 15 - 8 * (pose.brow_outer + uneven)
    middle = (inner + outer) / 2 - 3 - 2 * max(0.0, pose.brow_outer + uneven)
    # Drawn brows also come together.
    near = 8.5 - 3 * max(0.0, -pose.brow_inner) - 1.5 * max(0.0, pose.brow_inner - pose.brow_outer)
    draw.line([(side * near, inner), (x - side * 2, middle), (side * 33, outer)], 4.2, _darker(person.hair, 0.25))
    if pose.brow_inner < -0.4 and side > 0:
        for crease in (-1, 1):
            draw.line([(crease * 3, y - 14), (crease * 2.4, y - 7)], 1.3, _darker(person.skin, 0.3))
    if pose.tears > 0.2:
        draw.line([(x - 5, y + low), (x + 5, y + low)], 2.2, (170, 205, 235))
        drop = 8 + 16 * pose.tears
        draw.line([(x + side * 3, y + low + 2), (x + side * 4, y + drop)], 2.6, (150, 195, 235))
        draw.oval(x + side * 4, y + drop, 2.6, 3.6, (150, 195, 235))


def _nose(draw: _Draw, person: _Person, pose: Pose) -> None:
    shade = _darker(person.skin, 0.22)
    draw.line([(-2, -2), (-4, 14), (0, 18)], 1.6, shade)
    for side in (-1, 1):
        draw.oval(
            side * (4.5 + 2 * pose.nostrils),
            17,
            2 + 2 * pose.nostrils,
            1.4 + 1.8 * pose.nostrils,
            _darker(person.skin, 0.5),
        )
        if pose.nostrils > 0.4:
            draw.line([(side * 8, 10), (side * 11, 17), (side * 8, 20)], 1.4, shade)
    if pose.cheeks > 0.3 or pose.corner_right > 0.9:
        for side in (-1, 1):
            if pose.cheeks > 0.3 or side > 0:
                draw.line([(side * 15, 15), (side * 22, 24), (side * 23, 31)], 1.2, shade)


def _mouth(draw: _Draw, person: _Person, pose: Pose) -> None:
    y, half = 37, max(8.0, 17 + 7 * pose.mouth_wide - 5 * max(0.0, pose.mouth_open - 0.3))
    left, right = y - 8 * pose.corner_left, y - 8 * pose.corner_right
    open_ = max(0.0, 15 * pose.mouth_open)
    # Lifted corners sink the middle, drooping ones lift it.
    middle = y + 2.5 * (pose.corner_left + pose.corner_right)
    lip = (178, 84, 84) if sum(person.skin) > 450 else (150, 66, 66)
    upper = _curve((-half, left), (0, middle - 0.25 * open_), (half, right))
    lower = _curve((-half, left), (0, middle + open_), (half, right))
    if open_ > 1.5:
        draw.shape([*upper, *reversed(lower)], (86, 26, 30))
        if pose.teeth > 0.15:
            depth = min(0.75, 0.55 * pose.teeth + 0.15)
            edge = [(x, above + depth * (below - above)) for (x, above), (_, below) in zip(upper, lower, strict=True)]
            draw.shape([*upper, *reversed(edge)], _WHITE)
            if pose.teeth > 0.6:
                for x, above in upper[3:-3:3]:
                    draw.line([(x, above), (x, above + 0.6 * depth * open_)], 0.5, (200, 200, 196))
    thickness = 1.4 if pose.lips_tight > 0.3 else 2.8
    draw.line(upper, thickness, lip)
    draw.line(lower, thickness, lip)
    if pose.lips_tight > 0.3:
        draw.line([(-half, y + 6), (0, y + 8), (half, y + 6)], 1, _darker(person.skin, 0.25))
        for side in (-1, 1):
            draw.line([(side * (half + 2), y - 3), (side * (half + 4), y + 3)], 1.4, _darker(person.skin, 0.3))


def _curve(
    start: tuple[float, float], middle: tuple[float, float], end: tuple[float, float], steps: int = 16
) -> list[tuple[float, float]]:
    """A parabola from `start` to `end` that passes `middle` half way."""
    control = [2 * middle[axis] - (start[axis] + end[axis]) / 2 for axis in (0, 1)]
    points = []
    for step in range(steps + 1):
        t = step / steps
        points.append(
            tuple((1 - t) ** 2 * start[axis] + 2 * t * (1 - t) * control[axis] + t**2 * end[axis] for axis in (0, 1))
        )
    return points


def _subtitle(line: str) -> Image.Image:
    """The words spoken, white on dark, as wide as the picture."""
    font = _font(12)
    lines = _wrapped(line, font, SIDE - 12)
    strip = Image.new("RGBA", (SIDE, 16 * len(lines) + 4), (0, 0, 0, 150))
    draw = ImageDraw.Draw(strip)
    for number, text in enumerate(lines):
        draw.text((SIDE / 2, 2 + 16 * number), text, font=font, fill=(255, 255, 255, 255), anchor="ma")
    return strip


def _wrapped(line: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    words = line.split(" ")
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def font_file() -> Path | None:
    """The first font with Chinese letters that is installed here."""
    return next((file for folder in FONT_FOLDERS for name in FONTS for file in folder.rglob(name)), None)


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    file = font_file()
    if file is None:
        raise SystemExit(
            "No font with Chinese letters for the subtitles. Install Noto Sans CJK (Debian: fonts-noto-cjk)."
        )
    return ImageFont.truetype(str(file), size)
