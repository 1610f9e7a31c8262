"""A decorated answer, and a decorator of the student's own."""


def change(nb):
    nb.first(
        "import functools\n\ndef noisy(f):\n    @functools.wraps(f)\n    def inner(*a, **k):\n        print(f.__name__)\n        return f(*a, **k)\n    return inner"
    )
    nb.top("ex-1-1", "@noisy")
