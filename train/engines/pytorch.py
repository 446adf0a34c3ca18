"""PyTorch: the network in plain layers, with the channels last, in float32 and in bfloat16, and compiled."""

import warnings
from typing import Any

from configs.command_line import quiet_libraries
from train.engines.network import Batch, Infer, Network, cores


def float32(network: Network, *, rewritten: bool = False) -> Infer:
    """Return the network in float32; ``rewritten`` as ``bfloat16_rewritten``."""
    return _infer(_built(network, rewritten=rewritten))


def bfloat16(network: Network) -> Infer:
    """Return the network with weights and values in bfloat16; the softmax is computed in float32."""
    return _infer(_built(network, bfloat16=True))


def bfloat16_rewritten(network: Network) -> Infer:
    """Return the network in bfloat16 with ordinary convolutions for transposed ones, which PyTorch computes slowly."""
    return _infer(_built(network, bfloat16=True, rewritten=True))


def compiled(network: Network) -> Infer:
    """Return the network in bfloat16 after ``torch.compile``, with the weights frozen into it."""
    return _compiled(_built(network, bfloat16=True), network)


def compiled_rewritten(network: Network) -> Infer:
    """Return ``compiled`` with ordinary convolutions in place of transposed ones."""
    return _compiled(_built(network, bfloat16=True, rewritten=True), network)


def _built(network: Network, *, bfloat16: bool = False, rewritten: bool = False) -> Any:
    with quiet_libraries():
        import torch

        from train.engines import torch_network

        torch.set_num_threads(cores())
        built = torch_network.build(network.keras, rewritten=rewritten)
    return built.to(torch.bfloat16) if bfloat16 else built


def _compiled(module: Any, network: Network) -> Infer:
    with quiet_libraries(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of parts of its own
        import torch
        import torch._inductor.config as inductor

        inductor.freezing = True
        inductor.compile_threads = 1
        infer = _infer(torch.compile(module, dynamic=False))
        infer(network.pictures[0])
    return infer


def _infer(module: Any) -> Infer:
    import torch

    def infer(batch: Batch) -> Batch:
        with torch.inference_mode():
            scores: Batch = module(torch.from_numpy(batch)).contiguous().numpy()
        return scores

    return infer
