"""A solution's own cell gathers coroutines."""


def change(nb):
    nb["ex-1-1"] += (
        "\n\nimport asyncio\n\nasync def double(n):\n    return 2 * n\n\nassert await asyncio.gather(double(1), double(2)) == [2, 4]"
    )
