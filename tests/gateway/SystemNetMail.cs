using System;
using System.Net;
using System.Net.Mail;

/// Hands a message over as business software on .NET does. Arguments: port, user name, key, recipient.
static class SystemNetMail
{
    static void Main(string[] given)
    {
        using (var client = new SmtpClient("localhost", int.Parse(given[0])))
        using (var message = new MailMessage(given[1], given[3], "Köln", "One truck to Köln, please.\r\n.\r\n.dots"))
        {
            client.EnableSsl = true;
            client.Credentials = new NetworkCredential(given[1], given[2]);
            message.Attachments.Add(Attachment.CreateAttachmentFromString("One truck.", "order.txt"));
            client.Send(message);
        }
    }
}
