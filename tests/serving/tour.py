"""Run by the tests in a process of its own: opens every page and prints as JSON what it shows.

Arguments: an event file of TensorBoard.
"""

import json
import sys
from pathlib import Path

from pages.shared.ui.layout import pages
from pages.training import log_import
from tests.pages.app import model_panels, open_page

LINKS = {
    "Compare": [{"models": "tiny_pets", "sample": "chelsea"}, {"models": "tiny_pets", "dataset": "oxford_iiit_pet"}],
    "Models": [{"model": "tiny_pets", "view": view} for view in ("Downloads", "Layers", "Recipe")] + [{"add": "1"}],
    "Evaluation": [{}, {"evaluate": "tiny_pets"}],
    "Datasets": [{}, {"dataset": "camvid"}],
}


def shown(script: str, link: dict[str, str]) -> dict[str, list[str]]:
    """Open a page; return what it says, and its buttons that are disabled."""
    app = open_page(script, link)
    return {
        "exceptions": [one.message for one in app.exception],
        "errors": [one.value for one in app.error],
        "texts": [one.value for one in (*app.info, *app.caption, *app.warning)],
        "disabled": [one.key for one in app.button if one.disabled],
        "masks": list(model_panels(app)) if link.get("sample") else [],
    }


if __name__ == "__main__":
    found = {title: [shown(script, link) for link in LINKS.get(title, [{}])] for script, title in pages()}
    log = Path(sys.argv[1])
    curves, problems = log_import.read([(log.name, log.read_bytes())])
    assert not {"tensorflow", "tensorboard", "keras"} & set(sys.modules)
    print(json.dumps({"pages": found, "curves": len(curves), "problems": problems}))
