"""As Colab exports: nbformat 4.0, its own ids in the metadata, forms in comments."""


def change(nb):
    nb.first('#@title Settings\nONE = 1.0 #@param {type:"number"}')
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
    nb.json["nbformat_minor"] = 0
    nb.json["metadata"] = {
        "colab": {"provenance": [], "toc_visible": True},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
    }
    for number, cell in enumerate(nb.cells):
        name = cell.pop("id")
        cell["metadata"] = {
            "id": f"x{number}AbC",
            **({"nbgrader": {"grade_id": name}} if name.startswith(("ex-", "check-")) else {}),
        }
        if cell["cell_type"] == "code":
            cell["metadata"] |= {"colab": {"base_uri": "https://localhost:8080/"}, "outputId": "a1"}
