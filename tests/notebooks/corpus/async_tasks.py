"""A task that one cell starts and another awaits."""


def change(nb):
    nb.first(
        "import asyncio\n\nasync def work():\n    await asyncio.sleep(0.01)\n    return 5\n\ntask = asyncio.create_task(work())"
    )
    nb.before("ex-1-1", "five = await task")
    nb.top("ex-1-1", "assert five == 5")
