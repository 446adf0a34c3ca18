"""What the features of a CPU tell."""

import pytest

from models.inference import cpu


@pytest.mark.parametrize(
    ("text", "loses"),
    [
        ("vendor_id\t: GenuineIntel\nflags\t\t: avx512_bf16 amx_bf16 amx_tile", False),
        ("vendor_id\t: GenuineIntel\nflags\t\t: avx512_bf16", True),
        ("vendor_id\t: AuthenticAMD\nflags\t\t: avx512_bf16", False),
        ("vendor_id\t: AuthenticAMD\nflags\t\t: avx2", False),
    ],
)
def test_only_an_intel_cpu_without_amx_loses_by_bfloat16(tmp_path, text, loses):
    (tmp_path / "cpuinfo").write_text(text)
    assert cpu.loses_by_bfloat16(cpu.features(tmp_path / "cpuinfo")) == loses


@pytest.mark.parametrize(
    ("flags", "gains"),
    [
        ("avx2 avx512f avx512_vnni", True),
        ("avx2 avx_vnni", True),
        ("avx512f amx_tile amx_int8", True),
        ("avx2 avx512f avx512_bf16", False),
        ("fp asimd asimddp i8mm", False),
        ("", False),
    ],
)
def test_cpus_with_instructions_for_8_bit_integers_gain_by_int8(flags, gains):
    assert cpu.multiplies_int8(frozenset(flags.split())) == gains


def test_where_no_features_are_listed_nothing_is_lost(tmp_path):
    assert cpu.features(tmp_path / "absent") == frozenset()
    assert not cpu.loses_by_bfloat16(frozenset())


def test_a_cpu_is_told_by_its_name_and_instructions(tmp_path):
    (tmp_path / "cpuinfo").write_text("cpu MHz\t\t: 2000.1\nmodel name\t: Xeon 8\nflags\t\t: fpu amx_bf16\n")
    assert cpu.name(tmp_path / "cpuinfo") == "Xeon 8"
    assert cpu.instructions(tmp_path / "cpuinfo") == "fpu amx_bf16"
    assert cpu.instructions(tmp_path / "absent") == ""
