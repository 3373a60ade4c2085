"""Names, ports and TLS: OpenSSL reasons, error numbers of systems, and the texts of clients.

Sources: openssl.org/docs (SSL_R_ reasons), docs.python.org/3/library/ssl.html and errno.html,
nodejs.org/api/errors.html, pkg.go.dev/crypto/x509, learn.microsoft.com/windows/win32/winsock (10xxx).
"""

from diagnosis.causes.shape import Retry
from diagnosis.rules import languages, numbers
from diagnosis.rules.rule import Rule

# Where nothing but "it was cut" is known, either may be meant.
_DROPPED = ("smtp_connection_dropped",)
_MISMATCH = ("tls_port_mode_mismatch",)
_TIMEOUT = ("smtp_connection_timeout",)
# The way out of the company's own network was closed.
_PROXY = "socks5|proxyerror|proxyconnectionerror|proxy authentication|tunnel connection failed"

TLS = (
    Rule(
        "tls_protocol_version_unsupported",
        "unsupported protocol|alert protocol version|unsupported_protocol|no protocols available|protocol_version|"
        "handshake_failure|handshake failure|no appropriate protocol|no shared cipher|no_shared_cipher|"
        "no cipher suites in common|version too low|version_too_low|key too small|key_too_small|"
        "tls 1.0 and 1.1 are not supported|<4.7.66>|protocol version not supported|protocol is disabled|"
        "ssl alert number 70|common algorithm|ssl alert number 40|unsafe legacy renegotiation|md too weak|"
        "not accepted by client preferences|'protocolversion'|'handshakefailure'|no_cypher_overlap|"
        "unsupported_version|"
        "tls fatal alert has been received|no ciphers available|remote party has closed the transport stream|"
        "wrong ssl version|wrong_ssl_version|handshakefailure|tls12notoffered|peerincompatible|peer is incompatible|"
        "function requested is not supported|tlsv1 alert internal error|insufficient security|insufficient_security|"
        f"unsupported tls version|minimum tls|{numbers.TLS_VERSION}",
        but_not=("certificate_unknown", "unknown ca"),
    ),
    Rule(
        "tls_port_mode_mismatch",
        "wrong version number|wrong_version_number|unknown protocol|unknown_protocol|unrecognized ssl message|"
        "plaintext connection|unexpected packet format|first record does not look like|invalidcontenttype|"
        "packet length too long|record layer failure|record_layer_failure|not an ssl/tls record|"
        "unexpected tls packet|cannot determine the frame size|corrupted frame|"
        "intended to connect to smtp on the ssl port|http request was sent to https|"
        "rx_record_too_long|tls packet with unexpected length|"
        f"{numbers.TLS_MODE}",
    ),
    # STARTTLS inside of a connection that has had TLS from the start.
    Rule(
        "tls_port_mode_mismatch",
        "when tls active|tls already active|already in tls|already using tls",
        or_else=("starttls_not_supported",),
    ),
    # The server waits for TLS to begin, or does not answer at all.
    Rule(
        "tls_port_mode_mismatch",
        "greeting never received",
        or_else=("smtp_connection_timeout", "smtp_connection_dropped"),
    ),
    Rule(
        "tls_cert_hostname_mismatch",
        "hostname mismatch|hostname_mismatch|hostname not use|"
        "ip address mismatch|altname_invalid|match certificate's altnames|"
        "remotecertificatenamemismatch|did not match expected cn|no subject alternative|certificate is not valid for|"
        "hostname verification failed|match the server certificate|certificate is valid for|notvalidforname|"
        "is not valid for the name|doesn't match either of|ssl_error_bad_cert_domain|did not match the name given|"
        "no alternative certificate subject name|certificate subject name|host name does not match|"
        "hostname in certificate didn't match|cert_common_name_invalid|any ip sans|certificate cn|"
        "doesn't match any of the subject|relies on legacy common name|certificateerror: hostname|"
        "doesn't match certificate|doesn't match '|"
        "doesn't match any of the subject|no name matching|name in the certificate does not match|"
        "certificate owner does not match|certificate belongs to a different site|"
        f"identity of server|unable to locate peer certificate cn|{numbers.OTHER_NAME}",
        but_not=("helo",),
    ),
    Rule(
        "tls_cert_expired",
        "uses expired certificate|sec_error_expired|certificate has not yet been activated|"
        "certificate has expired|cert_has_expired|certificate expired|notafter:|certificateexpired|not time valid|"
        "certificate is not currently valid|"
        "certificate is expired|certificate_expired|cert_not_yet_valid|certificate is not yet valid|nottimevalid|"
        f"peer certificate: expired|{numbers.EXPIRED}",
    ),
    Rule("tls_cert_expired", "certificate", also=("has expired",), but_not=("token", "secret", "app ")),
    Rule(
        "tls_cert_untrusted",
        "self signed certificate|self-signed certificate|self_signed_cert|unable to get local issuer|"
        "verify the first certificate|unable_to_verify_leaf|unable_to_get_issuer|unknownissuer|pkix path|"
        "valid certification path|signed by unknown authority|remotecertificatechainerrors|"
        "remote certificate is invalid|remote certificate was rejected|untrusted root|alert unknown ca|"
        "bad_certificate|certificate verify failed|certificate_verify_failed|unknown_ca|certificate unknown|"
        "certificate_unknown|"
        "certificate is not trusted|could not establish trust relationship|trust anchor|issuer certificate|"
        "certificate not trusted|certificate not verified|certificate is not verified|sec_error_unknown_issuer|"
        "fingerprint does not match|known issuer|issuer is unknown|no trusted certificate|"
        "invalid peer certificate|certificate verification|unable to get certificate crl|cert_untrusted|"
        "revocation function was unable|revocationstatusunknown|offlinerevocation|revocation status|"
        f"{numbers.UNTRUSTED}",
    ),
    # C-client in PHP, Erlang and .NET of a handshake: they give no reason.
    Rule(
        "tls_protocol_version_unsupported",
        "ssl negotiation failed|tls/ssl failure|:tls_failed|create ssl/tls secure channel",
        or_else=("tls_cert_untrusted", *_MISMATCH),
    ),
    *languages.TLS,
)

