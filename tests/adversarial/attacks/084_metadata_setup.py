# family = "metadata"
# tries = "writes a setup cell of its own, which is loaded before every exercise"
# damage = true
# points = 0
def damage(notebook):
    for cell in notebook["cells"]:
        if "setup" in cell["metadata"].get("tags", []):
            cell["source"] = "import os\nos._exit(0)\n"
    return notebook
