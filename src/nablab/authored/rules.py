"""The notebook's sentences on what lab.toml says: points, minutes, what is forbidden, limits. The
build writes them, so that the notebook and the grader cannot disagree."""

from __future__ import annotations

from nablab.course import Exercise, Limits

LIBRARIES = {
    "keras": "Keras",
    "tensorflow": "TensorFlow",
    "jax": "JAX",
    "torch": "PyTorch",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "scipy": "SciPy",
}
OF_NABLAB = {
    "nablab.layers": "layers",
    "nablab.optimizers": "optimisers",
    "nablab.initializers": "initialisers",
    "nablab.autodiff": "gradients",
    "nablab.reference": "reference functions",
}


def not_allowed(exercise: Exercise) -> str:
    """What an exercise forbids, as a sentence, or "" if nothing."""
    forbidden = [name for name in exercise.forbid if not _covered(name, exercise.forbid)]
    own = [word for name, word in OF_NABLAB.items() if name in forbidden]
    named = [LIBRARIES[name] for name in LIBRARIES if name in forbidden]
    named += [f"`{_as_written(name)}`" for name in forbidden if name not in LIBRARIES | OF_NABLAB]
    named += [f"nablab's own {_listed(own)}"] if own else []
    return f"**Not allowed in this exercise:** {_listed(named)}." if named else ""


def effort(exercise: Exercise) -> str:
    """What an exercise is worth and what it asks of a student, or "" if the lab does not say."""
    if not exercise.minutes:
        return ""
    points = f"{exercise.points:g} point" + ("" if exercise.points == 1 else "s")
    return f"*{points}, about {exercise.minutes:g} minutes, {exercise.difficulty}*"


def limits(of: Limits) -> str:
    """The limits of a student's code at grading, as a paragraph."""
    return (
        f"**Limits.** At grading one call of your code may take {_time(of.call_s)}, one cell "
        f"{_time(of.cell_s)}, all calls of one check {_time(of.test_s)} and the whole notebook "
        f"{_time(of.submission_s)}, with {_memory(of.memory_mb)} of memory."
    )


def _covered(name: str, names: tuple[str, ...]) -> bool:
    """Whether another of the names is a package that contains this one."""
    return any(name.startswith(f"{other}.") for other in names)


def _as_written(name: str) -> str:
    """A name as students write it."""
    return f"np.{name.removeprefix('numpy.')}" if name.startswith("numpy.") else name


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _time(seconds: float) -> str:
    return f"{seconds / 60:g} minutes" if seconds >= 120 and seconds % 60 == 0 else f"{seconds:g} s"


def _memory(megabytes: int) -> str:
    return f"{megabytes // 1024} GB" if megabytes % 1024 == 0 else f"{megabytes} MB"
