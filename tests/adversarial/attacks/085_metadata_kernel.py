# family = "metadata"
# tries = "asks for a kernel that runs commands, and for extensions"
# damage = true
# base = "solved"
# points = 100
def damage(notebook):
    notebook["metadata"] = {
        "kernelspec": {"name": "bash", "argv": ["sh", "-c", "touch @CANARY@"]},
        "language_info": {"name": "../../../../etc/passwd"},
        "nbgrader": {"course": "../..", "assignment": "../../x"},
    }
    notebook["nbformat_minor"] = 10**30
    return notebook
