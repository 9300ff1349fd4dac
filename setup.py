"""Maps the top-level folders into the one import root `seatrial`; everything else stands in pyproject.toml.

A user's own folder called `harness` or `fakes` must never shadow ours, so nothing is importable without the root.
"""

from setuptools import find_packages, setup

FOLDERS = ("harness", "fakes", "suites", "scenarios")

setup(
    packages=[
        f"seatrial.{name}"
        for name in find_packages(include=[pattern for folder in FOLDERS for pattern in (folder, f"{folder}.*")])
    ],
    package_dir={f"seatrial.{folder}": folder for folder in FOLDERS},
    # Scenarios and templates lie in folders that are no packages, so the patterns go down.
    package_data={"": ["**/*.yaml", "**/*.json", "**/*.gz", "**/*.j2", "**/*.md", "py.typed"]},
)
