"""What bench/rbd, bench/s3 and bench/swift share: images in a backend, beside the backend's own client."""

import argparse
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from contenders import ROOT, Ours, status_mib

LEAST = 0.8

WHAT = """
One server of it (integration-tests/lab), one installation of this checkout with a store in it and a file store. Random bytes, the
contenders in turns. Prints a table in Markdown: medians, and the ratio to the client's speed; an upload's also to our file store's,
the slower of which counts. A copy from one store to the other is beside its two legs, a download from the one and an upload to the
other. Exits 1 when a ratio is below 0.8 or the memory above its limit.

  --rounds N   rounds (3)
  --mib N      size of the image (1024); 0 leaves the speed out
  --gib N      size of the image of zeros that is uploaded without its size ({gib}); 0 leaves it out
  --limit N    MiB that glance-api may have resident meanwhile (512)
"""


class Backend:
    """A server that images are kept in, and its own client."""

    # A script of integration-tests/lab.
    lab = ""
    # What the client's upload and download are called in the table.
    upload_name = ""
    download_name = ""
    # Size of the image of zeros unless it is told.
    gib = 12

    def __init__(self, folder):
        self.folder = folder / self.lab

    @classmethod
    def run_lab(cls, *arguments):
        command = [str(ROOT / "integration-tests/lab" / cls.lab), *map(str, arguments)]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout

    @classmethod
    def missing(cls):
        """The Debian packages that are not installed."""
        return cls.run_lab("missing").split()

    def start(self, mib, gib):
        """Starts it with room for twice each."""
        raise NotImplementedError

    def stop(self):
        if self.folder.exists():
            self.run_lab("stop", self.folder)

    def settings(self):
        """Those of a store in it, by their names below glance.stores.NAME."""
        raise NotImplementedError

    def upload(self, file):
        """The client uploads a file. Seconds."""
        raise NotImplementedError

    def download(self):
        """The client downloads what it uploaded. Seconds."""
        raise NotImplementedError

    def delete(self):
        """Deletes what the client uploaded."""
        raise NotImplementedError

    def count(self):
        """How many images of ours are there."""
        raise NotImplementedError


def timed(command, **options):
    begun = time.monotonic()
    subprocess.run([str(each) for each in command], check=True, stdout=subprocess.DEVNULL, **options)
    return time.monotonic() - begun


def curl(*arguments):
    return ["curl", "--silent", "--show-error", "--fail", "--output", "/dev/null", *arguments]


def upload(url, store, file):
    return curl("--request", "PUT", "--header", "Content-Type: application/octet-stream", "--header", "Expect:",
                "--header", f"X-Image-Meta-Store: {store}", "--upload-file", file, url)


def copy(ours, image, store):
    """Seconds that `./glance store copy` says, its start not counted."""
    said = ours.glance("store", "copy", image, "--to", store)
    return float(re.search(r"bytes in ([0-9.]+) s", said).group(1))


def options_of(kind, doc):
    parser = argparse.ArgumentParser(description=doc + WHAT.format(gib=kind.gib), formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--gib", type=int, default=kind.gib)
    parser.add_argument("--limit", type=int, default=512)
    return parser.parse_args()


def measure_speed(backend, ours, folder, mib, rounds):
    """Prints the table; returns what missed its bound."""
    beside = {
        backend.upload_name: (),
        "upload to a file": (),
        "upload": (backend.upload_name, "upload to a file"),
        backend.download_name: (),
        "download": (backend.download_name,),
        "download from a file": (),
        "copy from a file": ("download from a file", "upload"),
        "copy to a file": ("download", "upload to a file"),
    }
    seconds = {name: [] for name in beside}
    file = folder / "image.raw"
    with open(file, "wb") as out:
        for _ in range(mib):
            out.write(os.urandom(1024 * 1024))
    for number in range(-1, rounds):
        os.sync()
        took = {backend.upload_name: backend.upload(file)}
        image, other = ours.create(), ours.create()
        took["upload"] = timed(upload(ours.file_url(image), "backend", file))
        took["upload to a file"] = timed(upload(ours.file_url(other), "disk", file))
        took[backend.download_name] = backend.download()
        took["download"] = timed(curl(ours.file_url(image)))
        took["download from a file"] = timed(curl(ours.file_url(other)))
        backend.delete()
        took["copy from a file"] = copy(ours, other, "backend")
        took["copy to a file"] = copy(ours, image, "disk")
        ours.delete(image)
        ours.delete(other)
        while backend.count():
            time.sleep(0.2)
        # The first round warms up.
        if number >= 0:
            for name, each in took.items():
                seconds[name].append(each)
    file.unlink()
    speed = {name: mib * 1.048576 / statistics.median(each) for name, each in seconds.items()}
    failed = []
    print(f"| {mib} MiB, median of {rounds} | MB/s | ratio |")
    print("| --- | --- | --- |")
    for name, others in beside.items():
        ratios = [speed[name] / speed[each] for each in others]
        print(f"| {name} | {speed[name]:.0f} | " + ", ".join(f"{ratio:.2f}" for ratio in ratios) + " |", flush=True)
        if ratios and max(ratios) < LEAST:
            failed.append(f"{name} at {max(ratios):.2f}")
    return failed


def measure_memory(ours, folder, gib, limit):
    """Prints glance-api's peak after an upload of zeros without their size; returns what missed its bound."""
    zeros = folder / "zeros.raw"
    with open(zeros, "wb") as out:
        os.truncate(out.fileno(), gib * 1024**3)
    image = ours.create()
    took = timed([*upload(ours.file_url(image), "backend", zeros), "--header", "Transfer-Encoding: chunked"])
    if ours.show(image)["size"] != gib * 1024**3:
        sys.exit("the service did not take the whole image")
    peak = status_mib(ours.pid("api"), "VmHWM")
    print(f"\n{gib} GiB of zeros of unknown size: {took:.0f} s, glance-api's peak {peak:.0f} MiB")
    ours.delete(image)
    return [f"a peak of {peak:.0f} MiB"] if peak > limit else []


def run(kind, doc):
    options = options_of(kind, doc)
    missing = kind.missing()
    if missing:
        sys.exit("needs packages that are not installed: " + " ".join(missing))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="glance-bench-"))
    # PostgreSQL runs as a user of its own where we are root, and must be able to enter.
    folder.chmod(0o755)
    backend = kind(folder)
    ours = None
    failed = []
    try:
        backend.start(options.mib, options.gib)
        ours = Ours(folder, {
            **{f"glance.stores.backend.{name}": value for name, value in backend.settings().items()},
            "glance.stores.disk.type": "file",
            "glance.stores.disk.file.directory": folder / "disk",
            "glance.api.default-store": "backend",
        })
        ours.start()
        if options.mib:
            failed += measure_speed(backend, ours, folder, options.mib, options.rounds)
        if options.gib:
            failed += measure_memory(ours, folder, options.gib, options.limit)
    finally:
        if ours:
            ours.stop()
        backend.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if failed:
        sys.exit("missed: " + ", ".join(failed))
