"""Who judges a signed PDF besides us: pdfsig (Poppler and NSS) and openssl, given the authority to trust."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pikepdf
from asn1crypto import cms


def pdfsig(path: Path, root: Path, folder: Path) -> str:
    """The report of pdfsig, with ``root`` as the only authority; ``folder``: where its NSS database may be made."""
    database = folder / "nss"
    if not database.exists():
        database.mkdir()
        at = ["-d", f"sql:{database}"]
        subprocess.run(["certutil", "-N", *at, "--empty-password"], check=True)
        subprocess.run(["certutil", "-A", *at, "-n", "racine", "-t", ",C,", "-i", str(root)], check=True)
    command = ["pdfsig", "-nssdir", f"sql:{database}", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def openssl(path: Path, root: Path, folder: Path) -> list[str]:
    """Take each CMS out of the file with the bytes that its ByteRange covers, and give both to openssl.

    Returns what openssl answers for each signature; it says ``CMS Verification successful`` when all is well.
    """
    data, answers = path.read_bytes(), []
    with pikepdf.open(path) as pdf:
        for field in pdf.Root["/AcroForm"]["/Fields"]:
            if "/V" not in field:
                continue
            a, b, c, d = (int(number) for number in field["/V"]["/ByteRange"])
            (folder / "covered").write_bytes(data[a : a + b] + data[c : c + d])
            (folder / "cms.der").write_bytes(cms.ContentInfo.load(bytes(field["/V"]["/Contents"])).dump())
            command = ["openssl", "cms", "-verify", "-cades", "-inform", "DER", "-in", str(folder / "cms.der")]
            command += ["-content", str(folder / "covered"), "-binary", "-CAfile", str(root), "-purpose", "any"]
            done = subprocess.run([*command, "-out", str(folder / "out")], capture_output=True, text=True, check=False)
            answers.append(done.stderr.strip())
    return answers


def altered(path: Path, at: int) -> Path:
    """A copy of the file with one byte changed."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    copy = path.with_stem(f"{path.stem}-altéré")
    copy.write_bytes(data)
    return copy
