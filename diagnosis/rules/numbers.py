"""Numbers and names that systems and libraries give for a connection that failed.

Sources: learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2, /windows/win32/com/com-error-codes-4
(SEC_E_...), /windows/win32/wininet/wininet-errors (0x80072e..), System.Net.Sockets.SocketError; libuv's uv/errno.h
(what Node gives as a negative errno on Windows); curl.se/libcurl/c/libcurl-errors.html; Outlook's 0x800ccc..
(support.microsoft.com, "Outlook error codes").
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
    "0x800ccc0d|curl: (6)|socketerrorcode: hostnotfound|"
    "socketerror.hostnotfound|"
    "winerror 11001|(11001)|errno 11001"
)
CUT = (
    "<socket_cut>|: -4077|: -4095|0x80072746|0x80072745|0x80072efe|0x800ccc0f|curl: (52)|curl: (56)|"
    "socketerrorcode: connectionreset|socketerrorcode: connectionaborted|winerror 10054|winerror 10053|"
    "(10054)|(10053)|errno 104]|errno 54]|errno 32]"
)
TLS_VERSION = "0x80090331|0x80090302|0x80072f7d"
TLS_MODE = "0x80090308|0x80090326|0x800ccc1a|0x800ccc7d|0x80072f78"
UNTRUSTED = "0x80090325|0x800b0109|0x800b010a|0x80072f0d|0x80072f8f|curl: (60)|verify error:num=18|verify error:num=19"
EXPIRED = "0x80090328|0x800b0101|0x80072f05|verify error:num=10"
OTHER_NAME = "0x80090322|0x800b010f|0x80072f06|curl: (51)"
SIGN_IN = "0x800ccc92|0x800ccc90|0x800ccc18|curl: (67)"  # with a sentence about signing in beside it
