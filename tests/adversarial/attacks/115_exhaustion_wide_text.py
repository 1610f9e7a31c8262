# family = "exhaustion"
# tries = "a list of words, one of them long: as an array each would take as much as the longest"
# points = 0
# says = "which is not an array of numbers"
def match_score(patch, filt):
    return ["a" * 3_000_000] + ["b"] * 400
