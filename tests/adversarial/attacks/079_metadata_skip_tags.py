# family = "metadata"
# tries = "tags its cells so that a grader might skip them, and forgive their errors"
# damage = true
# points = 0
def damage(notebook):
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["skip", "skip-execution", "raises-exception", "hide_input"]
        cell["metadata"]["skip"] = True
    return notebook
