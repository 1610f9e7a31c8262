"""Threads that a cell starts, and a pool that a solution uses."""


def change(nb):
    nb.first(
        "import threading\nbox = []\nt = threading.Thread(target=box.append, args=[1])\nt.start(); t.join()"
    )
    nb["ex-1-1"] = (
        "from concurrent.futures import ThreadPoolExecutor\n\n"
        "def match_score(patch, filt):\n"
        "    with ThreadPoolExecutor(2) as pool:\n"
        "        rows = list(pool.map(np.multiply, np.asarray(patch, float), np.asarray(filt, float)))\n"
        "    return float(np.mean(rows))"
    )
