"""Takes the pictures for README and the site: `python tools/docs/pictures.py [DEMO]`.

They show nablab's real output: the pages of the class that `nablab demo` grades, the card for one
of that class's answers, a picture from Lab 1, and for the page of the labs the opening of a lab, a
card and a finished picture. DEMO is the folder of a demo that has already run; if it is not given,
a demo is run. This needs Chromium and bubblewrap.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from nablab.authored.answers import Answers
from nablab.checking.load import SUBMISSIONS, SUITE
from nablab.course import Course, Lab, find_course
from nablab.notebook import check_namespace

ROOT = Path(__file__).resolve().parents[2]
INTO = ROOT / "docs" / "pictures"
STUDENT = "student07"  # has a flipped filter
TURNED = "student05"  # turns filters clockwise in Lab 9
WIDTH = 900
COLOURS = 64  # keeps a file below 150 KB


def main(demo: Path) -> None:
    course = find_course(ROOT)
    answers, symmetry, zoo = (Answers(course, course.authored_lab(n)) for n in ("1", "9", "8"))
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        tab = chromium.new_page(viewport={"width": WIDTH, "height": 700}, device_scale_factor=1.5)
        for name, *of in (("card", answers, STUDENT, "1.2"), ("card_9", symmetry, TURNED, "9.4")):
            tab.set_content(card(course, *of))
            shoot(tab, name, until="body > :last-child")
        tab.set_content(opening(course.lab("9")))
        shoot(tab, "opening", until="main > :last-child")
        tab.goto((demo / f"report/{answers.lab.id}.html").as_uri())
        shoot(tab, "scores", until="[aria-labelledby=exercises]")
        shoot(tab, "report", since="[aria-labelledby=exercises]", until="[aria-labelledby=checks]")
        tab.goto((demo / f"feedback/{STUDENT}/{answers.lab.id}.html").as_uri())
        shoot(tab, "feedback", until=900)
        chromium.close()
    names = answers.namespace()
    names["show"].gradient(names["PHOTO"], names["gradient_polar"])
    save_figure("lab")
    names = zoo.namespace()
    names["show"].fan_and_second(names["wavenet_rf"], [1, 2, 4, 8], k=2, rate=16_000)
    save_figure("second")


def card(course: Course, answers: Answers, student: str, exercise: str) -> str:
    """The card that `check(exercise)` shows that student of the lab's samples."""
    samples = answers.code.module(SUITE, SUBMISSIONS).SAMPLES
    given = next(one for one in samples if one.student == student).answers
    names = answers.namespace()
    exec(given[exercise], names)
    html = check_namespace(course.lab(answers.lab.id), exercise, names).html()
    return f"<!doctype html><body style='margin: 12px; font-family: sans-serif'>{html}"


def opening(lab: Lab) -> str:
    """The released notebook up to the heading of its first exercise, run."""
    notebook = nbformat.read(lab.notebook, as_version=4)
    first = next(i for i, cell in enumerate(notebook.cells) if "\n## 9.1" in cell.source)
    notebook.cells = notebook.cells[: first + 1]
    notebook.cells[-1].source = notebook.cells[-1].source.partition("\n## 9.1")[0]
    NotebookClient(notebook, kernel_name="python3").execute()
    return HTMLExporter(exclude_input_prompt=True, exclude_output_prompt=True).from_notebook_node(
        notebook
    )[0]


def save_figure(name: str) -> None:
    drawn = io.BytesIO()
    plt.gcf().savefig(drawn, dpi=90, bbox_inches="tight")
    save(Image.open(drawn), name)


def shoot(tab: Page, name: str, until: str | int, since: str | int = 0) -> None:
    """Take a page from one height to another. An element means its upper edge; a last child means
    its lower edge."""
    top, bottom = (one if isinstance(one, int) else edge(tab, one) for one in (since, until))
    clip = {"x": 0, "y": top, "width": WIDTH, "height": bottom - top}
    save(Image.open(io.BytesIO(tab.screenshot(clip=clip, full_page=True))), name)


def edge(tab: Page, element: str) -> float:
    side = "bottom + 12" if element.endswith(":last-child") else "top"
    return tab.evaluate(f"document.querySelector('{element}').getBoundingClientRect().{side}")


def save(image: Image.Image, name: str) -> None:
    INTO.mkdir(exist_ok=True)
    few = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(INTO / f"{name}.png", optimize=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as place:
            made = Path(place, "demo")
            command = [sys.executable, "-m", "nablab.cli.main", "demo", "--into", str(made)]
            subprocess.run(command, cwd=ROOT, check=True)
            main(made)
