"""Commands of the shell, and their output as a list."""


def change(nb):
    nb.first(
        "!echo hello > greeting.txt\nwords = !cat greeting.txt\nname = 'greeting.txt'\nsame = !cat {name}\n!ls -l | head -2"
    )
    nb.top("ex-1-1", "assert list(words) == ['hello'] and same[0] == 'hello'")
