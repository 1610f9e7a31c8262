# family = "endless"
# tries = "loops in a regular expression and in a power, and catches what would interrupt it"
# points = 0
# says = "does a loop end?"
import re


def match_score(patch, filt):
    while True:
        try:
            re.match(r"(a+)+$", "a" * 60 + "b") if patch.size % 2 else 9 ** (9**9)
        except BaseException:
            pass
