"""A Ray for tests that several of them share: ``python -m tests.ray_head CPUS GPUS``.

Prints its address, lives until its input ends. GPUs are only counted: none need be there.
"""

from __future__ import annotations

import os
import shutil
import sys

from auditor.archive.engines.ray_opening import ALONE, SILENT

os.environ.update(SILENT | ALONE)

import ray

from auditor.archive.engines.ray import OBJECTS_BYTES, own_folder


def main() -> None:
    """Live."""
    folder = own_folder()
    try:
        context = ray.init(
            address="local",
            num_cpus=int(sys.argv[1]),
            num_gpus=int(sys.argv[2]),
            include_dashboard=False,
            log_to_driver=False,
            logging_level="ERROR",
            object_store_memory=OBJECTS_BYTES,
            _node_ip_address="127.0.0.1",
            _temp_dir=str(folder),
        )
        print(context.address_info["gcs_address"], flush=True)
        sys.stdin.read()
        ray.shutdown()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
