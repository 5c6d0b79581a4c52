"""What the tests in a browser look at, and with what."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the browser extra is there for these tests alone, which others leave out
    from playwright.sync_api import Page

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
PRECISION = 0.0051  # hundredths are shown
# Words as no corpus should have them, in place of the first of a list of the page.
HOSTILE = (
    "<img src=x onerror=\"document.title='harmed'\">",
    "<script>document.title='harmed'</script>",
    "x&y",
    "\"'`${1}",
    "</script><b>bold</b>",
    "a&word=b#c%20",
)


def number(text: str) -> float:
    """The number of a text like ".63" with a minus of typography."""
    return float(text.strip().replace("\N{MINUS SIGN}", "-"))


@dataclass
class Watched:
    """A page and all that it complained of or asked for.

    errors : messages of the console of kind error or warning, and uncaught exceptions; requests : addresses.
    """

    page: "Page"
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def check(self, own: Path) -> None:
        """Nothing was complained of, nothing but the file itself was asked for."""
        assert self.errors == []
        outside = [u for u in self.requests if u.partition("#")[0] != own.as_uri() and not u.startswith("data:")]
        assert outside == []
