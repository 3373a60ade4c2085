"""What SMTP servers answer about who sends: the From address, its domain, the calling IP address, relaying.

Sources: learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online,
support.google.com/a/answer/3726730 (Gmail), senders.yahooinc.com/smtp-error-codes, RFC 3463, RFC 7372.
"""

from diagnosis.rules.rule import Rule

SENDER = (
    # A server that tells apart nothing of this itself.
    Rule(
        "recipient_invalid",
        "all rcpt commands were rejected|valid rcpt command must precede|account or domain may not exist",
        or_else=("sending_ip_or_tenant_blocked",),
    ),
    # Services that send for others keep a list of recipients that bounced before.
    Rule(
        "recipient_invalid",
        "suppression list|suppressionlist|on the suppress|address suppressed|rejected: address blacklisted",
        or_else=("message_content_blocked",),
    ),
    Rule("sender_address_malformed", "null sender|empty envelope sender|bogus mail from"),
    Rule(
        "send_as_denied",
        "from/sender name|sender doesn't match|sender does not match|sender header|"
        "<5.7.60>|<5.2.252>|sendasdenied|permissions to send as|not owned by|"
        "must be same as authorization user|"
        "must equal authorized|not permitted to send as|relaying disallowed as|is not one of your addresses|"
        "not local sender|sender address is not allowed|sender address not allowed|not allowed to send as|"
        "email address is not verified|match a verified sender|not a verified sender|cannot send as|"
        "sender mismatch|"
        "sender not allowed|not allowed as sender|match the authenticated|address not verified|"
        "mail from must|"
        "sender is not allowed|not authorized to send on behalf|not authorized to send from|"
        "not permitted to send from|"
        "must match authenticated|from address must|sender address must|identities failed the check|"
        "domain is not verified|only send testing emails|unconfigured sending domain|to send messages from|"
        "mail box name|can only be used to send|"
        "permission to send the message on behalf|"
        "permission to send as|sender is not authorized|must be the same as|not allowed to use this sender|"
        "does not belong to|sender signature|local user only|envelope sender not allowed|"
        "not authorized to perform|not authorized to send as|not allowed to send from|domain not verified|"
        "unauthorized sender|unknown sender address|not your address|not your own address",
        but_not=("must contain", "spf"),
        or_else=("smtp_relay_denied",),
    ),
    Rule("sender_blocked_for_spam", "<5.1.8>", also=("<microsoft>",)),
    # The receiving company keeps a list of its own.
    Rule(
        "sender_blocked_for_spam",
        "blocked senders|envelope blocked|block-send-er|blocked by the recipient|blacklisted user|"
        "sender blacklisted|address has been blacklisted|address that has been blacklisted|in my black list|"
        "sender is spammer|sender was rejected",
        or_else=("recipient_restricted", "sending_ip_or_tenant_blocked"),
    ),
    Rule("sender_address_malformed", "<5.1.8>", but_not=("outbound",)),
    Rule(
        "sender_blocked_for_spam",
        "bad outbound sender|unusual sending activity|"
        "suspected of sending spam|spam abuse detected|"
        "blocked for spam|outbound spam|outboundspam|wascl useraction|"
        "recognized as a valid sender|sender has been blocked|sender blocked",
        or_else=("sending_ip_or_tenant_blocked",),
    ),
    Rule(
        "sender_domain_authentication_failed",
        "<5.7.26>|<5.7.27>|<5.7.30>|<5.7.23>|<5.7.24>|<5.7.20>|<5.7.21>|<5.7.22>|"
        "<4.7.26>|"
        "<4.7.27>|<4.7.30>|<4.7.31>|<4.7.32>|<4.7.23>|<4.7.24>|dmarc|[spf]|(spf)|spf: |spf check|spf fail|"
        "spf validation|dkim|"
        "sender policy framework|sender is unauthenticated|required authentication level|spf=fail|spf record|"
        "fails to pass authentication|failed spf|authentication checks|unauthenticated email|openspf|"
        "not authorized by domain|spoofed|spoofing|not designated|does not designate|domain's spf|spf policy|"
        "spf settings|spf records for|authentication requirements defined",
    ),
    Rule(
        "sending_ip_or_tenant_blocked",
        "your ip|invalid ip|from ip|ip address",
        also=("unauthorized|block|forbidden|denied|refused|rejected|invalid|listed",),
        but_not=("spf", "address you've registered"),
    ),
    Rule(
        "sending_ip_or_tenant_blocked",
        "ip name lookup|not accepting connections",
        also=("<55",),
        but_not=("relay",),
    ),
    # Postfix, of a client that is in none of its networks and did not sign in.
    Rule(
        "smtp_relay_denied",
        "client host rejected: access denied",
        also=("<smtp_mail>",),
        or_else=("smtp_not_authenticated", "sending_ip_or_tenant_blocked"),
    ),
    Rule(
        "sending_ip_or_tenant_blocked",
        "<5.7.25>|<4.7.25>|not accepted from this ip|blocklist|"
        "tenant has exceeded|banned sending ip|banned sender|block list|blacklist|black list|spamhaus|"
        "blocked using|"
        "dnsbl|spamcop|barracuda|sorbs|poor reputation|listed at|listed by|bad reputation|low reputation|"
        "reputation|"
        "to send email directly|notauthorizederror|delist|client host rejected|reverse dns|ptr record|"
        "unusual rate of unsolicited|"
        "ip address has been blocked|ip has been blocked|blocked your ip|unregistered domain|blocked ip|"
        "not in whitelist|not whitelisted|"
        "dynamic ip|"
        "will not be accepted from|connections not accepted|rbls|refused to talk to me|not allowed to send|"
        "connection refused from|connection refused by policy|connection refused due|refused connection from|"
        "s3140|s3150|tosa@rx.t-online|ask your postmaster|ip address is blocked|not allowed to connect|"
        "part of their network|rdns|your ip address|by rbl|by an rbl|host blocked|ip temporarily|ip blocked|"
        "dns ptr|ptr resource|ip profile|host network|from your ip|your isp|not passed validation|open proxy|"
        "your remotehost|listed as abusive|access ip|find your hostname|resolve your address|"
        "reverse lookup|forward dns|relay host name|sending ips|ips blocked|currently sending spam|"
        "no access from mail server|refused - see http|bad sender ip|your access to",
        but_not=("url",),
        or_else=("smtp_server_refused",),
    ),
    Rule(
        "sender_address_malformed",
        "denies the sender|mail from invalid|sender is unvalidated|missing final '@domain'|"
        "valid address in from|dns check failed|sender address rejected: domain not found|"
        "sender verify failed|invalid sender|"
        "sender verification failed|domain of sender|sender domain|sender address syntax|malformed sender|"
        "<5.1.7>|sender address is invalid|bad sender|sender rejected|reverse-path|invalid mail from|"
        "invalid from|unroutable sender|sender email address rejected|"
        "return path|sender's domain|bad address syntax in mail",
        but_not=("not logged in",),
    ),
)

