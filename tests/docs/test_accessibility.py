"""The site's pages in a browser: no serious violation of the accessibility rules that axe knows."""

import shutil

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        system = shutil.which("chromium") or shutil.which("google-chrome")
        try:
            chromium = driver.chromium.launch(executable_path=system, args=["--no-sandbox"])
        except playwright.Error:
            pytest.skip("there is no Chromium here: `playwright install chromium`")
        yield chromium
        chromium.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", ["index", "layers/conv2d", "cli"])
def test_no_serious_violation(site, chromium, page, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    tab = chromium.new_page(color_scheme=scheme)
    tab.goto((site / f"{page}.html").as_uri())
    found = axe.run(tab).response["violations"]
    tab.close()
    assert not {
        one["id"]: [node["html"][:200] for node in one["nodes"]]
        for one in found
        if one["impact"] in ("serious", "critical")
    }
