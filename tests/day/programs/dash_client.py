"""Asks for the page's callback as a browser does, with requests-toolbelt's session."""

import sys

from requests_toolbelt import sessions

browser = sessions.BaseUrlSession(sys.argv[1])
print(browser.get("/_dash-layout").status_code)
asked = {
    "output": "found.children",
    "outputs": {"id": "found", "property": "children"},
    "inputs": [{"id": "word", "property": "value", "value": "disk"}],
    "changedPropIds": ["word.value"],
}
print(browser.post("/_dash-update-component", json=asked).json())
