# family = "forged score"
# tries = "hands in grade cells that already show the output of a passed check"
# damage = true
# points = 0
def damage(notebook):
    for cell in notebook["cells"]:
        if cell["id"].startswith("check-"):
            cell["execution_count"] = 1
            cell["outputs"] = [
                {"output_type": "execute_result", "execution_count": 1, "metadata": {},
                 "data": {"text/plain": "18.0"}},
            ]  # fmt: skip
    return notebook
