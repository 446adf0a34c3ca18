"""PyTorch: the network in plain layers, with the channels last, in float32 and in bfloat16, and compiled."""

import os
import warnings
from typing import Any

from configs.command_line import quiet_libraries
from train.engines.network import Batch, Infer, Network


def float32(network: Network) -> Infer:
    """Return the network in float32."""
    return _infer(_built(network))


def bfloat16(network: Network) -> Infer:
    """Return the network with weights and values in bfloat16; the softmax is computed in float32."""
    import torch

    return _infer(_built(network).to(torch.bfloat16))


def compiled(network: Network) -> Infer:
    """Return the network in bfloat16 after ``torch.compile``, with the weights frozen into it."""
    import torch
    import torch._inductor.config as inductor

    inductor.freezing = True
    inductor.compile_threads = 1
    infer = _infer(torch.compile(_built(network).to(torch.bfloat16), dynamic=False))
    with quiet_libraries(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of parts of its own
        infer(network.pictures[0])
    return infer


def _built(network: Network) -> Any:
    with quiet_libraries():
        import torch

        from train.engines import torch_network

        torch.set_num_threads(os.cpu_count() or 1)
        return torch_network.build(network.keras)


def _infer(module: Any) -> Infer:
    import torch

    def infer(batch: Batch) -> Batch:
        with torch.inference_mode():
            scores: Batch = module(torch.from_numpy(batch)).contiguous().numpy()
        return scores

    return infer
