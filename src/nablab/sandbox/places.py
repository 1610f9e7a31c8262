"""The files and folders of this machine that the jail shows, and those in them that it hides."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

import nablab

SYSTEM = ("bin", "sbin", "lib32", "lib64", "libx32", "lib/locale", "share/zoneinfo")  # of /usr


def system_places() -> list[Path]:
    """The parts of the system that the jail shows: programs, libraries and time zones. Debian and
    similar systems keep libraries in their own folder, apart from other languages and programs."""
    libraries = Path("/usr/lib", sysconfig.get_config_var("MULTIARCH") or "")
    places = [Path("/usr", name) for name in SYSTEM]
    places.append(libraries if libraries.is_dir() else Path("/usr/lib"))
    return [place for place in places if place.is_dir()]


def readable_places() -> list[Path]:
    """The files that Python needs to start and to import nablab, without the checkout around it."""
    prefix, base = Path(sys.prefix), Path(sys.base_prefix)
    interpreter = Path(os.path.realpath(sys.executable)).parent.parent
    places = [prefix / "pyvenv.cfg", Path(nablab.__file__).resolve().parent]
    for root in (prefix, base, interpreter):
        if root.is_relative_to("/usr"):  # it holds more than Python
            library = Path(sysconfig.get_config_var("LIBDIR") or "", _library())
            places += [root / "bin", *map(Path, _standard_library()), library]
        else:
            places += [root / part for part in ("bin", "lib", "lib64")]
    kept: list[Path] = []
    for place in places:
        if place.exists() and not any(
            place.is_relative_to(other) or place.samefile(other)  # under one name: see `aliases`
            for other in (*kept, *system_places())
        ):
            kept.append(place)
    return kept


def aliases() -> list[tuple[str, Path]]:
    """(target, link) of links beside the folders that are shown, such as `lib64` in a virtual
    environment. A second mount would show what is hidden in the first."""
    beside = {place.parent / "lib64" for place in readable_places()}
    return [(os.readlink(link), link) for link in sorted(beside) if link.is_symlink()]


def _standard_library() -> list[str]:
    return [sysconfig.get_path(name) for name in ("stdlib", "platstdlib")]


def _library() -> str:
    """The file of Python itself, if it is a shared library."""
    return sysconfig.get_config_var("INSTSONAME") or sysconfig.get_config_var("LDLIBRARY") or ""


def hidden_places() -> list[Path]:
    """Folders that must be hidden inside the shown ones: the reference, and packages of other
    environments, which may include a package that an exercise forbids."""
    own = {os.path.realpath(place) for place in sys.path}
    shown = [*system_places(), *readable_places()]
    packages = (
        folder
        for place in shown
        for pattern in ("*-packages", "py*/*-packages", "*/py*/*-packages")
        for folder in place.glob(pattern)
        if folder.is_dir() and os.path.realpath(folder) not in own
    )
    return [*sorted(set(packages)), Path(nablab.__file__).resolve().parent / "reference"]
