"""Grading on a Dask cluster: a real scheduler and real workers, as processes of their own."""

import re
import signal
import subprocess
import sys
import threading
import time

import pytest
from tests.courses import set_limits

from nablab.cli.instructor import Order, grade_lab
from nablab.errors import ClusterError
from nablab.grading.book.gradebook import GradebookWriter, default_url
from nablab.grading.run import cluster as cluster_module
from nablab.grading.run.journal import Journal
from nablab.grading.samples import make_course

pytest.importorskip("distributed")
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("needs_jail")]


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers: (its address, the workers' processes)."""
    place = tmp_path / "cluster"
    place.mkdir()
    options = {"cwd": place}
    log = (place / "scheduler.log").open("w+")
    scheduler = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "distributed.cli.dask_scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--no-dashboard",
        ],
        stdout=log,
        stderr=log,
        **options,
    )
    try:
        address = _wait_for(place / "scheduler.log", r"Scheduler at:\s+(tcp://\S+)")
        workers = [_worker(address, number, options) for number in (1, 2)]
        for number in (1, 2):
            _wait_for(place / f"worker{number}.log", r"(Registered to)")
        yield address, workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def _worker(address, number, options):
    log = (options["cwd"] / f"worker{number}.log").open("w+")
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "distributed.cli.dask_worker",
            address,
            "--nthreads",
            "1",
            "--no-nanny",
            "--no-dashboard",
            "--host",
            "127.0.0.1",
            "--name",
            f"worker{number}",
        ],
        stdout=log,
        stderr=log,
        **options,
    )


def _wait_for(path, pattern, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if path.is_file() and (found := re.search(pattern, path.read_text())):
            return found.group(1)
        time.sleep(0.05)
    raise AssertionError(f"{path.name}: {path.read_text() if path.is_file() else 'nothing'}")


@pytest.fixture
def made(course, tmp_path):
    own, samples = make_course(course, tmp_path / "course", count=16)
    set_limits(own, "1", call_s=1)
    return own, own.lab("1"), samples


def predicted(samples):
    return {s.student: (pytest.approx(s.points, abs=0.005), s.state) for s in samples}


def points_of(records):
    return {r["submission"]["student"]: (r["points"], r["state"]) for r in records}


def test_a_cluster_grades_like_one_process_and_a_lost_worker_costs_nothing(cluster, made):
    address, workers = cluster
    own, lab, samples = made
    journal = Journal(own.root, lab)

    def kill_one_in_the_middle():
        while len(list(journal.folder.glob("*.json"))) < 3:
            time.sleep(0.02)
        workers[0].send_signal(signal.SIGKILL)

    killer = threading.Thread(target=kill_one_in_the_middle, daemon=True)
    killer.start()
    records = grade_lab(own, lab, own.root / "submitted", own.root, Order(dask=address))
    killer.join(1)
    assert workers[0].wait(5) == -signal.SIGKILL
    assert workers[1].poll() is None
    assert points_of(records) == predicted(samples)
    assert [r["submission"]["student"] for r in records] == [s.student for s in samples]
    assert points_of(journal.records()) == predicted(samples)
    with GradebookWriter(default_url(own.root), own) as gradebook:
        assert gradebook.scores(lab) == {
            s.student: pytest.approx(s.points, abs=0.005) for s in samples
        }
    told = records[0]["submission"]["path"]
    assert told == str(own.root / "submitted" / "student01" / lab.id / f"{lab.id}.ipynb")
    # what one process grades here is the same, so nothing is left to do
    before = {path: path.read_bytes() for path in journal.folder.glob("*.json")}
    grade_lab(own, lab, own.root / "submitted", own.root, Order(workers=1))
    assert {path: path.read_bytes() for path in journal.folder.glob("*.json")} == before


def test_no_scheduler_is_one_sentence(made, monkeypatch):
    monkeypatch.setattr(cluster_module, "CONNECT_S", 1.0)
    own, lab, _ = made
    with pytest.raises(ClusterError, match=r"No Dask scheduler answers at tcp://127.0.0.1:9"):
        grade_lab(own, lab, own.root / "submitted", own.root, Order(dask="tcp://127.0.0.1:9"))


def test_a_gpu_lab_needs_workers_with_a_gpu(cluster, made):
    own, lab, _ = made
    with pytest.raises(ClusterError, match="cannot grade: There is no GPU here"):
        grade_lab(own, lab, own.root / "submitted", own.root, Order(dask=cluster[0], device="gpu"))
