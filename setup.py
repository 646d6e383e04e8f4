"""Makes `shared`, every group and the Python client importable from this checkout (editable)."""

from pathlib import Path

from setuptools import setup

root = Path(__file__).parent
groups = [path for path in sorted((root / "functions").iterdir()) if (path / path.name).is_dir()]

setup(
    packages=[
        "shared",
        *(f"shared.{floor}" for floor in ("base", "web", "google", "domain")),
        *(group.name for group in groups),
        "simpul_client",
    ],
    package_dir={
        "simpul_client": "clients/python/simpul_client",
        **{group.name: f"functions/{group.name}/{group.name}" for group in groups},
    },
    install_requires=[],
)
