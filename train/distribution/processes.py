"""Joins the processes of a distributed training, on ``jax.distributed`` and ``keras.distribution``."""

import contextlib
import hashlib
from collections.abc import Iterator

import keras
import numpy as np

from configs.command_line import quiet_libraries
from configs.errors import UserError
from train.distribution.meeting import meet
from train.distribution.options import Cluster, check_batch
from train.distribution.team import Share, Team

LOST_SECONDS = 30
"""After so many seconds without a sign of life, a process counts as lost."""
LEAVE_SECONDS = 10
"""How long a process that has finished waits for the others to say so, too."""


class Joined(Team):
    """Several processes, each with the network on all of its devices, that compute every step together.

    Keras's ``DataParallel`` keeps the variables equal on all devices and splits the batch among them; XLA adds up the
    gradients, and the sums of batch normalisation and of the losses, over all devices: on CPUs by Gloo, on GPUs by
    NCCL. So a step is that of one process with the whole batch, but for the order of the additions.
    """

    def __init__(self, cluster: Cluster) -> None:
        """Take part in ``cluster``, which this process has joined."""
        self.leads = cluster.leads
        self.address = cluster.address
        self.devices = keras.distribution.get_device_count()
        self.share = Share(cluster.process, cluster.processes, self.devices)

    def check_batch(self, size: int) -> None:
        """Raise ``UserError`` unless a batch can be shared evenly by the devices of all processes."""
        check_batch(size, self.devices, "devices")

    def any(self, flag: bool) -> bool:
        """Return whether a flag is set in any process; every process has to ask."""
        from jax.experimental import multihost_utils

        return bool(np.any(multihost_utils.process_allgather(np.array(flag, np.int32))))

    def check_same(self, *facts: str) -> None:
        """Raise ``UserError`` in every process unless all were started with the same config and the same images."""
        from jax.experimental import multihost_utils

        digest = np.frombuffer(hashlib.sha256("\n".join(facts).encode()).digest()[:4], np.int32)
        digests = np.ravel(multihost_utils.process_allgather(digest))
        others = np.flatnonzero(digests != digests[0])
        if others.size:
            raise UserError(
                f"process {others[0]} has another config, other images or another precision than process 0; "
                "start all with the same ones"
            )

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """Train inside the block, and then leave the others. Raises ``UserError`` if one of them is lost."""
        import jax

        distribution = keras.distribution.DataParallel(auto_shard_dataset=False)
        try:
            with distribution.scope():
                yield
        except (RuntimeError, ValueError) as error:  # JAX has raised either for a lost connection
            if isinstance(error, UserError) or not _is_of_communication(error):
                raise
            raise UserError(
                "another process of this training has ended or can't be reached any more; "
                "continue with --resume, once all of them can"
            ) from error
        jax.distributed.shutdown()


def join(cluster: Cluster) -> Joined:
    """Wait until all processes are there, and connect them. Raises ``UserError`` if some do not come in time."""
    import jax

    meet(cluster)
    # Not keras.distribution.initialize, which calls this, too, but without any limit to the waits.
    jax.distributed.initialize(
        cluster.address,
        cluster.processes,
        cluster.process,
        initialization_timeout=cluster.wait,
        heartbeat_timeout_seconds=LOST_SECONDS,
        shutdown_timeout_seconds=LEAVE_SECONDS,
    )
    with quiet_libraries():  # Gloo tells how many processes it has connected
        joined = Joined(cluster)
        joined.any(False)
    return joined


def _is_of_communication(error: Exception) -> bool:
    text = str(error).lower()
    return any(
        word in text
        for word in (
            "gloo",
            "nccl",
            "coordination service",
            "connection closed",
            "connection reset",
            "deadline_exceeded",
        )
    )
