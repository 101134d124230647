"""What every folder of tests may use."""

import pytest

pytest_plugins = ["tests.town", "tests.benches", "tests.identity_rotation"]


def pytest_addoption(parser):
    parser.addoption("--histories", type=int, default=300, help="how many random histories of deliveries are run")


@pytest.fixture(scope="session", autouse=True)
def landed_files_are_finished():
    """Tests land a file and take it in at once; those about files still being written set the quiet time themselves."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("ingestion.settling.QUIET_SECONDS", 0.0)
        yield
