"""Makes `shared` and every group's package importable from this checkout (an editable install)."""

from pathlib import Path

from setuptools import setup

root = Path(__file__).parent
groups = [path for path in sorted((root / "functions").iterdir()) if (path / path.name).is_dir()]

setup(
    packages=[
        "shared",
        *(f"shared.{floor}" for floor in ("base", "web", "google", "domain")),
        *(group.name for group in groups),
    ],
    package_dir={group.name: f"functions/{group.name}/{group.name}" for group in groups},
    install_requires=[],
)
