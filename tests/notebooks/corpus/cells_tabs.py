"""A solution indented with tabs."""


def change(nb):
    nb["ex-1-2"] = nb["ex-1-2"].replace("    ", "\t")
