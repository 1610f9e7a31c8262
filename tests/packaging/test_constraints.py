"""The pinned versions fit each other and every Python that the package is for, and the tests run on
them. No network is asked: what a release needs stands in its own metadata.
"""

import re
import sys
import sysconfig
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MINORS = [
    line.rpartition(" ")[2]
    for line in PROJECT["classifiers"]
    if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", line)
]
LOWEST, THIS = MINORS[0], "{}.{}".format(*sys.version_info)
INSTALLERS = {"pip", "setuptools", "wheel"}  # every environment brings its own
PLACES = sorted(
    {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
)  # not setuptools' own copies
HERE = {canonicalize_name(found.metadata["Name"]): found for found in distributions(path=PLACES)}


def pins(text):
    lines = (line.split("==") for line in text.splitlines() if "==" in line)
    return {canonicalize_name(name): Version(version) for name, version in lines}


ALWAYS, BACKENDS = map(
    pins,
    (ROOT / "constraints.txt")
    .read_text(encoding="utf-8")
    .split("# Only nablab[backends] needs these."),
)
PINS = ALWAYS | BACKENDS
INSTALLED = {name: HERE[name] for name in PINS if name in HERE}


def needed(minor, extra):
    """What nablab needs on a Python, and what that needs in turn: (who needs it, requirement)."""
    python = {"python_version": minor, "python_full_version": f"{minor}.0"}
    seen, waiting = set(), [("nablab", (extra,))]
    while waiting:
        name, extras = waiting.pop()
        for requirement in map(Requirement, HERE[name].requires or () if name in HERE else ()):
            marker = requirement.marker
            if marker and not any(
                marker.evaluate({**python, "extra": one}) for one in ("", *extras)
            ):
                continue
            one = (canonicalize_name(requirement.name), tuple(sorted(requirement.extras)))
            yield name, requirement
            if one not in seen:
                seen.add(one)
                waiting.append(one)


def test_the_lowest_python_is_the_first_release_of_the_lowest_that_is_named():
    assert PROJECT["requires-python"] == f">={LOWEST}"
    assert MINORS == ["3.11", "3.12", "3.13"]


def test_what_this_python_needs_is_installed():
    here = {canonicalize_name(one.name) for _, one in needed(THIS, "dev")} - INSTALLERS
    assert not here & ALWAYS.keys() - INSTALLED.keys()


def test_what_is_absent_is_named():
    absent = PINS.keys() - INSTALLED.keys()
    if THIS == LOWEST:
        assert absent <= BACKENDS.keys()
    if absent:
        pytest.skip(f"not installed, so their metadata cannot be read: {', '.join(sorted(absent))}")


def test_what_is_installed_is_what_is_pinned():
    versions = {name: Version(found.version) for name, found in INSTALLED.items()}
    differing = {
        name: f"{version} is installed, {PINS[name]} is pinned"
        for name, version in versions.items()
        if version.public != PINS[name].public  # a build of torch for CPUs has a local version
    }
    assert not differing


@pytest.mark.parametrize("minor", MINORS)
def test_every_pinned_release_admits_every_release_of_python(minor):
    needs = {name: found.metadata.get("Requires-Python") or "" for name, found in INSTALLED.items()}
    assert sum(map(bool, needs.values())) > 100
    assert not {
        f"{name} {PINS[name]} needs Python {need}"
        for name, need in needs.items()
        if not SpecifierSet(need).contains(f"{minor}.0")
    }


@pytest.mark.parametrize("minor", MINORS)
def test_everything_that_is_needed_is_pinned_to_a_release_that_fits(minor):
    found = list(needed(minor, "dev"))
    names = {canonicalize_name(one.name) for _, one in found} - {"nablab"} - INSTALLERS
    assert names > {"keras", "nbgrader", "soupsieve"}
    assert not names - ALWAYS.keys()
    assert not {
        f"{who} needs {one}, {PINS[name]} is pinned"
        for who, one in found
        if (name := canonicalize_name(one.name)) in PINS and not one.specifier.contains(PINS[name])
    }


@pytest.mark.skipif(THIS != LOWEST, reason="the lowest Python needs more than others do")
def test_nothing_is_pinned_that_nothing_needs():
    names = {canonicalize_name(one.name) for minor in MINORS for _, one in needed(minor, "dev")}
    assert not ALWAYS.keys() - names
