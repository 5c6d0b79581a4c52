"""Jobs of a study as a forecast sees them: what they are of, what they ask for, and what they wait for."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Job:
    """One job of the graph.

    rule, stage : names; wildcards : of the rule. needs : numbers of the jobs whose files it reads, all smaller than its
    own in a list of jobs. uses : units of what is limited while it runs ("cores", "gpu", connections to a host).
    megabytes, minutes : memory and time that it asks for. benchmark : file in which its measures lie after it ran.
    todo : whether it would run now.
    """

    rule: str
    stage: str
    wildcards: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[int, ...] = ()
    uses: Mapping[str, int] = field(default_factory=lambda: {"cores": 1})
    megabytes: float = 0
    minutes: float = 0
    benchmark: str | None = None
    outputs: tuple[str, ...] = ()
    todo: bool = True

    @property
    def cores(self) -> int:
        """Threads that it is given."""
        return self.uses.get("cores", 1)

    @property
    def gpus(self) -> int:
        """GPUs that it is given."""
        return self.uses.get("gpu", 0)
