"""The process that opens pictures: what it makes, what it may not do, and that nobody else opens any."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from hubnode.records import pictures, sniffing
from tests.house.places import ROOT, name, python_files
from tests.hubnode import files

FORMS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


def cleaned(folder: Path, content: bytes, media_type: str) -> tuple[pictures.Picture, Path]:
    """The picture written anew."""
    (folder / "part").write_bytes(content)
    return pictures.clean(folder / "part", media_type, folder), folder / pictures.CLEAN


@pytest.mark.parametrize("media_type", FORMS)
def test_a_picture_is_written_anew_upright_and_without_what_was_hidden(tmp_path: Path, media_type: str) -> None:
    found, path = cleaned(tmp_path, files.picture(FORMS[media_type], (1500, 1000)), media_type)
    assert (found.width, found.height, found.widths) == (1000, 1500, (480, 1280))
    assert sniffing.fits(path, media_type)
    for made, width in ((path, 1000), (tmp_path / "480", 480), (tmp_path / "1280", 1000)):
        with Image.open(made) as image:
            assert image.width == width
            assert not image.getexif()
            assert not {"exif", "icc_profile", "xmp", "comment"} & image.info.keys()
        assert files.HIDDEN not in made.read_bytes()


def test_see_through_parts_stay_and_other_colours_become_those_of_screens(tmp_path: Path) -> None:
    out, profile = io.BytesIO(), ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGBA", (30, 20), (200, 10, 10, 40)).save(out, "PNG", icc_profile=profile)
    _, path = cleaned(tmp_path, out.getvalue(), "image/png")
    with Image.open(path) as image:
        assert (image.mode, image.getpixel((0, 0))) == ("RGBA", (200, 10, 10, 40))
    out = io.BytesIO()
    Image.new("CMYK", (30, 20), (0, 255, 255, 0)).save(out, "JPEG")
    _, path = cleaned(tmp_path, out.getvalue(), "image/jpeg")
    with Image.open(path) as image:
        assert image.mode == "RGB"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(files.bomb(), "pixels"), (files.picture("PNG")[:-400], "unreadable"), (b"\x89PNG\r\n\x1a\n", "unreadable")],
)
def test_what_can_not_be_opened_says_why(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(pictures.NoPicture) as refusal:
        cleaned(tmp_path, content, "image/png")
    assert refusal.value.reason == reason


def test_no_other_decoder_is_tried(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGB", (9, 9)).save(out, "TIFF")
    with pytest.raises(pictures.NoPicture):
        cleaned(tmp_path, out.getvalue(), "image/png")


@pytest.mark.parametrize(
    ("deed", "stopped_by"),
    [
        ("bytes(2 << 30)", "MemoryError"),
        ("open('large', 'wb').truncate(1 << 30)", "File too large"),
        ("held = [open('/dev/null') for _ in range(64)]", "Too many open files"),
    ],
)
def test_the_process_has_given_up_the_right_to_more(tmp_path: Path, deed: str, stopped_by: str) -> None:
    for before, told in (("", ""), ("from hubnode.picturing import confine; confine()", stopped_by)):
        code = f"import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n{before}\n{deed}"
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False, timeout=30)
        assert told in done.stderr.decode()
        assert (done.returncode == 0) is (told == "")


def test_neither_web_nor_worker_holds_a_decoder() -> None:
    code = "import hubnode.app, hubnode.working, hubnode.cli, sys; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, timeout=60).returncode == 0


def test_only_the_process_for_pictures_and_the_demo_s_pen_know_pillow() -> None:
    knowing = {name(path) for path in python_files("hubnode", "federation") if "from PIL" in path.read_text("utf-8")}
    assert knowing == {"hubnode/picturing.py", "hubnode/demo/drawings.py"}