RELAY = (
    Rule(
        "send_as_denied",
        "sender address rejected",
        but_not=("not logged in",),
        or_else=("sender_address_malformed", "sender_blocked_for_spam"),
    ),
    Rule(
        "smtp_not_authenticated",
        "please turn on smtp authentication|no password specified|relay through this server without|"
        "not logged in|wantautherror|"
        "smtp authentication is required|authentication required|authentication is required|"
        "must authenticate|"
        "must be authenticated|requires authentication|need to authenticate|log in first|login first|"
        "not authenticated|please authenticate|need authentication|authenticate first|authorization required|"
        "check for new mail|must log in|auth required|send auth command|client was not authenticated|"
        "unauthenticated sender|unauthenticated mail|"
        "permission to submit mail to this server|"
        "use smtp-auth|smtp auth is required|login to the imap|"
        "authentification requise|authentication turned on",
        but_not=("notauthenticatedforgroup",),
        or_else=("smtp_relay_denied",),
    ),
    Rule(
        "recipient_restricted",
        "notauthenticatedforgroup|"
        "resolver.rst.notauthorized|"
        "resolver.rst.restrictedtorecipientspermission|only accepts mail from|want your mail|"
        "senders to accept|not pre-approved|post to this mailing list|"
        "not permitted to send to this",
    ),
    Rule("smtp_relay_denied", "relaying disallowed", or_else=("send_as_denied", "smtp_not_authenticated")),
    Rule(
        "smtp_relay_denied",
        "unable to relay|relay access denied|relaying denied|relay not permitted|relaying not allowed|"
        "relay denied|"
        "<5.7.64>|<4.4.62>|<5.7.54>|<5.7.51>|not permitted to relay|cannot relay|relaying is prohibited|"
        "relay prohibited|"
        "relaying prohibited|do not relay|no relay|relaying not permitted|relay is not allowed|"
        "allowed to relay|"
        "relay not allowed|invalid credentials for relay|relay rejected|relay is denied|open relay|"
        "tenantattribution|"
        "relaying mail|rcpthosts|not a gateway|relaying to|relay operation rejected|mail relay|"
        "relaying temporarily|"
        "not a local recipient|cannot deliver mail for|denies relay|relay check|relay disabled|"
        "as a relay|configured to relay|handle mail for",
        or_else=("smtp_not_authenticated",),
    ),
)
