# family = "honest"
# tries = "has pictures in its outputs, pasted into its text, and the numbers behind a plot"
# damage = true
# base = "solved"
# points = 100
def damage(notebook):
    picture = "iVBORw0KGgo" + "A" * 3_000_000
    shown = {"output_type": "display_data", "metadata": {}, "data": {"image/png": picture}}
    points = {"x": [n / 7 for n in range(100_000)], "rows": [{"x": [n]} for n in range(50_000)]}
    plot = {"output_type": "display_data", "metadata": {}, "data": {"application/json": points}}
    text = {"cell_type": "markdown", "id": "text", "metadata": {}}
    text["source"] = f"![what I saw](data:image/png;base64,{picture})"
    notebook["cells"].insert(6, text)
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    code[0]["outputs"], code[1]["outputs"] = [shown], [plot]
    return notebook
