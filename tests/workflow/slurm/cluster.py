"""A real Slurm of two nodes on this machine, without accounts or systemd, for as long as the tests run.

Debian's slurmd plays several nodes on one host (`slurmd -N`). Nodes say what they have instead of being measured, so
any machine will do; GPUs are pretended: Slurm hands them out and sets CUDA_VISIBLE_DEVICES, no more.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "sbatch", "squeue", "munged")
CONFIGURATION = Path("/etc/slurm")  # the only place where Snakemake's jobs look: they drop SLURM_CONF
NODES = ("node1", "node2")
CPUS, MEMORY = 2, 20000
GRACE = 10
CONF = """\
ClusterName=pretended
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmctldPort={controller}
StateSaveLocation={state}/controller
SlurmdSpoolDir={state}/spool-%n
SlurmctldPidFile={state}/slurmctld.pid
SlurmdPidFile={state}/slurmd-%n.pid
SlurmctldLogFile={state}/slurmctld.log
SlurmdLogFile={state}/slurmd-%n.log
AuthType=auth/munge
CryptoType=crypto/munge
# A requeued job waits as long as a credential lives, two minutes where nothing is said.
AuthInfo=socket={socket},cred_expire=20
# Neither cgroups nor affinity, which would need systemd; memory is watched once a second.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
GresTypes=gpu
ReturnToService=2
SchedulerParameters=bf_interval=5,sched_interval=5,batch_sched_delay=0,sched_min_interval=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
# The tests look back at jobs that have ended long ago.
MinJobAge=7200
KillWait={grace}
# A node that does not answer that long is gone.
SlurmdTimeout=15
InactiveLimit=0
MailProg=/bin/true
NodeName=DEFAULT CPUs={cpus} RealMemory={memory} Gres=gpu:pretended:2 State=UNKNOWN
{nodes}
PartitionName=cpu Nodes=ALL Default=YES MaxTime=UNLIMITED PriorityTier=10 PreemptMode=OFF
PartitionName=gpu Nodes=ALL MaxTime=UNLIMITED PriorityTier=10 PreemptMode=OFF
PartitionName=low Nodes=ALL MaxTime=UNLIMITED PriorityTier=1 PreemptMode=REQUEUE GraceTime={grace}
"""
GRES = "AutoDetect=off\nNodeName=node[1-2] Name=gpu Type=pretended File=/dev/null,/dev/zero\n"


def missing_programs() -> list[str]:
    """Programs of Slurm and munge that this machine lacks."""
    places = os.environ["PATH"] + ":/usr/sbin:/sbin"
    return [name for name in PROGRAMS if shutil.which(name, path=places) is None]


def wait_for(met: Callable[[], object], seconds: float, what: str) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not met():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.2)


def output(*command: str) -> str:
    """What a command prints; its errors too where it fails."""
    run = subprocess.run(command, text=True, stdout=-1, stderr=-2, check=False)
    assert run.returncode == 0, f"{' '.join(command)}: {run.stdout}"
    return run.stdout.strip()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in found:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in found]


@dataclass(frozen=True)
class Job:
    """A job as Slurm lists it."""

    number: int
    state: str
    partition: str
    comment: str
    name: str
    node: str


class Cluster:
    """The running cluster; `state` is the folder of its logs."""

    def __init__(self, state: Path) -> None:
        if os.environ.get("WORDSPACES_PRIVATE_SLURM") != "1":
            raise RuntimeError("a cluster is started in folders of its own only: make test-slurm")
        self.state, self.socket = state, state / "munge.socket"
        (state / "controller").mkdir(parents=True)
        self._start_munge()
        controller, *ports = free_ports(1 + len(NODES))
        host = socket.gethostname().split(".")[0]
        lines = [
            f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port}"
            for node, port in zip(NODES, ports, strict=True)
        ]
        values = {"host": host, "state": state, "controller": controller, "grace": GRACE, "cpus": CPUS}
        values["socket"] = self.socket
        (CONFIGURATION / "slurm.conf").write_text(CONF.format(nodes="\n".join(lines), memory=MEMORY, **values))
        (CONFIGURATION / "gres.conf").write_text(GRES)
        output("/usr/sbin/slurmctld")
        for node in NODES:
            self.start_node(node)

    def _start_munge(self) -> None:
        """Munge, by which the daemons know each other, with a key of its own."""
        key = self.state / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        named = {"socket": "socket", "pid-file": "pid", "seed-file": "seed", "log-file": "log"}
        own = [f"--{option}={self.state}/munge.{name}" for option, name in named.items()]
        # As root and without a user of its own: nobody else is here.
        output("/usr/sbin/munged", "--force", f"--key-file={key}", *own)
        asked = ["munge", "--no-input", f"--socket={self.socket}"]
        wait_for(lambda: subprocess.run(asked, capture_output=True, check=False).returncode == 0, 20, "munge")

    def start_node(self, node: str) -> None:
        """Bring a node up, for the first time or again."""
        (self.state / f"spool-{node}").mkdir(exist_ok=True)
        output("/usr/sbin/slurmd", "-N", node)
        wait_for(lambda: self.node_state(node) in ("idle", "mixed", "allocated"), 60, f"node {node}")

    def kill_node(self, node: str) -> None:
        """Take a node away as a power cut would: its daemon, and the processes of its jobs, at once."""
        daemon = int((self.state / f"slurmd-{node}.pid").read_text())
        steps = [pid for pid, line in processes() if line.startswith("slurmstepd") and self._node_of(pid) == node]
        gone = [daemon, *steps, *(child for step in steps for child in descendants(step))]
        for pid in gone:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _node_of(self, pid: int) -> str:
        """Node that a step daemon works for: the children of its steps are told."""
        for child in descendants(pid):
            with contextlib.suppress(OSError):
                for entry in Path(f"/proc/{child}/environ").read_bytes().split(b"\0"):
                    if entry.startswith(b"SLURMD_NODENAME="):
                        return entry.partition(b"=")[2].decode()
        return ""

    @staticmethod
    def node_state(node: str) -> str:
        """State of a node in the words of sinfo."""
        return output("sinfo", "-h", "-n", node, "-p", "cpu", "-o", "%T").rstrip("*~#$@+")

    @staticmethod
    def jobs(states: str = "all") -> list[Job]:
        """Jobs that Slurm remembers, oldest first."""
        lines = output("squeue", "-h", "-S", "i", "-t", states, "-o", "%A|%T|%P|%k|%j|%N").splitlines()
        rows = [line.split("|") for line in lines]
        return [Job(int(row[0]), *row[1:]) for row in rows]


def processes() -> Iterator[tuple[int, str]]:
    """(process, command line) of all that run."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                yield int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")


def descendants(pid: int) -> list[int]:
    """All processes below one; a child belongs to the thread that started it, as Snakemake's jobs do."""
    children = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            children += [int(one) for one in task.read_text().split()]
    return children + [below for child in children for below in descendants(child)]
