"""Causes on the way to the mail server: name, port, TLS and certificate."""

from django.utils.translation import gettext_lazy as _

from diagnosis.causes.shape import Cause, Retry

CAUSES = (
    Cause(
        slug="starttls_required",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The server wants encryption first"),
        happened=_("The mail server goes on only over an encrypted connection."),
        todo=_("Choose STARTTLS on port 587 (or 143), or TLS on port 465 (or 993)."),
        guide="smtp-server",
    ),
    Cause(
        slug="starttls_not_supported",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The server offers no STARTTLS"),
        happened=_("STARTTLS was asked for, but the server does not have it on this port."),
        todo=_("Choose TLS on port 465, or port 587 where STARTTLS is offered."),
        guide="smtp-server",
    ),
    Cause(
        slug="tls_port_mode_mismatch",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("Port and encryption do not fit together"),
        happened=_("One side started encryption at once while the other waited for STARTTLS."),
        todo=_("Use port 465 with TLS, or port 587 with STARTTLS."),
        guide="smtp-server",
    ),
    Cause(
        slug="tls_cert_untrusted",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The server's certificate is not trusted"),
        happened=_("The certificate is self-signed, or the chain up to a known authority is not complete."),
        todo=_(
            "Install a certificate of a public authority with its full chain on the mail server, or have the "
            "operator of this portal trust your own authority."
        ),
        todo_it=_(
            "Install a certificate of a public authority on the mail server, with its intermediate "
            "certificates."
        ),
        guide="smtp-server",
    ),
    Cause(
        slug="tls_cert_hostname_mismatch",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The certificate is for another host name"),
        happened=_("The server answered with a certificate that does not name the host entered here."),
        todo=_("Enter the host name that the certificate names, or get a certificate for this one."),
        guide="smtp-server",
    ),
    Cause(
        slug="tls_cert_expired",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The server's certificate has expired"),
        happened=_("The certificate of the mail server is past its end date."),
        todo=_("Have the mail server's certificate renewed."),
        todo_it=_("Renew the mail server's certificate, and install it with its full chain."),
        guide="smtp-server",
    ),
    Cause(
        slug="tls_protocol_version_unsupported",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The server's encryption is too old"),
        happened=_("The two sides have no version or cipher of TLS in common."),
        todo=_("Turn on TLS 1.2 or later on the mail server."),
        guide="smtp-server",
    ),
    Cause(
        slug="smtp_connection_refused",
        who="company_admin",
        retry=Retry.WAIT,
        title=_("Nothing answers on that port"),
        happened=_("The host is there, but it accepts no connection on that port."),
        todo=_("Check the host and the port, and that the mail server is running."),
        guide="smtp-server",
    ),
    Cause(
        slug="smtp_connection_timeout",
        who="operator",
        retry=Retry.WAIT,
        title=_("The mail server cannot be reached"),
        happened=_("No answer came. A firewall or the hosting provider usually blocks the port."),
        todo=_("Allow outgoing connections to this host and port. Port 25 is often blocked; use 587."),
        todo_admin=_("Check the host and the port. If both are right, tell the operator of this portal."),
        guide="smtp-server",
    ),
    Cause(
        slug="smtp_connection_dropped",
        who="wait",
        retry=Retry.WAIT,
        title=_("The connection was cut"),
        happened=_("The server, or something on the way, closed the connection."),
        todo=_("The portal tries again. If it lasts, check the port's encryption and any firewall between."),
        guide="smtp-server",
    ),
    Cause(
        slug="smtp_server_refused",
        who="company_admin",
        retry=Retry.WAIT,
        title=_("The mail server turns this portal away"),
        happened=_("The mail server refused the connection itself, before it was told of any message."),
        todo=_(
            "Check the host and the port. If both are right, ask whoever runs the mail server to let this portal's "
            "address in."
        ),
        todo_it=_(
            "Let the address of this portal's server in, or send through a mail server that takes mail."
        ),
        guide="smtp-server",
    ),
    Cause(
        slug="smtp_host_not_found",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The host name does not exist"),
        happened=_("No address was found for the name of the mail server."),
        todo=_("Correct the host name; it has no “https://” before it and no port behind it."),
        guide="smtp-server",
    ),
    Cause(
        slug="ehlo_hostname_rejected",
        who="operator",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The server does not like how this portal greets"),
        happened=_("The name that the portal gives in its greeting is not a full host name."),
        todo=_("Set the greeting name (EHLO) to the portal's real host name."),
        guide="smtp-server",
    ),
)
