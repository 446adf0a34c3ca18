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


def test_where_no_features_are_listed_nothing_is_lost(tmp_path):
    assert cpu.features(tmp_path / "absent") == frozenset()
    assert not cpu.loses_by_bfloat16(frozenset())


def test_a_cpu_is_told_by_its_name_and_instructions(tmp_path):
    (tmp_path / "cpuinfo").write_text("cpu MHz\t\t: 2000.1\nmodel name\t: Xeon 8\nflags\t\t: fpu amx_bf16\n")
    assert cpu.name(tmp_path / "cpuinfo") == "Xeon 8"
    assert cpu.instructions(tmp_path / "cpuinfo") == "fpu amx_bf16"
    assert cpu.instructions(tmp_path / "absent") == ""
