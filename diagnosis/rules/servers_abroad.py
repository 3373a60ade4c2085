"""What mail servers of other countries reply: NetEase's codes, and sentences in their own language.

Sources: NetEase's list of reply codes (163.com, 126.com and the firms that run its software print it); the reply
lists of Web.de, QQ and Gmail's help in German. The other sentences are those lists in the other languages.
"""

from diagnosis.causes.shape import Retry
from diagnosis.rules.languages import spoken
from diagnosis.rules.rule import Rule

MAILBOX_FULL = {
    "da": "postkasse er fuld",
    "de": "speichervolumen|zuviele mails auf|zu viele mails auf|postfach voll|postfach ist voll|"
    "postfach des empfängers ist voll|kein speicherplatz|speicherplatz überschritten|speicherplatz erschöpft",
    "es": "buzón lleno|buzon lleno|buzón está lleno|buzón del destinatario está|cuota excedida|"
    "sin espacio de almacenamiento|"
    "espacio de almacenamiento insuficiente",
    "fi": "postilaatikko on täynnä",
    "fr": "destinataire est pleine|boite pleine|boîte pleine|boite aux lettres pleine|boîte aux lettres pleine|"
    "boîte du destinataire est pleine|boite du destinataire est pleine|boite du destinataire pleine|"
    "quota dépassé|quota depasse|espace de stockage",
    "it": "destinatario è piena|casella piena|casella postale piena|casella del destinatario è piena|"
    "spazio di archiviazione|"
    "quota superata",
    "ja": "メールボックスがいっぱい|メールボックスの空き",
    "nb": "postboks er full",
    "nl": "geadresseerde is vol|ontvanger is vol|mailbox vol|postvak is vol|postbus is vol|geen opslagruimte",
    "pl": "adresata jest pełna|skrzynka pełna|skrzynka jest pełna|skrzynka przepełniona|skrzynka odbiorcy jest",
    "pt": "destinatário está cheia|caixa postal cheia|caixa de correio cheia|caixa cheia|quota excedida|"
    "cota excedida",
    "ru": "получателя переполнен|ящик переполнен|ящик заполнен|превышена квота",
    "sv": "postlåda är full|brevlåda är full",
    "zh": "邮箱已满|信箱已滿|空间不足|容量满",
}
NO_SUCH_USER = {
    "de": "benutzer nicht bekannt|benutzer unbekannt|empfänger unbekannt|empfänger nicht bekannt|"
    "empfänger existiert nicht|adresse existiert nicht|postfach existiert nicht",
    "es": "usuario desconocido|destinatario desconocido|el usuario no existe|la dirección no existe|"
    "cuenta no existe|destinatario inválido",
    "fr": "destinataire invalide|destinataire inconnu|utilisateur inconnu|adresse inconnue|"
    "adresse d au moins un destinataire|boite inexistante|boîte inexistante|"
    "destinataire n'existe pas|adresse n'existe pas",
    "it": "utente sconosciuto|destinatario sconosciuto|destinatario non valido|casella inesistente|"
    "utente inesistente|indirizzo inesistente|casella disattivata",
    "nl": "onbekende gebruiker|gebruiker onbekend|ontvanger onbekend|adres bestaat niet",
    "pl": "nieznany użytkownik|nieznany odbiorca|nie ma takiego użytkownika|nie ma takiego konta|konto nie istnieje",
    "pt": "usuário desconhecido|usuario desconhecido|destinatário desconhecido|usuário inexistente|"
    "destinatário inválido|caixa postal inexistente|conta inexistente",
    "ru": "пользователь не найден|нет такого пользователя|ящик не существует|адрес не существует|"
    "получатель не найден",
    "zh": "用户不存在|收件人不存在|邮箱不存在|帳號不存在|账号不存在",
}
TOO_LARGE = {
    "de": "nachricht ist zu groß|nachricht zu groß|mail ist zu groß",
    "es": "mensaje es demasiado grande|mensaje demasiado grande",
    "fr": "message est trop volumineux|message trop volumineux|message est trop grand|message trop grand",
    "it": "messaggio è troppo grande|messaggio troppo grande",
    "nl": "bericht is te groot|bericht te groot",
    "pl": "wiadomość jest za duża|wiadomość jest zbyt duża",
    "pt": "mensagem é muito grande|mensagem é demasiado grande|mensagem muito grande",
    "ru": "письмо слишком большое|сообщение слишком большое|слишком большой размер",
    "sv": "meddelandet är för stort",
    "zh": "邮件过大|邮件大小超过|郵件過大",
}
TOO_FAST = {
    "de": "zu schnell|zu viele verbindungen|zu viele nachrichten",
    "es": "demasiado rápido|demasiadas conexiones|demasiados mensajes",
    "fr": "trop de connexions|trop de messages|trop rapidement|trop vite",
    "it": "troppe connessioni|troppi messaggi|troppo velocemente",
    "pl": "zbyt wiele połączeń|zbyt szybko",
    "pt": "muitas conexões|conexões demais|rápido demais|muito rápido|muito rapidamente|muitas mensagens",
    "ru": "слишком много соединений|слишком часто|слишком быстро",
    "zh": "连接过于频繁|发送过于频繁|频率超过",
}

_FULL = f"{spoken(MAILBOX_FULL)}|allowed storage|too many messages on|too many messages in the mailbox"

_NETEASE = (
    Rule("provider_throttled", "hl:icc|hl:ifc|hl:ifq|mi:dmc|mi:cel|mi:ccl|rp:cel|rp:ccl|mi:sfq"),
    Rule("sending_limit_reached", "mi:stc|rp:qrc|rp:trc"),
    Rule("too_many_recipients", "rp:drc"),
    Rule("sending_ip_or_tenant_blocked", "hl:rep|hl:mep|hl:ihu|hl:ipb|dt:rbl|wm:bli"),
    Rule("sender_blocked_for_spam", "wm:blu|mi:spb"),
    Rule("send_as_denied", "dt:sum", or_else=("sender_address_malformed",)),
    Rule("message_content_blocked", "dt:spm"),
    # Its mailboxes open SMTP to other programs only when their owner asks, and give a password for it.
    Rule("smtp_auth_disabled_mailbox", "user has no permission", or_else=("app_password_required",)),
)
RULES = (
    *_NETEASE,
    Rule(
        "mailbox_full",
        _FULL,
        also=("<421>|<450>|<451>|<452>|<4.2.2>",),
        retry=Retry.WAIT,
    ),
    Rule(
        "mailbox_full",
        _FULL,
        or_else=("recipient_invalid",),
        retry=Retry.STOP_MESSAGE,
    ),
    Rule("message_too_large", spoken(TOO_LARGE)),
    Rule("provider_throttled", spoken(TOO_FAST)),
    Rule("recipient_invalid", spoken(NO_SUCH_USER), or_else=("mailbox_full",)),
)
