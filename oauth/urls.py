"""Below `/<company_code>/`. The callback answers at two addresses, letter by letter as registered at Microsoft."""

from django.urls import path

from oauth.pages import approval, company_mailbox, google
from oauth.pages.connect import callback, start
from oauth.pages.disconnect import disconnect
from oauth.pages.ended import ended
from oauth.pages.read_end import read_end
from oauth.pages.try_next import try_next

urlpatterns = [
    path("oauth/microsoft/start", start, name="microsoft-start"),
    path("oauth/microsoft/callback", callback, name="microsoft-callback"),
    path("Services/Office365Callback.aspx", callback, name="microsoft-callback-aspx"),
    path("oauth/company-mailbox/", company_mailbox.company_mailbox, name="company-mailbox"),
    path("oauth/company-mailbox/start", company_mailbox.start, name="company-mailbox-start"),
    path("oauth/company-mailbox/disconnect", company_mailbox.disconnect, name="company-mailbox-disconnect"),
    path("oauth/google/start", google.start, name="google-start"),
    path("oauth/google/callback", google.callback, name="google-callback"),
    path("oauth/google/ended", ended, name="google-ended"),
    path("oauth/google/disconnect", google.disconnect, name="google-disconnect"),
    path("oauth/microsoft/ended", ended, name="microsoft-ended"),
    path("oauth/microsoft/disconnect", disconnect, name="microsoft-disconnect"),
    path("oauth/microsoft/try-next", try_next, name="microsoft-try-next"),
    path("oauth/microsoft/read-end", read_end, name="microsoft-read-end"),
    path("oauth/microsoft/approval", approval.overview, name="settings-approval"),
    path("oauth/microsoft/approval/start", approval.start, name="settings-approval-start"),
]
