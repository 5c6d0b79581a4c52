"""What two equal studies have in common: the digests of all their artefacts, without what a clock said."""

import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Project

# Clock values and the figure made from them: the only files that may differ between two equal runs, beside Snakemake's
# own logs and benchmarks; of the page the parts that `TIMED` names.
CLOCKS = ("timing.json", "cost.json", "cost.svg", "cost.png", "cost.csv")
CLOCK_FOLDERS = ("logs", "benchmarks")
PAGE = "report.html"
TIMED = re.compile(
    r'<section id="cost">.*?</section>|<td class="number clock">.*?</td>|<tr><td>[^<]*figures/cost\.svg</td>.*?</tr>',
    re.DOTALL,
)
RECORD = re.compile(r'(<script type="application/json" id="provenance">)(.*?)(</script>)', re.DOTALL)


def without_clocks(page: str) -> str:
    """The page without what it took from a clock: the section on cost, seconds, digests of the files they are from."""
    found = RECORD.search(page)
    record = json.loads(found.group(2))
    record.pop("content")
    inputs = {path: digest for path, digest in record["inputs"].items() if Path(path).name not in CLOCKS}
    left = json.dumps(record | {"inputs": inputs}, sort_keys=True)
    return TIMED.sub("", page[: found.start(2)]) + left + page[found.end(2) :]


def artefacts(project: "Project") -> dict[str, str]:
    """Digest of every artefact of the smoke study, by its path; of the page, without what a clock said."""
    folder = project.folder / "results" / "smoke"
    timeless = {PAGE: hashlib.sha256(without_clocks((folder / PAGE).read_text()).encode()).hexdigest()}
    return timeless | {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.name not in (*CLOCKS, PAGE)
        and path.relative_to(folder).parts[0] not in CLOCK_FOLDERS
    }
