# family = "metadata"
# tries = "hands in one solved exercise under the ids of all"
# damage = true
# at_most = 8
import copy


def damage(notebook):
    solved = "def match_score(patch, filt):\n    return float(np.mean(patch * (1.0 * filt)))\n"
    for cell in [cell for cell in notebook["cells"] if cell["id"].startswith("ex-")]:
        twin = copy.deepcopy(cell)
        cell["source"] = solved
        twin["source"] = solved
        notebook["cells"].append(twin)
    return notebook
