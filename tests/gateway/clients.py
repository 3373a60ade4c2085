"""Programs that hand a message over as they would anywhere: each gets an address, a user name, a key and a file."""

import shutil
import smtplib
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

from gateway.server import Ports

JAVA = Path(__file__).with_name("TwoStepLogin.java")
PERL = """
use strict; use warnings; use Net::SMTP; use IO::Socket::SSL;
my ($port, $ca, $user, $secret, $file, $to) = @ARGV;
my $smtp = Net::SMTP->new("localhost", Port => $port, Timeout => 30) or die "no greeting";
$smtp->starttls(SSL_ca_file => $ca, SSL_verifycn_name => "localhost") or die "starttls: $@";
$smtp->auth($user, $secret) or die "auth: " . $smtp->message;
open(my $in, "<:raw", $file) or die;
my @lines = <$in>;
$smtp->mail($user) && $smtp->to($to) && $smtp->data(@lines) or die $smtp->message;
print $smtp->message;
$smtp->quit;
"""


def by_smtplib(ports: Ports, ca_file: Path, user: str, secret: str, message: Path, to: str) -> str:
    with smtplib.SMTP("localhost", ports.starttls, timeout=30) as client:
        client.starttls(context=ssl.create_default_context(cafile=ca_file))
        client.login(user, secret)
        assert client.sendmail(user, [to], message.read_bytes()) == {}
    return "250 2.0.0 OK"


def by_smtplib_over_tls(ports: Ports, ca_file: Path, user: str, secret: str, message: Path, to: str) -> str:
    context = ssl.create_default_context(cafile=ca_file)
    with smtplib.SMTP_SSL("localhost", ports.tls, context=context, timeout=30) as client:
        client.login(user, secret)
        assert client.sendmail(user, [to], message.read_bytes()) == {}
    return "250 2.0.0 OK"


def by_curl(ports: Ports, ca_file: Path, user: str, secret: str, message: Path, to: str, *more: str) -> str:
    command = ["curl", "-sv", "--ssl-reqd", "--cacert", ca_file, "--user", f"{user}:{secret}", *more]
    command += [f"smtp://localhost:{ports.starttls}", "--mail-from", user, "--mail-rcpt", to, "-T", message]
    return run(command)


def by_curl_with_login(ports: Ports, ca_file: Path, user: str, secret: str, message: Path, to: str) -> str:
    options = ["--login-options", "AUTH=LOGIN", "--sasl-ir"]
    return by_curl(ports, ca_file, user, secret, message, to, *options)


def by_perl(ports: Ports, ca_file: Path, user: str, secret: str, message: Path, to: str) -> str:
    return run(["perl", "-e", PERL, str(ports.starttls), ca_file, user, secret, message, to])


def by_java(ports: Ports, ca_file: Path, user: str, secret: str, message: Path, to: str) -> str:
    return run(["java", JAVA, str(ports.starttls), ca_file, user, secret, message, to])


def by_swaks(ports: Ports, ca_file: Path, user: str, secret: str, message: Path, to: str) -> str:
    command = ["swaks", "--server", "localhost", "--port", str(ports.starttls), "--tls", "--tls-verify"]
    command += ["--tls-ca-path", ca_file, "--auth", "PLAIN", "--auth-user", user, "--auth-password", secret]
    without_end = message.read_bytes().removesuffix(b"\r\n")  # swaks ends the last line itself
    return run([*command, "--from", user, "--to", to, "--data", "-"], input=without_end)


def by_msmtp(ports: Ports, ca_file: Path, user: str, secret: str, message: Path, to: str) -> str:
    command = ["msmtp", "--host=localhost", f"--port={ports.starttls}", "--tls=on", "--tls-starttls=on"]
    command += [f"--tls-trust-file={ca_file}", "--auth=login", f"--user={user}", f"--from={user}"]
    command += [f"--passwordeval=echo {secret}", "--debug", to]
    return run(command, input=message.read_bytes())


def run(command: list[object], **options: object) -> str:
    """All that it printed; it must end well."""
    words = [str(each) for each in command]
    done = subprocess.run(words, capture_output=True, timeout=120, check=False, **options)
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert done.returncode == 0, said
    return said


EVERY: dict[str, Callable[..., str]] = {
    "smtplib": by_smtplib,
    "smtplib over TLS": by_smtplib_over_tls,
    "curl": by_curl,
    "curl with AUTH LOGIN": by_curl_with_login,
    "perl": by_perl,
    "java": by_java,
    "swaks": by_swaks,
    "msmtp": by_msmtp,
}


def is_here(name: str) -> bool:
    program = name.partition(" ")[0]
    return program == "smtplib" or shutil.which(program) is not None
