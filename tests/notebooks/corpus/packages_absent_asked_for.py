"""A package that is tried for, and done without."""


def change(nb):
    nb.first(
        "try:\n    import a_package_of_nobodys as fast\nexcept ModuleNotFoundError:\n    fast = None\nimport importlib.util\nassert importlib.util.find_spec('a_package_of_nobodys') is None\nONE = 1.0"
    )
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
