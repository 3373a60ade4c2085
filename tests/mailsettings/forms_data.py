"""What a person would type into the settings forms, all of it right."""

from datetime import date, timedelta

DIRECTORY_ID = "8f1d6c52-0b1c-4f6e-9a3e-5b7d2c9e1a40"
CLIENT_ID = "3b2f9d10-77aa-4c1e-8d55-0e9f61b7c223"
CLIENT_SECRET = "abc8Q~VXgA3cwNAOqsxxAuDH0X5l21-Sw-oH303R"
ENDS = (date.today() + timedelta(days=300)).isoformat()


def smtp(**changes: object) -> dict[str, object]:
    return {
        "host": "smtp.firm.example",
        "port": "587",
        "security": "starttls",
        "authentication": "password",
        "user_name": "orders@firm.example",
        "password": "long and secret",
        "timeout_s": "30",
        "max_connections": "10",
        "ehlo_name": "",
    } | changes


def office365(**changes: object) -> dict[str, object]:
    return {
        "cloud": "global",
        "tenant_id": DIRECTORY_ID,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "secret_expires_on": ENDS,
        "callback_form": "portal",
    } | changes


def policy(**changes: object) -> dict[str, object]:
    return {
        "use_connections": "on",
        "connections_from": "person",
        "shared_mailbox": "",
        "shared_mailbox_name": "",
        "use_passwords": "on",
        "use_company_server": "on",
        "company_server_from": "user",
        "company_address": "",
        "company_name": "",
        "save_to_sent": "on",
        "give_up_hours": "24",
        "bodies_shown_to": "nobody",
    } | changes
