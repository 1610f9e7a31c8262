"""Which engine is chosen, and what is said where there is none."""

import shutil

import pytest

from nablab.course import Limits
from nablab.errors import NoJail
from nablab.sandbox import engine
from nablab.sandbox.host import Jail
from nablab.sandbox.student import Student, StudentError


@pytest.fixture
def only(monkeypatch):
    """Only these programs of the known engines are on the PATH."""
    real = shutil.which

    def only(*names):
        hidden = {"bwrap", "podman"} - set(names)
        monkeypatch.setattr(shutil, "which", lambda name: None if name in hidden else real(name))

    return only


def test_bubblewrap_comes_first(only, needs_jail):
    only("bwrap", "podman")
    assert engine.choose().name == "bubblewrap"


def test_without_an_engine_one_sentence_says_what_to_install(only):
    only()
    with pytest.raises(NoJail, match="Install bubblewrap") as raised:
        engine.choose()
    assert raised.value.exit_code == 2
    assert "\n" not in str(raised.value)


def test_an_engine_that_cannot_start_is_named_with_its_reason(only, monkeypatch):
    only("bwrap")
    monkeypatch.setattr(engine, "_fails", lambda command: "no permission")
    with pytest.raises(NoJail, match=r"bubblewrap is installed but cannot start \(no permission\)"):
        engine.choose()


def test_no_jail_at_all_is_had_only_by_asking(only):
    only()
    assert engine.choose(unsafe=True) == engine.Engine("none", namespaces=False)


def test_podman_serves_where_it_alone_is_here(only):
    if shutil.which("podman") is None:
        pytest.skip("podman is not installed")
    only("podman")
    try:
        chosen = engine.choose()
    except NoJail as refusal:
        pytest.skip(str(refusal))
    with Jail(("numpy",), chosen) as jail:
        child = jail.open(Limits())
        source = "import os, socket\ndef net(): socket.create_connection(('127.0.0.1', 9), 1)\ndef one(): return 1"
        assert child.request("cell", cell_id="1.1", source=source) is None
        student = Student(child)
        assert student.one() == 1
        with pytest.raises(StudentError):
            student.net()


def test_a_worker_with_no_jail_answers_too(only):
    with Jail(("numpy",), engine.choose(unsafe=True)) as jail:
        child = jail.open(Limits())
        assert child.request("cell", cell_id="1.1", source="def one(): return 1") is None
        assert Student(child).one() == 1


def test_without_a_gpu_one_sentence_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(engine, "DEVICES", tmp_path)
    with pytest.raises(NoJail, match="no GPU here"):
        engine.choose(device="gpu")


def test_a_jail_shows_a_gpu_only_when_it_is_asked_for(monkeypatch, tmp_path):
    monkeypatch.setattr(engine, "DEVICES", tmp_path)
    for name in ("nvidia0", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    plain = engine.Engine("bubblewrap", namespaces=True).command(5, None)
    shown = engine.Engine("bubblewrap", namespaces=True, gpu=True).command(5, None)
    assert not any("nvidia" in word for word in plain)
    assert str(tmp_path / "nvidia-uvm") in shown
    assert shown.index("/dev") < shown.index(str(tmp_path / "nvidia0"))
    assert "CUDA_VISIBLE_DEVICES" in plain
    assert "CUDA_VISIBLE_DEVICES" not in shown


def test_a_child_beside_a_gpu_has_no_bound_on_its_address_space_and_works(needs_jail):
    with Jail(("numpy",), engine.Engine("bubblewrap", namespaces=True, gpu=True)) as jail:
        child = jail.open(Limits())
        source = "import resource\nBOUND = resource.getrlimit(resource.RLIMIT_AS)[0]"
        assert child.request("cell", cell_id="1.1", source=source) is None
        assert Student(child).BOUND == -1
