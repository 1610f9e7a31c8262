"""What a notebook says of its lab.toml's forbidden names and limits."""

import pytest

from nablab.authored.rules import limits, not_allowed
from nablab.course import Exercise, Limits


def exercise(*forbid):
    return Exercise("1.1", "f", "", 8, ("f",), {}, forbid=forbid)


@pytest.mark.parametrize(
    ("forbid", "said"),
    [
        (("keras",), "Keras."),
        (("keras", "keras.ops", "tensorflow"), "Keras and TensorFlow."),
        (("keras.applications",), "`keras.applications`."),
        (
            ("scipy.signal", "numpy.convolve", "sklearn", "nablab.reference"),
            "scikit-learn, `scipy.signal`, `np.convolve` and nablab's own reference functions.",
        ),
        (
            ("torch", "nablab.reference", "nablab.layers", "nablab.autodiff"),
            "PyTorch and nablab's own layers, gradients and reference functions.",
        ),
    ],
)
def test_what_is_forbidden_is_told_in_words(forbid, said):
    assert not_allowed(exercise(*forbid)) == f"**Not allowed in this exercise:** {said}"


def test_where_nothing_is_forbidden_nothing_is_told():
    assert not_allowed(exercise()) == ""


def test_limits_are_told_with_their_units():
    said = limits(Limits(call_s=2.5, cell_s=10, test_s=120, submission_s=900, memory_mb=2048))
    assert said == (
        "**Limits.** At grading one call of your code may take 2.5 s, one cell 10 s, all calls of "
        "one check 2 minutes and the whole notebook 15 minutes, with 2 GB of memory."
    )
    assert limits(Limits(memory_mb=1500)).endswith("with 1500 MB of memory.")
