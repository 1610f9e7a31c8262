"""Names that an exercise forbids: found in the source, and blocked when the code runs."""

from textwrap import dedent

import numpy as np
import pytest

from nablab.sandbox.student import Student, StudentError

FORBID = ["scipy.signal", "numpy.convolve", "numpy.linalg"]


@pytest.fixture
def forbidding(child_with):
    """A child in which some names are blocked as for an exercise, and then one cell has run."""

    def forbidding(source, forbid=FORBID):
        child = child_with()
        child.request("forbid", names=forbid)
        child.request("block")
        child.cell_error = child.request_within(10, "cell", cell_id="1.1", source=dedent(source))
        return child

    return forbidding


@pytest.mark.parametrize(
    "source",
    [
        "from scipy.signal import correlate2d as g\ndef f(): return g",
        "def f():\n    import scipy.signal as s\n    return s.correlate2d",
        "import numpy as q\ndef f(): return q.convolve([1], [2])",
        "from numpy import convolve as g\ndef f(): return g([1], [2])",
        "import numpy as np\ndef f(): return getattr(np, 'con' + 'volve')([1], [2])",
        "import importlib\ndef f(): return importlib.import_module('scipy.' + 'signal')",
        "import builtins\ndef f(): return builtins.__import__('scipy.signal')",
        "def f(): return __import__('scipy.signal', fromlist=['x'])",
        "import math\ndef f(): import scipy; return getattr(scipy, 'signal')",
        "def f(): return eval('__import__(\"scipy.signal\")')",
        "from numpy import linalg\ndef f(): return linalg.norm([1.0])",
    ],
    ids=str,
)
def test_a_forbidden_name_is_blocked_however_it_is_come_by(forbidding, source):
    child = forbidding(source)
    if child.cell_error is None:
        with pytest.raises(StudentError) as raised:
            Student(child).f()
        kind, message = raised.value.type_name, raised.value.message
    else:
        kind, message = child.cell_error["type"], child.cell_error["message"]
    assert kind in ("ForbiddenCall", "ImportError", "AttributeError"), message
    assert "yourself" in message or "linalg" in message


@pytest.mark.parametrize(
    "source, name",
    [
        ("import scipy.signal", "scipy.signal"),
        ("import scipy.signal as s", "scipy.signal"),
        ("from scipy import signal", "scipy.signal"),
        ("from scipy.signal import convolve2d", "scipy.signal.convolve2d"),
        ("import numpy as q\nq.convolve", "numpy.convolve"),
        ("from numpy import convolve as c", "numpy.convolve"),
        ("%time x = 1\nimport numpy.linalg", "numpy.linalg"),
    ],
)
def test_a_forbidden_name_is_found_in_the_source_with_its_line(child_with, source, name):
    child = child_with()
    child.request("forbid", names=FORBID)
    line = 1 + source.count("\n")
    assert child.request("scan", cell_id="1.1", source=source, judged=True) == (
        f"Line {line} of 1.1 uses {name}: this exercise asks you to write that yourself."
    )


@pytest.mark.parametrize(
    "source",
    [
        "import scipy",
        "import numpy",
        "numpy = 1\nnumpy.fft",
        "def convolve(): pass\nconvolve()",
        "import numpy as np\nnp.dot",
        "x = 'scipy.signal'",
        "def (",
    ],
)
def test_what_only_looks_like_a_forbidden_name_is_let_through(child_with, source):
    child = child_with()
    child.request("forbid", names=FORBID)
    assert child.request("scan", cell_id="1.1", source=source, judged=True) == ""


def test_other_names_work_as_ever_where_some_are_forbidden(forbidding):
    child = forbidding(
        "import numpy as np, math, scipy.ndimage\ndef f(): return np.dot(2, math.pi)",
        ["scipy.signal", "keras"],
    )
    assert child.cell_error is None
    assert Student(child).f() == pytest.approx(2 * np.pi)


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nn = sys.modules.get('numpy._core.numeric') or sys.modules['numpy.core.numeric']\n"
        "def f(): return n.convolve([1.0], [2.0])",
        "import sys\ndef f():\n    for name, module in sorted(sys.modules.items()):\n"
        "        if name.startswith('numpy') and 'convolve' in vars(module):\n"
        "            vars(module)['convolve']([1.0], [2.0])",
    ],
    ids=["where it is written", "anywhere"],
)
def test_a_forbidden_function_is_blocked_wherever_its_package_has_it(forbidding, source):
    child = forbidding(source)
    assert child.cell_error is None
    with pytest.raises(StudentError) as raised:
        Student(child).f()
    assert raised.value.type_name == "ForbiddenCall"


def test_a_forbidden_name_is_found_through_keras_src_too(child_with):
    child = child_with()
    child.request("forbid", names=["keras.ops"])
    said = child.request(
        "scan", cell_id="1.1", source="from keras.src.ops import conv", judged=True
    )
    assert "uses keras.src.ops.conv" in said


# Packages that are out of sight


@pytest.fixture
def hiding(jail, small):
    """A student's names in a child from which some packages are hidden, and nothing is blocked."""

    def hiding(source, *packages):
        child = jail.open(small, packages)
        error = child.request_within(10, "cell", cell_id="1.1", source=dedent(source))
        assert error is None, error
        return Student(child)

    return hiding


LOOK = """
import os, subprocess, sys
import scipy

def imports():
    from scipy.signal import correlate2d
    return "there"

def elsewhere():
    program = "from scipy.signal import correlate2d; print('there')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]

def files():
    return os.listdir(os.path.join(os.path.dirname(scipy.__file__), "signal"))

def uncovered():
    import ctypes
    place = os.path.join(os.path.dirname(scipy.__file__), "signal").encode()
    libc = ctypes.CDLL(None)
    libc.unshare(0x10000000 | 0x00020000)
    return libc.umount2(place, 2), os.listdir(place)
"""


def test_a_hidden_package_is_not_there_for_this_process_or_another_that_it_starts(hiding):
    far = hiding(LOOK, "scipy.signal", "scipy.ndimage")
    with pytest.raises(StudentError, match="correlate2d"):
        far.imports()
    assert "ImportError" in far.elsewhere()
    assert far.files() == []


def test_what_hides_a_package_cannot_be_taken_away(hiding):
    status, files = hiding(LOOK, "scipy.signal").uncovered()
    assert (status, files) == (-1, [])


def test_the_next_process_sees_the_package_again(hiding):
    hiding("pass", "scipy.signal")
    assert "_signaltools.py" in hiding(LOOK).files()


def test_a_package_that_the_worker_needs_is_not_hidden(hiding):
    far = hiding("import os, numpy\ndef f(): return len(os.listdir(numpy.__path__[0]))", "numpy")
    assert far.f() > 10