# What the portal's own transports refuse (core/net.py, sender/transports/smtp_connection.py).
OWN = (
    Rule("outgoing_address_refused", "outgoingrefused:", also=("which is not a public address",)),
    Rule("starttls_required", "signing in without tls is refused by the portal"),
    # Whoever sat between could have put the text there: TLS from the start leaves no place for it.
    Rule("tls_port_mode_mismatch", "the server sent text ahead of tls", or_else=("starttls_not_supported",)),
)

# Nobody in the company typed the provider's own addresses: there, a connection that fails is a passing fault.
AT_PROVIDER = (
    Rule(
        "provider_temporarily_unavailable",
        "timeouterror|timed out|readtimeout|connecttimeout|gaierror|name or service not known|name resolution|"
        "nodename nor servname|connection refused|connection reset|remote end closed|network is unreachable|"
        "no route to host|errno 101]|errno 104]|errno 110]|errno 111]|errno 113]|broken pipe|connectionerror|"
        "connection aborted|connection was closed|unexpected eof|eof occurred|network request failed|"
        "network_error|fetch failed|econnreset|etimedout|eai_again|socket hang up|"
        f"{_PROXY}",
        also=("<graph_send>|<graph_other>|<token>",),
    ),
)

# A connection that never came about.
NO_CONNECTION = (
    Rule(
        "smtp_host_not_found",
        "dial tcp: lookup|server misbehaving|querya |queryaaaa |querymx |eservfail|"
        f"temporary failure in name resolution|eai_again|errno -3]|{languages.spoken(languages.NO_NAMES_NOW)}",
        but_not=("no such host", "enotfound", "enodata", "<replied_to_mail>"),
        retry=Retry.WAIT,
    ),
    Rule(
        "smtp_host_not_found",
        "gethostbyname|"
        "enotfound|edns|getaddrinfo|name or service not known|nodename nor servname|no address associated|gaierror|"
        "no such host|unknownhostexception|unknown host|name could not be resolved|could not resolve|ebadname|"
        "couldn't resolve|cannot resolve|name resolution|host lookup|nxdomain|unknown smtp host|"
        "name service error|host not found|host unknown|cannot locate host|unresolvedaddress|"
        "dns query error|dns query fail|invalid outgoing mail server|invalid mail server|"
        "unknown_host|"
        "name does not resolve|lookup address information|no data of the requested type|"
        "invalid host name|unable to resolve|could not find host|cannot find host|dns lookup|"
        "label empty or too long|label too long|"
        f"{numbers.NO_SUCH_HOST}|{languages.spoken(languages.NO_SUCH_HOST)}",
        but_not=("command rejected", "address rejected", "<replied_to_mail>"),  # then it is of an address
    ),
    Rule("smtp_host_not_found", "outgoing server", also=("is unknown",)),
    Rule("smtp_connection_timeout", _PROXY, or_else=("smtp_connection_refused",)),
    Rule(
        "smtp_connection_timeout",
        "etimedout|connection timed out|timeouterror|timed out|"
        "connecttimeout|connection timeout|opentimeout|connect timeout|i/o timeout|did not properly respond|"
        "execution expired|network is unreachable|enetunreach|no route to host|ehostunreach|host is unreachable|"
        "sockettimeout|read timeout|readtimeout|operation has timed out|"
        "host unreachable|noroutetohost|deadline has elapsed|délai dépassé|eaddrnotavail|"
        "assign requested address|address not available|requested address is not valid|"
        "os error 11)|eagain|smtp: resource temporarily unavailable|errno 11]|"
        "enetdown|network is down|ehostdown|host is down|connect eacces|connect eperm|"
        "operation timed out|permission denied (13)|access to a socket was forbidden|"
        "ns_error_net_timeout|retry timeout exceeded|"
        "socket timeout|timeout was reached|deadline exceeded|timeout expired|timeout waiting|"
        f"{numbers.TIMED_OUT}|{languages.spoken(languages.NO_ANSWER)}",
        but_not=("<4.4.2>", "<421>", "<451>"),
    ),
    Rule(
        "smtp_connection_refused",
        "econnrefused|connection refused|connectionrefused|actively refused|connect refused|"
        "is refusing smtp connections|"
        f"{numbers.REFUSED}|{languages.spoken(languages.REFUSED)}",
        but_not=("<4.4.316>", "refused from", "refused by policy", "refused due", "greeting"),
    ),
)

