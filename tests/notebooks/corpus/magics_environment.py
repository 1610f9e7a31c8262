"""`%env`, `%cd` and `%pwd`."""


def change(nb):
    nb.first("%env COURSE=vision\n%mkdir -p deep\n%cd deep\nhere = %pwd\n%cd ..")
    nb.top("ex-1-1", "import os\nassert os.environ['COURSE'] == 'vision' and here.endswith('deep')")
