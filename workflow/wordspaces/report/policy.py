"""What the page may run and load: its own scripts, known by their digest, and nothing else from anywhere.

Words of the corpora reach scripts in data blocks alone, which no browser runs, and scripts show them as text.
"""

import base64
import hashlib
from collections.abc import Sequence

import vl_convert
from markupsafe import Markup

from wordspaces.common.errors import StudyError


def content_policy(scripts: Sequence[str]) -> str:
    """A Content-Security-Policy under which exactly these inline scripts run, no string is evaluated, nothing is
    fetched. Styles may stand inline, because Vega and the page set sizes and colours of elements.
    """
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def script_block(text: str) -> Markup:
    """An inline script, unchanged, as its digest stands in the policy; `StudyError` where it would end its element."""
    if "</script" in text.lower() or "<!--" in text:
        raise StudyError("script of the page", "</script or <!--", "text that does not end its element")
    return Markup("<script>") + Markup(text) + Markup("</script>")


def data_block(name: str, text: str) -> Markup:
    """Data for the scripts in an element of its own, `id` "data-<name>": JSON or base64, no markup whatever it says."""
    return (
        Markup(f'<script type="application/json" id="data-{name}">')
        + Markup(text.replace("<", "\\u003c"))
        + Markup("</script>")
    )


def vega_bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, which sets `vega`, `vegaLite` and `vegaEmbed`."""
    return vl_convert.javascript_bundle().replace("</script", "<\\/script")
