"""Everything that shows a class of payloads, opened in a real browser: nothing of it acts."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pytest

from nablab.grading.samples import copy_course
from tests.inert.hostile_class import hand_in_class
from tests.inert.payloads import BEACON

pytest.importorskip("nbgrader")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.usefixtures("needs_jail"),
]

LAB = "lab01_filters"
UPSTREAM = ("cdnjs.cloudflare.com",)  # whence nbconvert's own templates load MathJax
ACTS = """
place => {
    const bad = [], home = document.querySelector(place)
    if (window.canary) bad.push("a script ran")
    for (const one of home.querySelectorAll("*")) {
        for (const {name, value} of one.attributes) {
            if (/^on/.test(name) && !/^(toggle_name|toggleAllNames|create\\w+Modal)\\(/.test(value))
                bad.push(`<${one.localName} ${name}=${value}>`)
            if (/^(href|src|action|data|formaction|xlink:href)$/.test(name)
                && /^[\\s\\0-\\x20]*(javascript|vbscript|data:text)/i.test(value))
                bad.push(`<${one.localName} ${name}=${value}>`)
        }
        if (/^(iframe|object|embed|base|form|math|video|template)$/.test(one.localName))
            bad.push(`<${one.localName}>`)
        if (one.localName == "meta" && one.httpEquiv == "refresh") bad.push("<meta refresh>")
    }
    const words = document.createTreeWalker(home, NodeFilter.SHOW_TEXT)
    while (document.querySelector("script[src*=mathjax]") && words.nextNode()) {
        const text = words.currentNode, home = text.parentElement
        if (/\\\\(href|unicode|cssId)/.test(text.data)
            && !home.closest("pre, code, textarea, script, .tex2jax_ignore"))
            bad.push(`typeset: ${text.data.slice(0, 60)}`)
    }
    return bad
}
"""
"""What a page holds that could act, or did."""


@pytest.fixture(scope="module")
def class_graded(course, tmp_path_factory):
    """The class, graded by nablab and shown by nbgrader, in a course of its own."""
    made = copy_course(course, tmp_path_factory.mktemp("inert"))
    students = hand_in_class(made, made.lab("1"), made.root / "submitted")
    typed(made.root, "nablab.cli.main", "grade", "submitted")
    foreign = (made.root / f"submitted/texts/{LAB}/{LAB}.ipynb").read_text(encoding="utf-8")
    place = made.root / f"autograded/texts/{LAB}/{LAB}.ipynb"
    place.write_text(without_cards(foreign), encoding="utf-8")
    assert len(list((made.root / "results" / LAB).glob("*.json"))) == len(students)
    typed(made.root / "grader", "nbgrader", "generate_feedback", LAB, "--force")
    return made


def without_cards(text):
    """A notebook as nablab did not write it: only cards, in grade cells, are nablab's alone."""
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["id"].startswith("check-"):
            cell["outputs"] = []
    return json.dumps(notebook)


def typed(folder, *words):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done


@pytest.fixture(scope="module")
def tab():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        system = shutil.which("chromium") or shutil.which("google-chrome")
        try:
            chromium = driver.chromium.launch(executable_path=system, args=["--no-sandbox"])
        except playwright.Error:
            pytest.skip("there is no Chromium here: `playwright install chromium`")
        tab = chromium.new_page()
        tab.add_init_script("window.acts = () => { window.canary = true }")
        tab.asked = []
        tab.route("**/*", lambda route: _only_here(tab, route))
        yield tab
        chromium.close()


def _only_here(tab, route):
    """Lets through what is on this machine, and notes whatever else a page asks for."""
    address = route.request.url
    host = address.partition("://")[2].partition("/")[0].partition(":")[0]
    if address.startswith(("file:", "data:", "blob:")) or host == "127.0.0.1":
        route.continue_()
    else:
        tab.asked.append(address)
        route.abort()


def what_acts(tab, address, wait="load", home=":root"):
    """Open a page; what in it acted or could, within `home`."""
    tab.asked.clear()
    tab.goto(address, wait_until=wait)
    tab.wait_for_selector(home)
    tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    bad = tab.evaluate(ACTS, home)
    bad += [asked for asked in tab.asked if not any(f"//{host}/" in asked for host in UPSTREAM)]
    if tab.url.rstrip("/") != quote(address.rstrip("/"), safe=":/%?=&#"):
        bad.append(f"it went to {tab.url}")
    return bad


def test_the_browser_would_notice(tab, tmp_path):
    """The test's own eyes: each kind of payload as markup is seen to act."""
    page = tmp_path / "page.html"
    page.write_text(
        "<!doctype html><script src='mathjax.js'></script><body><img src=x onerror=top.acts()><a href='javascript:0'>x</a>"
        f"<img src='http://{BEACON}/x'><p>$\\href{{javascript:0}}{{x}}$"
    )
    found = what_acts(tab, page.as_uri())
    assert "a script ran" in found and f"http://{BEACON}/x" in found
    assert "<a href=javascript:0>" in found and any("typeset" in one for one in found)


def test_nothing_acts_on_our_pages(class_graded, tab):
    pages = [
        *class_graded.root.glob("feedback/*/*.html"),
        *class_graded.root.rglob("report/**/*.html"),
    ]
    assert len(pages) > 15
    acted = {page.name: bad for page in pages if (bad := what_acts(tab, page.as_uri()))}
    assert not acted, json.dumps(acted, indent=1)


def test_nothing_acts_in_nbgraders_feedback(class_graded, tab):
    pages = [*class_graded.root.glob(f"feedback/*/{LAB}/*.html")]
    assert len(pages) > 15
    acted = {str(page): bad for page in pages if (bad := what_acts(tab, page.as_uri()))}
    assert not acted, json.dumps(acted, indent=1)


@pytest.fixture(scope="module")
def server(class_graded, tmp_path_factory):
    """JupyterLab with formgrader on the class's course: its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token, home = secrets.token_hex(8), tmp_path_factory.mktemp("jupyter")
    log = (home / "log").open("w")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            f"--ServerApp.root_dir={class_graded.root}",
            f"--ServerApp.port={port}",
            "--ServerApp.ip=127.0.0.1",
            f"--IdentityProvider.token={token}",
        ],
        cwd=class_graded.grader,
        env={
            **os.environ,
            "HOME": str(home),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_RUNTIME_DIR": str(home / "run"),
        },
        start_new_session=True,
        stdout=log,
        stderr=log,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 90
        while True:
            try:
                urllib.request.urlopen(f"{address}/api/status?token={token}", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < until, (
                    home / "log"
                ).read_text()
                time.sleep(0.2)
        yield address, token
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # with its kernels
        process.wait()
        log.close()


@pytest.fixture(scope="module")
def formgrader(server, tab):
    """Asks formgrader's API, and its address."""
    address, token = server
    tab.goto(f"{address}/tree?token={token}", wait_until="commit")

    def ask(place):
        headers = {"Authorization": f"token {token}"}
        request = urllib.request.Request(f"{address}/formgrader/api/{place}", headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    return address, ask


def test_nothing_acts_in_formgrader(formgrader, tab):
    address, ask = formgrader
    submitted = ask(f"submitted_notebooks/{LAB}/{LAB}")
    assert len(submitted) > 15
    places = ["manage_assignments", f"manage_submissions/{LAB}", "gradebook", f"gradebook/{LAB}"]
    places += [f"gradebook/{LAB}/{LAB}", "manage_students"]
    for one in submitted:
        places.append(f"submissions/{one['id']}/")
    places += [f"manage_students/{quote(one['student'])}" for one in submitted[::5]]
    acted = {}
    for place in places:
        wait = "networkidle" if place.count("/") < 2 and "submissions/" not in place else "load"
        if bad := what_acts(tab, f"{address}/formgrader/{place}", wait):
            acted[place] = bad
    assert not acted, json.dumps(acted, indent=1)


@pytest.mark.parametrize("student", ["raises", "conflict"])
def test_nothing_acts_in_a_notebook_that_is_opened(formgrader, tab, student):
    address, _ = formgrader
    place = f"{address}/lab/tree/autograded/{student}/{LAB}/{LAB}.ipynb"
    found = what_acts(tab, place, home=".jp-NotebookPanel .jp-Cell")
    # JupyterLab makes links of addresses in plain text; a browser goes to no page of data
    assert not [one for one in found if not one.startswith("<a href=data:")]
