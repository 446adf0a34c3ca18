import keras
import pytest

from train import precision

FEATURES = {
    "Intel with AMX": ("vendor_id\t: GenuineIntel\nflags\t\t: fpu avx512_bf16 amx_bf16 amx_tile amx_int8", True),
    "Intel whose AMX is hidden": ("vendor_id\t: GenuineIntel\nflags\t\t: fpu sse2 avx512f avx512_bf16", False),
    "AMD Zen 4": ("vendor_id\t: AuthenticAMD\nflags\t\t: fpu sse2 avx2 avx512f avx512_bf16", True),
    "Arm with BF16": ("Features\t: fp asimd sve bf16 i8mm", True),
    "Intel before it": ("flags\t\t: fpu sse2 avx2 avx512f avx512_vnni", False),
    "a name that only contains it": ("flags\t\t: fpu not_amx_bf16_really bf16x", False),
    "nothing": ("", False),
}


@pytest.mark.parametrize(("text", "gains"), FEATURES.values(), ids=FEATURES.keys())
def test_cpu_features_decide_about_bfloat16(tmp_path, text, gains):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\nmodel name\t: A CPU\n{text}\n")
    assert precision.cpu_gains_by_bfloat16(cpuinfo) == gains


def test_unknown_cpu_features_give_float32(tmp_path):
    assert not precision.cpu_gains_by_bfloat16(tmp_path / "cpuinfo")


@pytest.mark.parametrize(("gains", "resolved"), [(True, "bfloat16"), (False, "float32")])
def test_auto_is_the_faster_precision(monkeypatch, gains, resolved):
    monkeypatch.setattr(precision, "has_gpu", lambda: False)
    monkeypatch.setattr(precision, "cpu_gains_by_bfloat16", lambda: gains)
    assert precision.resolve("auto") == resolved
    assert precision.resolve("float32") == "float32"
    assert precision.resolve("bfloat16") == "bfloat16"


def test_a_gpu_takes_precedence_over_the_cpu(monkeypatch):
    monkeypatch.setattr(precision, "has_gpu", lambda: True)
    monkeypatch.setattr(precision, "cpu_gains_by_bfloat16", lambda: True)
    monkeypatch.setattr(precision, "_gpu_has_bfloat16", lambda: False)
    assert precision.resolve("auto") == "float32"


def test_this_machine_shows_no_gpu_to_the_tests():
    assert not precision.has_gpu()


@pytest.mark.parametrize(("name", "computes"), [("float32", "float32"), ("bfloat16", "bfloat16")])
def test_weights_stay_in_float32(name, computes):
    policy = keras.dtype_policies.get(precision.policy(name))
    assert (policy.compute_dtype, policy.variable_dtype) == (computes, "float32")
