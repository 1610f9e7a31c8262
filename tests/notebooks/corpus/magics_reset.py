"""`%reset -f` between two exercises clears every name; the setup is run again below it."""


def change(nb):
    setup = nb["setup-1-0-1"]
    nb.before("ex-1-7", "# again\n" + setup)
    nb.before("own1", "%reset -f")
    nb.before("ex-1-8", nb["ex-1-2"])


FAILS = ()
