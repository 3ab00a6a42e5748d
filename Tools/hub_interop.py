"""Reads and writes the Hub's cache with the official library, for Tests/SparrowHubTests.

    python Tools/hub_interop.py read   CACHE REPOSITORY     offline: the files of a snapshot
    python Tools/hub_interop.py write  CACHE REPOSITORY     downloads from HF_ENDPOINT
    python Tools/hub_interop.py upload FOLDER REPOSITORY    uploads to HF_ENDPOINT with HF_TOKEN

Prints a JSON object from the paths of the files to the SHA-256 of their bytes. Needs
huggingface_hub, as named in Tools/requirements.txt.
"""

import hashlib
import json
import pathlib
import sys

import huggingface_hub


def digests(folder):
    files = (path for path in pathlib.Path(folder).rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def main(action, place, repository):
    if action == "read":
        folder = huggingface_hub.snapshot_download(
            repository, cache_dir=place, local_files_only=True)
        scanned = huggingface_hub.scan_cache_dir(place)
        assert not scanned.warnings, scanned.warnings
        assert [repo.repo_id for repo in scanned.repos] == [repository]
    elif action == "write":
        folder = huggingface_hub.snapshot_download(repository, cache_dir=place)
    else:
        huggingface_hub.create_repo(repository, exist_ok=True)
        huggingface_hub.upload_folder(repo_id=repository, folder_path=place)
        folder = place
    print(json.dumps(digests(folder), sort_keys=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
