"""Profiles of hypothesis, and the proof that a run tests the installation it was meant to test."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

settings.register_profile("default", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("slow", parent=settings.get_profile("default"), derandomize=False, max_examples=2_000)
settings.register_profile(  # a planted fault is to be found, nobody reads the smallest example of it
    "faults", parent=settings.get_profile("default"), phases=[Phase.explicit, Phase.generate]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_report_header() -> str:
    import lifecycle

    return f"lifecycle: {Path(lifecycle.__file__).parent}"


def pytest_configure() -> None:
    """`LIFECYCLE_FROM=directory` refuses to test a package that lies anywhere else."""
    wanted = os.environ.get("LIFECYCLE_FROM")
    if wanted:
        import lifecycle

        if not Path(lifecycle.__file__).is_relative_to(Path(wanted).absolute()):
            pytest.exit(f"lifecycle comes from {lifecycle.__file__}, not from {wanted}", returncode=3)
