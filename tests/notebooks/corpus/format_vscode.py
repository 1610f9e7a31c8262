"""As VS Code saves: language ids in the metadata, other ids for cells that it has made anew."""


def change(nb):
    nb.json["metadata"]["vscode"] = {"interpreter": {"hash": "0"}}
    for number, cell in enumerate(nb.cells):
        cell["metadata"]["vscode"] = {
            "languageId": "python" if cell["cell_type"] == "code" else "markdown"
        }
        if number % 3 == 0 and "nbgrader" not in cell["metadata"]:
            cell["id"] = f"{number:08x}"
