"""The pictures of the demo: drawn here, by the program, so that nobody's rights are touched and nothing is stored."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

SIZE = (1600, 1000)
SKY, SAND, INK, WATER, GREEN, WARM, LIGHT = "#dcebf2", "#efe6d2", "#22313a", "#3b7f9c", "#5e8c4a", "#c8643c", "#ffffff"
Pen = ImageDraw.ImageDraw


def board(pen: Pen) -> None:
    """A board at a station: three lines of free places."""
    pen.rectangle((0, 760, 1600, 1000), fill="#8b979c")
    pen.rectangle((760, 560, 800, 800), fill=INK)
    pen.rounded_rectangle((420, 160, 1180, 590), 28, fill=INK)
    for line, (free, colour) in enumerate((("24", GREEN), ("07", "#d9a62e"), ("00", WARM))):
        top = 200 + line * 128
        pen.rounded_rectangle((460, top, 560, top + 100), 12, fill="#2f6fb0")
        pen.text((488, top + 12), "P", font_size=76, fill=LIGHT)
        pen.rounded_rectangle((940, top, 1140, top + 100), 12, fill=colour)
        pen.text((985, top + 8), free, font_size=84, fill=LIGHT)
        pen.rectangle((600, top + 30, 880 - line * 60, top + 46), fill="#5c6f79")
        pen.rectangle((600, top + 62, 800 - line * 30, top + 74), fill="#46575f")
    for place in range(6):
        left = 60 + place * 262
        pen.line((left, 800, left - 40, 1000), fill=LIGHT, width=8)
        if place in (0, 2, 3, 5):
            _car(pen, left + 40, 850, (WATER, WARM, GREEN)[place % 3])


def _car(pen: Pen, left: int, top: int, colour: str) -> None:
    pen.rounded_rectangle((left + 34, top - 42, left + 130, top + 20), 22, fill=colour)
    pen.rounded_rectangle((left, top, left + 170, top + 56), 20, fill=colour)
    for wheel in (left + 34, left + 134):
        pen.ellipse((wheel - 20, top + 38, wheel + 20, top + 78), fill=INK)


def gauge(pen: Pen) -> None:
    """A gauge in a ditch, and the level over a week."""
    pen.rectangle((0, 640, 1600, 1000), fill=WATER)
    pen.polygon(((0, 560), (520, 660), (0, 760)), fill=GREEN)
    pen.polygon(((1600, 540), (1180, 660), (1600, 780)), fill=GREEN)
    pen.rectangle((770, 180, 850, 900), fill=LIGHT)
    for mark in range(14):
        pen.rectangle((770, 200 + mark * 50, 850 if mark % 2 else 812, 224 + mark * 50), fill=INK)
    pen.line([(x, 320 - 90 * math.sin(x / 95) * math.exp(-x / 900)) for x in range(80, 700, 4)], fill=WARM, width=12)
    pen.line((80, 120, 80, 480, 700, 480), fill=INK, width=6, joint="curve")
    for wave in range(5):
        pen.arc((100 + wave * 300, 720, 320 + wave * 300, 800), 200, 340, fill=SKY, width=8)


def calendar(pen: Pen) -> None:
    """A village green with a calendar for everybody."""
    pen.rectangle((0, 720, 1600, 1000), fill=GREEN)
    for left, colour in ((80, WARM), (1240, "#a8543a")):
        pen.rectangle((left, 500, left + 280, 800), fill=colour)
        pen.polygon(((left - 30, 500), (left + 140, 360), (left + 310, 500)), fill=INK)
        pen.rectangle((left + 110, 640, left + 180, 800), fill=SAND)
    pen.rounded_rectangle((470, 160, 1130, 820), 30, fill=LIGHT, outline=INK, width=8)
    pen.rectangle((474, 164, 1126, 280), fill=WATER)
    for day in range(30):
        left, top = 510 + day % 6 * 102, 310 + day // 6 * 98
        busy = {3: WARM, 8: GREEN, 14: WATER, 20: WARM, 27: GREEN}.get(day, SAND)
        pen.rounded_rectangle((left, top, left + 82, top + 78), 12, fill=busy)


def heart(pen: Pen) -> None:
    """A defibrillator on a wall, and whoever looks after it."""
    pen.rectangle((0, 0, 1600, 1000), fill=SAND)
    pen.rounded_rectangle((540, 170, 1060, 800), 40, fill=GREEN)
    pen.rounded_rectangle((590, 220, 1010, 640), 24, fill=LIGHT)
    pen.polygon([_on_heart(800, 430, step / 60 * 2 * math.pi) for step in range(60)], fill=WARM)
    bolt = ((820, 330), (748, 450), (800, 450), (770, 540), (858, 412), (806, 412))
    pen.polygon(bolt, fill=LIGHT)
    pen.rounded_rectangle((680, 690, 920, 750), 20, fill=LIGHT)
    for left in (180, 1240):
        pen.ellipse((left + 20, 480, left + 160, 620), fill=INK)
        pen.rounded_rectangle((left - 20, 640, left + 200, 1020), 90, fill=WATER if left < 800 else WARM)


def _on_heart(x: int, y: int, t: float) -> tuple[float, float]:
    curve = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
    return x + 9.5 * 16 * math.sin(t) ** 3, y - 9.5 * curve


def draw(scene: Callable[[Pen], None], file: Path) -> None:
    """Draw `scene` into `file`, in the format that its ending names."""
    image = Image.new("RGB", SIZE, SKY)
    scene(ImageDraw.Draw(image))
    image.save(file, quality=92)
