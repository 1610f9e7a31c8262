"""As Databricks exports: cells of Markdown behind `%md`, a title and an id for each."""


def change(nb):
    nb.before("ex-1-1", "%md\n# What I tried\nIt's *not* Python, isn't it?")
    nb.before("ex-1-2", "%sh\nls -la | head")
    for number, cell in enumerate(nb.cells):
        cell["metadata"]["application/vnd.databricks.v1+cell"] = {
            "nuid": f"{number}",
            "title": "",
            "showTitle": False,
        }
    nb.json["metadata"]["application/vnd.databricks.v1+notebook"] = {"language": "python"}
