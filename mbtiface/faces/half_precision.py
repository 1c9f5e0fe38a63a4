"""Whether a device computes faster in half precision."""

import torch


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device is a CPU that multiplies in bf16 by itself.

    There steps through a mobile generator take some 0.6 of float32's time, and faces come as close.
    Without the instructions bf16 is slower than float32.
    """
    can = torch.cpu.get_capabilities()
    return device.type == "cpu" and bool(can.get("avx512_bf16") or can.get("amx_bf16"))
