"""What pyproject.toml cannot say: files from beside the package go into the wheel, as `emoprefer_assets/_project`."""

from setuptools import find_packages, setup

BESIDE = "emoprefer_assets._project"

setup(
    packages=[*find_packages(include=["emoprefer_assets*"]), BESIDE],
    package_dir={BESIDE: "."},
    package_data={
        "emoprefer_assets": [
            "py.typed",
            "doctor/clip/*.mp4",
            "strategies/prompts/**/*.jinja",
            "report/page/*",
            "people/page/*",
        ],
        BESIDE: [
            "pyproject.toml",
            "dagster.yaml",
            "workspace.yaml",
            "env.sh",
            "sql/**/*.sql",
            "data/judges.yaml",
            "data/models/**/*",
            "data/sample/**/*",
        ],
    },
    # Of each package only what stands above.
    include_package_data=False,
)
