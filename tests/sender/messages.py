"""Made-up messages that are hard on mail software, as CRLF bytes, and the addresses they are for."""

import base64
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

DATE = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
SENDER = "ulla.user@nordicfreight.example"
TOP = (
    b"From: Ulla User <ulla.user@nordicfreight.example>\r\n"
    b"To: Uwe <uwe.user@nordicfreight.example>\r\n"
    b"Date: Sat, 21 Nov 2026 09:30:00 +0000\r\n"
    b"Message-ID: <made-1@nordicfreight.example>\r\n"
)
PLAIN = TOP + b"Subject: Plain\r\n\r\nGood morning.\r\n"


def folded_headers() -> bytes:
    many = b",\r\n\t".join(b"Person %d <person%d@customer.example>" % (n, n) for n in range(40))
    return (
        b"From: Ulla User\r\n <ulla.user@nordicfreight.example>\r\nTO:\r\n " + many + b"\r\n"
        b"Subject: =?utf-8?q?Pasu=CC=84ti=CC=84jums?=\r\n =?utf-8?q?_nr=2E_7?=\r\n"
        b"X-Folded: one\r\n \t \r\n  two\r\nDate: Sat, 21 Nov 2026 09:30:00 +0000\r\n"
        b"Message-ID:\r\n <folded@nordicfreight.example>\r\n\r\nBody\r\n"
    )


def inline_images() -> bytes:
    return (
        TOP + b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="a=_1"\r\n\r\npreamble\r\n'
        b"--a=_1\r\nContent-Type: text/plain\r\n\r\n..dots\r\n.\r\n--a=_1\r\n"
        b'Content-Type: multipart/related; boundary="a=_1_2"\r\n\r\n--a=_1_2\r\n'
        b'Content-Type: text/html\r\n\r\n<img src="cid:logo@nordic">\r\n--a=_1_2\r\n'
        b"Content-Type: image/gif\r\nContent-ID: <logo@nordic>\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"R0lGODlhAQABAAAAACw=\r\n--a=_1_2--\r\n\r\n--a=_1--\r\nepilogue"
    )


def quoted_printable_baltic() -> bytes:
    return (
        TOP + b"Subject: =?iso-8859-13?q?S=E0skaita_=FEuviai?=\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=ISO-8859-13\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\nLa=F0inys ir =FEuvis =\r\n.=\r\nend\r\n"
    )


def pdf_of_2_mb() -> bytes:
    pdf = b"%PDF-1.7\n" + bytes(range(256)) * 8_192
    return (
        TOP + b'MIME-Version: 1.0\r\nContent-Type: application/pdf; name="order.pdf"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(pdf).replace(b"\n", b"\r\n")
    )


def format_flowed() -> bytes:
    return (
        TOP + b"MIME-Version: 1.0\r\nContent-Type: text/plain; format=flowed; delsp=yes\r\n\r\n"
        b"A long line that goes \r\non and on \r\n here\r\n-- \r\n Ulla  \r\n>quoted \r\n\r\n \r\n"
    )


def eight_bit() -> bytes:
    return (
        TOP + b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 8bit\r\n\r\n" + "Žuvis ąčęė\r\n".encode()
    )


def smime_signed() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ulla User")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(DATE)
        .not_valid_after(DATE + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    signed = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(b"Content-Type: text/plain\r\n\r\nSigned words \r\n.and a dot\r\n")
        .add_signer(certificate, key, hashes.SHA256())
        .sign(Encoding.SMIME, [pkcs7.PKCS7Options.DetachedSignature])
    )
    return TOP + signed.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def made_messages() -> dict[str, bytes]:
    makers = [folded_headers, inline_images, quoted_printable_baltic, pdf_of_2_mb, format_flowed, eight_bit]
    return {maker.__name__: maker() for maker in [*makers, smime_signed]}