# A connection that ended; the last thing to say, as many a text mentions it beside the reason.
DROPPED = (
    Rule(
        "tls_cert_untrusted",
        "establish an ssl or tls connection",
        but_not=("reset", "forcibly", "closed", "eof"),
        or_else=_MISMATCH,
    ),
    # Mono, of anything that went wrong in a handshake.
    Rule(
        "tls_protocol_version_unsupported",
        "authentication or decryption has failed",
        but_not=("trustfailure",),
        or_else=("tls_cert_untrusted", *_MISMATCH),
    ),
    # Java: a server on the right port that hangs up on the first greeting wants another version.
    Rule(
        "tls_protocol_version_unsupported",
        "host closed connection during handshake|remote host terminated the handshake|peer shut down incorrectly",
        or_else=("tls_port_mode_mismatch", "smtp_connection_dropped"),
    ),
    Rule(
        "tls_port_mode_mismatch",
        "connection unexpectedly closed|econnreset|connection reset|unexpected eof|eof occurred|handshake|"
        "during handshake|ssl_error_syscall|forcibly closed|winerror 10054",
        also=("<smtp_tls>",),
        or_else=_DROPPED,
        retry=Retry.WAIT,  # a server that goes down in the middle of a handshake looks the same
    ),
    Rule(
        "tls_protocol_version_unsupported",
        "could not convert socket to tls|unable to start tls|starttls negotiation|could not start tls|"
        "call to sspi failed|stream_socket_enable_crypto|enable crypto|ssl handshake failed|tls handshake failed|"
        "cannot start tls|connecting with ssl|sslconnecterror|ssl-connect failed|an ssl error has occurred",
        or_else=("tls_cert_untrusted", *_MISMATCH),
    ),
    # Go: the connection ended before a greeting came.
    Rule("tls_port_mode_mismatch", "dial: eof|dial smtp: eof|server: eof", or_else=_DROPPED),
    # No greeting came: most often the server waits for TLS to begin.
    Rule(
        "tls_port_mode_mismatch",
        "response: -1|code: -1, response|220 but got|b'220 |returned an invalid response",
        or_else=_DROPPED,
    ),
    Rule(
        "smtp_connection_dropped",
        "smtpserverdisconnected|unexpectedly closed|econnreset|connection reset|forcibly closed|"
        "broken pipe|epipe|socket hang up|connection closed|"
        "closed the connection|net_io_connectionclosed|unexpected eof|end of file|eoferror|socket closed|"
        ": eof|=eof| eof:|"
        "connection has been closed|connection was closed|connection aborted|econnaborted|lost connection|"
        "connection lost|connection was aborted|server not connected|servicenotconnected|"
        "connection has ended|not connected to|incomplete response|"
        "must be connected before|without being connected|is not connected|syscall returned=5|"
        "run connect() first|remote end closed|"
        "unable to read data from the transport|unable to write data to the transport|connectionreseterror|"
        "end of stream|connection abort|premature close|stream ended|closing transmission channel|"
        "closing connection|stream closed|[eof]|channel is closed|socket is closed|"
        "ns_error_net_reset|non-properly terminated|0 bytes from the transport|"
        "connection dropped|connection to the server was lost|ssl_error_syscall|disconnected|"
        "socket was closed|eof was observed|handle smtp server response|"
        "unexpected socket close|protocol is shutdown|eof caught|"
        f"{numbers.CUT}|{languages.spoken(languages.CUT)}|"
        "closed unexpectedly|connection broken|write:errno|"
        "in the middle of the transaction|was reset|response is 0 length|empty reply|empty line instead|"
        "server returned nothing|"
        'empty response|empty code|got code ""',
        or_else=_MISMATCH,
    ),
)

# What says no more than that there is no connection; several clients add it to any other reason.
NO_MORE_SAID = (
    Rule("smtp_connection_refused", "refused the connection|connection was refused", or_else=_TIMEOUT),
    # No firewall stands before the machine itself.
    Rule(
        "smtp_connection_refused",
        "could not connect|unable to connect|failed to connect|couldn't connect|could not be established|"
        "can't connect|cannot connect",
        also=("localhost|127.0.0.1|[::1]",),
        or_else=_TIMEOUT,
    ),
    Rule(
        "smtp_connection_timeout",
        "esocket|socketexception|could not connect|unable to connect|failed to connect|connect() failed|"
        "connection could not be established|cannot connect|can't connect|couldn't connect|tcp connect to|"
        "not accepting smtp connections|establish a connection to|connection to the given server|"
        "unable to establish|could not establish|failed to establish|"
        "timeout|timedout",
        or_else=("smtp_connection_refused", "smtp_host_not_found"),
    ),
)
