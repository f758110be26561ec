"""The key file reader of the page, on files made by OpenSSL, NSS, Java and Python, read by Node."""

from __future__ import annotations

import base64
import json
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from tests.support.keyfiles import PrivateKey, certify, der, key_file, make_key, pem, pem_key

HERE = Path(__file__).parent
DATA = b"signed attributes"
ACCENTED = "Pâté à l’œuf 2026"


@dataclass
class Reader:
    """The reader of the page, alive in a Node process."""

    process: subprocess.Popen[str]
    folder: Path

    def open(self, file: Path | bytes, password: str) -> dict[str, Any]:
        """What the page gets out of a file."""
        if isinstance(file, bytes):
            path = self.folder / "file.p12"
            path.write_bytes(file)
        else:
            path = file
        assert self.process.stdin
        assert self.process.stdout
        question = {"path": str(path), "password": password, "data": base64.b64encode(DATA).decode()}
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the reader died: it let an error out that is not one of ours"
        answer: dict[str, Any] = json.loads(line)
        return answer


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    node = shutil.which("node")
    assert node, "Node.js is needed"
    command = [node, str(HERE / "open_key_files.mjs")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Reader(process, tmp_path_factory.mktemp("reader"))
        assert process.stdin
        process.stdin.close()


def assert_opens(answer: dict[str, Any], key: PrivateKey, certificate: x509.Certificate) -> None:
    """The right certificate came out, and the signature is that of the key."""
    assert "code" not in answer, answer
    assert base64.b64decode(answer["certificate"]) == der(certificate)
    signature = base64.b64decode(answer["signature"])
    if isinstance(key, rsa.RSAPrivateKey):
        assert answer["mechanism"] == "rsa-pkcs1"
        key.public_key().verify(signature, DATA, padding.PKCS1v15(), hashes.SHA256())
    else:
        assert answer["mechanism"] == "ecdsa"
        key.public_key().verify(signature, DATA, ec.ECDSA(hashes.SHA256()))


def openssl(*arguments: str, folder: Path) -> None:
    """Run OpenSSL there."""
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_parts_of_the_reader() -> None:
    """Ciphers, derivations and DER against published vectors and hostile bytes: Node's own tests."""
    command = ["node", "--test", "--test-reporter=spec", str(HERE / "p12.test.mjs")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout
    assert "pass 0" not in done.stdout


OPENSSL_FORMS = {
    "as OpenSSL 3 does": [],
    "as OpenSSL 1 did": ["-legacy"],
    "RC2-40 for the key too": ["-legacy", "-keypbe", "PBE-SHA1-RC2-40", "-certpbe", "PBE-SHA1-RC2-40"],
    "RC2-128": ["-legacy", "-keypbe", "PBE-SHA1-RC2-128", "-certpbe", "PBE-SHA1-RC2-128"],
    "triple DES": ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES"],
    "triple DES with two keys": ["-legacy", "-keypbe", "PBE-SHA1-2DES", "-certpbe", "PBE-SHA1-2DES"],
    "AES-128": ["-keypbe", "AES-128-CBC", "-certpbe", "AES-128-CBC"],
    "AES-192": ["-keypbe", "AES-192-CBC", "-certpbe", "AES-192-CBC"],
    "triple DES under PBES2": ["-keypbe", "DES-EDE3-CBC", "-certpbe", "DES-EDE3-CBC"],
    "certificates in clear": ["-certpbe", "NONE"],
    "no integrity code": ["-nomac"],
    "one round": ["-noiter"],
    "many rounds": ["-iter", "300000"],
}


@pytest.mark.parametrize("password", ["motdepasse", ACCENTED, ""], ids=["ascii", "accents", "empty"])
@pytest.mark.parametrize("form", OPENSSL_FORMS)
def test_openssl(reader: Reader, tmp_path: Path, form: str, password: str) -> None:
    key = make_key("rsa2048")
    authority_key = make_key("p256")
    authority = certify(authority_key, "Autorité", authority=True)
    certificate = certify(key, by=(authority, authority_key))
    (tmp_path / "key.pem").write_bytes(pem_key(key))
    (tmp_path / "certificates.pem").write_bytes(pem(certificate, authority))
    (tmp_path / "password").write_text(f"{password}\n")
    files = ["-inkey", "key.pem", "-in", "certificates.pem", "-out", "out.p12", "-passout", "file:password"]
    openssl("pkcs12", "-export", *files, *OPENSSL_FORMS[form], folder=tmp_path)

    answer = reader.open(tmp_path / "out.p12", password)
    assert_opens(answer, key, certificate)
    assert [base64.b64decode(item) for item in answer["chain"]] == [der(authority)]

    wrong = reader.open(tmp_path / "out.p12", f"{password}x")
    assert wrong["code"] == "wrong_password"


@pytest.mark.parametrize("function", ["hmacWithSHA1", "hmacWithSHA384", "hmacWithSHA512"])
def test_derivations(reader: Reader, tmp_path: Path, function: str) -> None:
    """OpenSSL cannot choose the derivation of a whole .p12: the key is encrypted apart, then put in one by hand."""
    key = make_key("rsa2048")
    certificate = certify(key)
    (tmp_path / "key.pem").write_bytes(pem_key(key))
    cipher = ["-v2", "aes-256-cbc", "-v2prf", function, "-outform", "DER", "-out", "key.der"]
    openssl("pkcs8", "-topk8", "-in", "key.pem", *cipher, "-passout", "pass:secret", folder=tmp_path)
    answer = reader.open(whole_file((tmp_path / "key.der").read_bytes(), [der(certificate)]), "secret")
    assert_opens(answer, key, certificate)


@pytest.mark.parametrize("kind", ["rsa2048", "rsa3072", "rsa4096", "p256", "p384", "p521"])
def test_kinds_of_keys(reader: Reader, kind: str) -> None:
    key = make_key(kind)
    certificate = certify(key)
    assert_opens(reader.open(key_file(key, certificate, ACCENTED), ACCENTED), key, certificate)


def test_python_older_scheme(reader: Reader) -> None:
    key = make_key("p256")
    certificate = certify(key)
    encryption = (
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(50_000)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())
        .build(ACCENTED.encode())
    )
    file = pkcs12.serialize_key_and_certificates(None, key, certificate, None, encryption)
    assert_opens(reader.open(file, ACCENTED), key, certificate)


OLD_CIPHER = "PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC"


@pytest.mark.skipif(not shutil.which("pk12util"), reason="pk12util is not here (Debian: libnss3-tools)")
def test_nss(reader: Reader, tmp_path: Path) -> None:
    """What Firefox exports: its own library, with BER pieces and a great many rounds."""
    key = make_key("rsa2048")
    certificate = certify(key)
    (tmp_path / "in.p12").write_bytes(key_file(key, certificate, "secret"))
    store = f"sql:{tmp_path}"
    for command in (
        ["certutil", "-N", "-d", store, "--empty-password"],
        ["pk12util", "-i", "in.p12", "-d", store, "-W", "secret"],
        ["pk12util", "-o", "out.p12", "-n", "essai", "-d", store, "-W", ACCENTED],
        ["pk12util", "-o", "old.p12", "-n", "essai", "-d", store, "-W", "secret", "-c", OLD_CIPHER],
    ):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr + done.stdout
    assert_opens(reader.open(tmp_path / "out.p12", ACCENTED), key, certificate)
    assert_opens(reader.open(tmp_path / "old.p12", "secret"), key, certificate)
    assert reader.open(tmp_path / "out.p12", "autre")["code"] == "wrong_password"


@pytest.mark.skipif(not shutil.which("keytool"), reason="keytool is not here (Debian: default-jre-headless)")
@pytest.mark.parametrize("older", [False, True], ids=["present", "older"])
def test_java(reader: Reader, tmp_path: Path, older: bool) -> None:
    store = tmp_path / "java.p12"
    command = ["keytool", *(["-J-Dkeystore.pkcs12.legacy"] if older else []), "-genkeypair", "-alias", "jeanne"]
    command += ["-keyalg", "RSA", "-keysize", "2048", "-dname", "CN=Jeanne", "-storetype", "PKCS12"]
    command += ["-keystore", str(store), "-storepass", "motdepasse"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    key, certificate, _ = pkcs12.load_key_and_certificates(store.read_bytes(), b"motdepasse")
    assert isinstance(key, rsa.RSAPrivateKey)
    assert certificate
    answer = reader.open(store, "motdepasse")
    assert_opens(answer, key, certificate)
    assert answer["milliseconds"] < 3000


def test_opens_quickly(reader: Reader) -> None:
    """A Firefox export has 600 000 rounds; the page promises half a second, given some slack here."""
    key = make_key("rsa2048")
    certificate = certify(key)
    builder = serialization.PrivateFormat.PKCS12.encryption_builder().kdf_rounds(600_000)
    encryption = builder.key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC).build(b"secret")
    file = pkcs12.serialize_key_and_certificates(None, key, certificate, None, encryption)
    answer = reader.open(file, "secret")
    assert_opens(answer, key, certificate)
    assert answer["milliseconds"] < 3000


# Files put together by hand, for what no tool writes at will.


def element(tag: int, *content: bytes) -> bytes:
    """DER."""
    body = b"".join(content)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(body).to_bytes(size, "big") + body


def identifier(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    body = b""
    for part in (first * 40 + second, *rest):
        digits = [part & 0x7F]
        while part := part >> 7:
            digits.insert(0, 0x80 | part & 0x7F)
        body += bytes(digits)
    return element(0x06, body)


def bag(kind: str, content: bytes) -> bytes:
    """SafeBag, ``kind`` being the last numbers of its type."""
    return element(0x30, identifier(f"1.2.840.113549.1.12.10.1.{kind}"), element(0xA0, content))


def certificate_bag(certificate: bytes) -> bytes:
    return bag("3", element(0x30, identifier("1.2.840.113549.1.9.22.1"), element(0xA0, element(0x04, certificate))))


def container(*bags: bytes) -> bytes:
    """A PFX in clear around bags."""
    data = identifier("1.2.840.113549.1.7.1")
    part = element(0x30, data, element(0xA0, element(0x04, element(0x30, *bags))))
    return element(0x30, b"\x02\x01\x03", element(0x30, data, element(0xA0, element(0x04, element(0x30, part)))))


def whole_file(encrypted_key: bytes, certificates: list[bytes]) -> bytes:
    """A PFX around an encrypted key and certificates."""
    return container(bag("2", encrypted_key), *map(certificate_bag, certificates))


def bare(key: PrivateKey) -> bytes:
    """PKCS#8 in clear."""
    encoding, form = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption())


def test_indefinite_lengths_and_pieces(reader: Reader) -> None:
    """BER, as some authorities' tools stream it: every container open-ended, every string in pieces."""
    key = make_key("p256")
    certificate = certify(key)

    def streamed(tag: int, *content: bytes) -> bytes:
        return bytes([tag, 0x80]) + b"".join(content) + b"\0\0"

    def pieces(content: bytes) -> bytes:
        return streamed(0x24, *(element(0x04, content[at : at + 100]) for at in range(0, len(content), 100)))

    data = identifier("1.2.840.113549.1.7.1")
    bags = streamed(0x30, bag("1", bare(key)), certificate_bag(der(certificate)))
    safe = streamed(0x30, streamed(0x30, data, streamed(0xA0, pieces(bags))))
    file = streamed(0x30, b"\x02\x01\x03", streamed(0x30, data, streamed(0xA0, pieces(safe))))
    assert_opens(reader.open(file, "sans objet"), key, certificate)


def test_attributes_after_the_key(reader: Reader) -> None:
    """Windows adds attributes to PKCS#8, which not every browser accepts."""
    key = make_key("rsa2048")
    certificate = certify(key)
    plain = bare(key)
    usage = element(0x30, identifier("2.5.29.15"), element(0x31, element(0x03, b"\x00\x10")))
    with_attributes = element(0x30, plain[4:], element(0xA0, usage))
    file = container(bag("1", with_attributes), certificate_bag(der(certificate)))
    assert_opens(reader.open(file, ""), key, certificate)


def test_accents_of_an_old_terminal(reader: Reader, tmp_path: Path) -> None:
    """OpenSSL 1.0 took the bytes of the terminal for letters; the person still types « é »."""
    key = make_key("rsa2048")
    certificate = certify(key)
    (tmp_path / "key.pem").write_bytes(pem_key(key))
    (tmp_path / "certificate.pem").write_bytes(pem(certificate))
    (tmp_path / "password").write_text("é".encode().decode("latin-1") + "\n")
    files = ["-inkey", "key.pem", "-in", "certificate.pem", "-out", "out.p12", "-passout", "file:password"]
    openssl("pkcs12", "-export", "-legacy", *files, folder=tmp_path)
    assert_opens(reader.open(tmp_path / "out.p12", "é"), key, certificate)
    assert_opens(reader.open(tmp_path / "out.p12", "e\u0301"), key, certificate)
    assert reader.open(tmp_path / "out.p12", "è")["code"] == "wrong_password"


def test_chooses_the_pair_made_for_signing(reader: Reader) -> None:
    """Log-in and signature in one file; a renewal of the same key beside the expired certificate."""
    log_in, signing = make_key("rsa2048"), make_key("p256")
    certificates = {
        "log-in": certify(log_in, for_signature=False, days=900),
        "old": certify(signing, for_signature=True, days=-30),
        "renewed": certify(signing, for_signature=True, days=300),
    }
    bags = [bag("1", bare(log_in)), bag("1", bare(signing)), *(certificate_bag(der(c)) for c in certificates.values())]
    for order in (bags, bags[::-1]):
        assert_opens(reader.open(container(*order), ""), signing, certificates["renewed"])


def test_only_issuers_leave_with_the_certificate(reader: Reader) -> None:
    root_key, issuer_key, key, other_key = (make_key(kind) for kind in ("p384", "p256", "rsa2048", "p521"))
    root = certify(root_key, "Racine", authority=True)
    issuer = certify(issuer_key, "Intermédiaire", by=(root, root_key), authority=True)
    certificate = certify(key, by=(issuer, issuer_key))
    stranger = certify(other_key, "Autre")
    file = key_file(key, certificate, "secret", (stranger, root, issuer))
    answer = reader.open(file, "secret")
    assert [base64.b64decode(item) for item in answer["chain"]] == [der(issuer), der(root)]


def make_good() -> bytes:
    key = make_key("rsa2048")
    return key_file(key, certify(key), "secret")


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "not_a_p12"),
    "text": (lambda: b"Bonjour, ceci est un texte.\n" * 20, "not_a_p12"),
    "pdf": (lambda: b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n", "not_a_p12"),
    "truncated": (lambda: make_good()[:-200], "not_a_p12"),
    "first bytes only": (lambda: make_good()[:3], "not_a_p12"),
    "certificate alone, DER": (lambda: der(certify(make_key("p256"))), "no_key"),
    "certificate alone, PEM": (lambda: pem(certify(make_key("p256"))), "no_key"),
    "certificates but no key": (lambda: container(certificate_bag(der(certify(make_key("p256"))))), "no_key"),
    "another key's certificate": (
        lambda: container(bag("1", bare(make_key("p256"))), certificate_bag(der(certify(make_key("p384"))))),
        "no_certificate",
    ),
    "key without certificate": (lambda: container(bag("1", bare(make_key("rsa2048")))), "no_certificate"),
    "curve of Bitcoin": (
        lambda: container(bag("1", bare(make_key("k256"))), certificate_bag(der(certify(make_key("k256"))))),
        "unsupported_key",
    ),
    "RC4": (
        lambda: whole_file(
            element(
                0x30,
                element(
                    0x30, identifier("1.2.840.113549.1.12.1.1"), element(0x30, element(0x04, b"salt"), b"\x02\x01\x01")
                ),
                element(0x04, b"\0" * 64),
            ),
            [],
        ),
        "unsupported",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refusals(reader: Reader, what: str) -> None:
    make, code = REFUSED[what]
    answer = reader.open(make(), "secret")
    assert answer["code"] == code
    assert answer["sentence"].endswith(".")


def test_flipped_bits_and_cuts(reader: Reader) -> None:
    """A damaged file opens with its true key, or is refused with a sentence; it never breaks the page."""
    key = make_key("p256")
    certificate = certify(key)
    builder = serialization.PrivateFormat.PKCS12.encryption_builder().kdf_rounds(1)
    encryption = builder.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC).build(b"secret")
    good = pkcs12.serialize_key_and_certificates(None, key, certificate, None, encryption)
    chance = random.Random(2026)
    codes = set()
    for _ in range(400):
        bad = bytearray(good)
        bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
        if chance.random() < 0.2:
            del bad[chance.randrange(len(bad)) :]
        answer = reader.open(bytes(bad), "secret")
        codes.add(answer.get("code"))
        if "code" not in answer:
            key.public_key().verify(base64.b64decode(answer["signature"]), DATA, ec.ECDSA(hashes.SHA256()))
    assert {None, "not_a_p12", "wrong_password"} <= codes
