"""A top-level `async for`, and an asynchronous comprehension."""


def change(nb):
    nb.first(
        "async def three():\n    for n in range(3):\n        yield n\n\ntotal = 0\nasync for n in three():\n    total += n\nsquares = [n * n async for n in three()]"
    )
    nb.top("ex-1-1", "assert total == 3 and squares == [0, 1, 4]")
