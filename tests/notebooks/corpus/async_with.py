"""A top-level `async with`."""


def change(nb):
    nb.first(
        "from contextlib import asynccontextmanager\n\n@asynccontextmanager\nasync def held():\n    yield 7\n\nasync with held() as seven:\n    pass"
    )
    nb.top("ex-1-1", "assert seven == 7")
