"""What is loaded quietly says nothing, and nothing is lost of what goes wrong."""

import os
import subprocess
import sys

import pytest

from nablab import quiet


def test_what_a_library_writes_is_put_aside(capfd):
    with quiet():
        os.write(2, b"a library's log")
    os.write(2, b"after it")
    assert capfd.readouterr().err == "after it"


def test_it_is_shown_when_an_exception_leaves(capfd):
    with pytest.raises(ImportError), quiet():
        os.write(2, b"why it went wrong")
        raise ImportError
    assert capfd.readouterr().err == "why it went wrong"


@pytest.mark.slow
def test_keras_is_imported_without_a_word():
    code = "from nablab import quiet\nwith quiet():\n    import keras\nkeras.ops.ones(3)"
    env = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    assert (done.returncode, done.stderr) == (0, "")
