"""The process that opens pictures, with so little room that a hostile one can only end it.

Started as ``python -m hubnode.picturing clean|shrink TYPE SOURCE FOLDER`` by `hubnode.records.pictures`, one picture
each. ``clean`` writes the picture anew without anything that was hidden in it (place, camera, comments, bytes behind
its end); both write small versions. It answers one line of JSON: the size in pixels and the widths made, or why not.
"""

from __future__ import annotations

import json
import resource
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MEMORY = 1 << 30
SECONDS = 20
LARGEST_FILE = 64 << 20
MAX_PIXELS = 40_000_000
WIDTHS = (480, 1280)
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
SAVED: dict[str, dict[str, Any]] = {
    "PNG": {"optimize": False},
    "JPEG": {"quality": 90, "optimize": True, "progressive": True},
    "WEBP": {"quality": 88, "method": 4},
}


class Refused(Exception):
    """This picture is not taken; the text is one word for the caller."""


def confine() -> None:
    """Give up the right to much memory, long work, large files and other processes, before any byte is read."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def opened(source: Path, media_type: str) -> Picture:
    """The picture, upright and in the colours of screens; raises `Refused`, or whatever a decoder raises."""
    from PIL import Image, ImageOps  # after the limits hold

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    image: Picture = Image.open(source, formats=(FORMATS[media_type],))
    if image.width * image.height > MAX_PIXELS:
        raise Refused("pixels")
    image.load()
    return _plain(_in_screen_colours(ImageOps.exif_transpose(image)), media_type)


def _in_screen_colours(image: Picture) -> Picture:
    """The picture in sRGB: its own profile goes with the rest of the metadata."""
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    try:
        own, screen = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
        mode = "RGB" if image.mode == "CMYK" else image.mode
        return ImageCms.profileToProfile(image, own, screen, outputMode=mode) or image
    except (ImageCms.PyCMSError, OSError):
        return image


def _plain(image: Picture, media_type: str) -> Picture:
    """The pixels alone, in a mode that every browser shows."""
    clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    mode = "RGBA" if clear and media_type != "image/jpeg" else "L" if image.mode in ("1", "L") else "RGB"
    plain = image if image.mode == mode else image.convert(mode)
    plain.info.clear()
    return plain


def shrink(image: Picture, folder: Path) -> list[int]:
    """Write the small versions, named by their width; answers the widths. A small picture is never made larger."""
    made: list[int] = []
    for width in WIDTHS:
        if made and image.width <= made[-1]:
            break
        size = (min(width, image.width), max(1, round(image.height * min(width, image.width) / image.width)))
        image.resize(size, reducing_gap=3.0).save(folder / str(width), "WEBP", quality=80, method=4)
        made.append(width)
    return made


def main(mode: str, media_type: str, source: str, folder: str) -> dict[str, Any]:
    """What became of the picture."""
    image = opened(Path(source), media_type)
    if mode == "clean":
        form = FORMATS[media_type]
        image.save(Path(folder) / "clean", form, **SAVED[form])
    return {"width": image.width, "height": image.height, "widths": shrink(image, Path(folder))}


if __name__ == "__main__":
    confine()
    try:
        answer = main(*sys.argv[1:])
    except Refused as refusal:
        answer = {"refused": str(refusal)}
    except Exception as error:  # whatever a decoder raises means the same
        answer = {"refused": "pixels" if type(error).__name__.startswith("DecompressionBomb") else "unreadable"}
    sys.stdout.write(json.dumps(answer))
