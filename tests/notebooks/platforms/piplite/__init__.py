"""What a notebook of JupyterLite asks its platform for."""


async def install(packages):
    print("installed", *packages)
