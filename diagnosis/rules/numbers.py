"""Numbers and names that systems and libraries give for a connection that failed.

Sources: learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2, /windows/win32/com/com-error-codes-4
(SEC_E_...), /windows/win32/wininet/wininet-errors (0x80072e..), System.Net.Sockets.SocketError; libuv's uv/errno.h
(what Node gives as a negative errno on Windows); curl.se/libcurl/c/libcurl-errors.html; Outlook's 0x800ccc..
(support.microsoft.com, "Outlook error codes"); Apple's SecureTransport.h (errSSL..., from -9800);
the error texts of mbed TLS, of wolfSSL and of Qt.
"""

TIMED_OUT = (
    "<socket_timed_out>|: -4039|0x8007274c|0x80072ee2|0x800ccc19|0x8004210a|0x8004210b|curl: (28)|"
    "socketerrorcode: timedout|"
    "socketerror.timedout|winerror 10060|(10060)|code 10060|errno 110]|errno 60]|errno 101]|errno 113]|"
    "errno 51]|"
    "errno 65]|errno 13]|winerror 10013"
)
REFUSED = (
    "<socket_refused>|: -4078|0x8007274d|0x80072efd|0x800ccc0e|0x80042108|0x80042109|curl: (7)|"
    "socketerrorcode: connectionrefused|"
    "socketerror.connectionrefused|winerror 10061|(10061)|code 10061|errno 111]|errno 61]"
)
NO_SUCH_HOST = (
    "<socket_no_such_host>|wsahost_not_found|wsano_data|eai_noname|eai_nodata|: -3008|0x80072af9|0x80072ee7|"
    "0x800ccc0d|not provided, or not known|net::smtp: bad hostname|get an ip address for|"
    "curl: (6)|socketerrorcode: hostnotfound|"
    "socketerror.hostnotfound|"
    "winerror 11001|(11001)|errno 11001"
)
CUT = (
    "<socket_cut>|: -4077|: -4095|0x80072746|0x80072745|0x80072efe|0x800ccc0f|curl: (52)|curl: (56)|"
    "socketerrorcode: connectionreset|socketerrorcode: connectionaborted|winerror 10054|winerror 10053|"
    "(10054)|(10053)|errno 104]|errno 54]|errno 32]"
)
# Names of TLS alerts (RFC 8446 section 6) and their numbers, names of SChannel, Chromium, Firefox, rustls and GnuTLS.
TLS_VERSION = (
    "0x80090331|0x80090302|0x80072f7d|alert number 71|protocolversion)|alert: protocolversion|no_cipher_match|"
    "sec_e_algorithm_mismatch|version_or_cipher_mismatch|inappropriate fallback|inappropriate_fallback|"
    "legacy sigalg|wrong signature type|bad signature algorithm|unsupported version was received|"
    "no supported cipher suites|not within min/max| -9836|(-9836"
)
TLS_MODE = (
    "0x80090308|0x80090326|0x800ccc1a|0x800ccc7d|0x80072f78|sec_e_invalid_token|oversized record|"
    ":http request|http_request]|"
    "received was unexpected or badly formatted|ssl_error_rx_record|invalid ssl record"
)
UNTRUSTED = (
    "0x80090325|0x800b0109|0x800b010a|0x80072f0d|0x80072f8f|curl: (60)|error:num=18|error:num=19|error:num=20|"
    "error:num=21|alert number 42|alert number 43|alert number 44|alert number 46|alert number 48|"
    "validatorexception|partialchain|untrustedroot|untrusted_root|authority that is not trusted|"
    "cert_revoked|certificate revoked|certificate_revoked|certificate has been revoked|authority_invalid|"
    "no signer error|sec_error_untrusted|certificate is self-signed|revocation_offline|0x80092013| -9807|(-9807"
)
EXPIRED = (
    "0x80090328|0x800b0101|0x80072f05|error:num=10:|alert number 45|certificate(expired)|cert_e_expired|"
    "sec_e_cert_expired|within its validity period|expired certificate|cert_date_invalid|"
    "zertifikat ist abgelaufen|zertifikat abgelaufen|certificat a expiré|certificat expiré|certificado ha caducado|"
    "certificado ha expirado|certificado expirou|certificato è scaduto|certificato scaduto|certificaat is verlopen|"
    "certifikatet har gått ut|certifikatet er udløbet|certyfikat wygasł|срок действия сертификата|"
    "证书已过期|asn date error| -9814|(-9814"
)
OTHER_NAME = (
    "0x80090322|0x800b010f|0x80072f06|curl: (51)|cn_no_match|wrong_principal|target principal name is incorrect|"
    "unrecognized_name|unrecognized name|alert number 112|error:num=62|error:num=64|"
    "sslpeerunverifiedexception: host|host name did not match|peer subject name mismatch| -9843|(-9843"
)
SIGN_IN = "0x800ccc92|0x800ccc90|0x800ccc18|curl: (67)"  # with a sentence about signing in beside it
