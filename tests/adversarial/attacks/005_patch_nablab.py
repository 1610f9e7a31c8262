# family = "patching"
# tries = "replaces nablab's own comparisons, and what answers the grader in its process"
# at_most = 1.2
import nablab.sandbox.protocol as protocol
import nablab.sandbox.serve as serve

try:
    import nablab.checking.expect as expect

    expect.close = expect.equal = expect.holds = lambda *args, **kwargs: None
except BaseException:
    pass
serve.Server.do_call = lambda self, of, args, kwargs: {"state": "passed", "points": 100}
protocol.measured = lambda *args: 0


def match_score(patch, filt):
    return 1.0
