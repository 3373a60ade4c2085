import os
import socket
import ssl

import pytest
import requests
import trustme

from core import net
from core.net import OutgoingRefused, http_session, may_dial, open_socket, tls_context

LOOPBACK = ["127.0.0.0/8", "::1/128"]


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def resolves_to(monkeypatch, *addresses):
    def answer(host, port, **_options):
        family = {False: socket.AF_INET, True: socket.AF_INET6}
        return [(family[":" in a], socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.31.255.255",
        "192.168.1.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "2002:a00:1::1",
        "fc00::1",
        "fe80::1%lo",
        "ff02::1",
    ],
)
def test_an_address_that_is_not_public_may_not_be_dialled(address, settings):
    settings.OUTGOING_ALLOWED_NETWORKS = []
    assert not may_dial(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "52.96.0.10", "172.32.0.1", "2603:1026::1", "2a00:1450::1"])
def test_a_public_address_may_be_dialled(address, settings):
    settings.OUTGOING_ALLOWED_NETWORKS = []
    assert may_dial(address)


def test_the_operator_opens_networks_also_for_their_mapped_form(settings):
    settings.OUTGOING_ALLOWED_NETWORKS = ["10.2.0.0/16", "fd00:1::/64"]
    assert may_dial("10.2.3.4")
    assert may_dial("::ffff:10.2.3.4")
    assert may_dial("fd00:1::25")
    assert not may_dial("10.3.0.1")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0"])
def test_every_spelling_of_this_machine_is_refused(host, settings):
    settings.OUTGOING_ALLOWED_NETWORKS = []
    with pytest.raises(OutgoingRefused) as caught:
        open_socket(host, 25, timeout_s=2)
    assert caught.value.host == host
    assert not may_dial(caught.value.address)


def test_an_opened_network_is_dialled(listener, settings):
    settings.OUTGOING_ALLOWED_NETWORKS = LOOPBACK
    with open_socket("127.0.0.1", listener.getsockname()[1], timeout_s=2) as connection:
        assert connection.gettimeout() == 2
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_only_the_allowed_one_of_several_addresses_is_dialled(listener, settings, monkeypatch):
    settings.OUTGOING_ALLOWED_NETWORKS = ["127.0.0.1/32"]
    resolves_to(monkeypatch, "10.0.0.1", "127.0.0.1")
    with open_socket("mail.example", listener.getsockname()[1], timeout_s=2) as connection:
        assert connection.getpeername()[0] == "127.0.0.1"


def test_the_next_address_is_tried_when_one_does_not_answer(listener, settings, monkeypatch):
    settings.OUTGOING_ALLOWED_NETWORKS = LOOPBACK
    resolves_to(monkeypatch, "127.0.0.2", "127.0.0.1")
    with open_socket("mail.example", listener.getsockname()[1], timeout_s=2) as connection:
        assert connection.getpeername()[0] == "127.0.0.1"


def test_a_port_nobody_listens_on_is_reported_as_refused(settings):
    settings.OUTGOING_ALLOWED_NETWORKS = LOOPBACK
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        port = closed_soon.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        open_socket("127.0.0.1", port, timeout_s=2)


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "mail\0.example", "mail..ü.example", "ü" * 80])
def test_what_cannot_be_a_host_name_is_an_ordinary_resolving_error(host):
    with pytest.raises(socket.gaierror):
        open_socket(host, 25, timeout_s=2)


def test_an_international_host_is_looked_up_in_its_wire_form(settings, monkeypatch):
    asked = []
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, port, **_: asked.append(host) or [(2, 1, 6, "", ("10.0.0.1", 25))]
    )
    with pytest.raises(OutgoingRefused):
        open_socket("Bücher.example", 25, timeout_s=2)
    assert asked == ["xn--bcher-kva.example"]


def test_the_tls_context_verifies_and_trusts_only_the_given_bundle(tmp_path):
    bundle = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(bundle)
    context = tls_context(bundle)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.cert_store_stats()["x509_ca"] == 1


def test_a_context_is_kept_until_its_file_changes(tmp_path):
    bundle = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(bundle)
    first = tls_context(bundle)
    assert tls_context(bundle) is first
    trustme.CA().cert_pem.write_to_path(bundle, append=True)
    os.utime(bundle, (1, 1))
    assert tls_context(bundle).cert_store_stats()["x509_ca"] == 2


def test_the_operators_further_authorities_count_only_without_a_bundle(tmp_path, settings):
    extra, bundle = tmp_path / "extra.pem", tmp_path / "ca.pem"
    for path in (extra, bundle):
        trustme.CA().cert_pem.write_to_path(path)
    settings.EXTRA_CA_FILE = ""
    without = tls_context().cert_store_stats()["x509_ca"]
    settings.EXTRA_CA_FILE = str(extra)
    assert tls_context().cert_store_stats()["x509_ca"] == without + 1
    assert tls_context(bundle).cert_store_stats()["x509_ca"] == 1


def test_without_a_bundle_the_system_store_is_trusted():
    context = tls_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_a_machine_without_certificates_falls_back_on_the_packaged_ones(monkeypatch):
    nothing = ssl.get_default_verify_paths()._replace(cafile=None, capath=None)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nothing)
    assert tls_context().cert_store_stats()["x509_ca"] > 50
    assert http_session().verify == net.certifi.where()


def test_the_session_ignores_the_environment_and_keeps_its_bundle(tmp_path, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "elsewhere.pem")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    session = http_session(tmp_path / "ca.pem")
    merged = session.merge_environment_settings("https://graph.example", {}, None, None, None)
    assert merged["verify"] == str(tmp_path / "ca.pem")
    assert merged["proxies"] == {}


def test_every_call_of_the_session_has_time_limits_and_no_retry(monkeypatch):
    seen = []

    def record(self, request, stream, timeout, **_options):
        seen.append((timeout, self.max_retries.total))
        raise requests.ConnectionError

    monkeypatch.setattr("requests.adapters.HTTPAdapter.send", record)
    session = http_session()
    for limits in ({}, {"timeout": (1, 2)}):
        with pytest.raises(requests.ConnectionError):
            session.get("https://graph.example", **limits)
    assert seen == [((10, 60), 0), ((1, 2), 0)]


def test_the_sessions_connections_share_a_verifying_context_that_is_not_the_mail_servers(tmp_path):
    bundle = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(bundle)
    session = http_session(bundle)
    adapter = session.get_adapter("https://graph.example")
    request = requests.Request("GET", "https://graph.example/").prepare()
    one, other = (adapter.get_connection_with_tls_context(request, session.verify) for _ in range(2))
    context = one.conn_kw["ssl_context"]
    assert one is other
    assert context is not tls_context(bundle)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.cert_store_stats()["x509_ca"] == 1
    session.close()


def test_closing_the_session_ends_its_kept_connections_at_once():
    session = http_session()
    pool = session.get_adapter("http://graph.example").poolmanager.connection_from_url("http://graph.example")
    session.close()
    assert pool.pool is None
