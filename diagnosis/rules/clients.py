"""What programs that send mail say in other languages, when they do not pass the server's own words on.

Source: PHPMailer's language files and Thunderbird's; several shops and forms are built on them.
"""

from diagnosis.rules.languages import spoken
from diagnosis.rules.rule import Rule

SIGN_IN_FAILED = {
    "cs": "autentizace selhala|přihlášení selhalo",
    "da": "login mislykkedes|godkendelse mislykkedes|bekræftelse mislykkedes",
    "de": "authentifizierung fehlgeschlagen|authentifizierung ist fehlgeschlagen|anmeldung fehlgeschlagen|"
    "anmeldung ist fehlgeschlagen|anmeldung am server",
    "es": "imposible autentificar|no se pudo autenticar|error de autenticación|falló la autenticación",
    "fi": "todennus epäonnistui|käyttäjätunnistus epäonnistui",
    "fr": "échec de l'authentification|échec d'authentification|l'authentification a échoué|"
    "impossible de s'authentifier",
    "hu": "az azonosítás sikertelen|sikertelen azonosítás",
    "it": "impossibile autenticarsi|autenticazione non riuscita|autenticazione fallita",
    "ja": "認証できません|認証に失敗",
    "ko": "인증할 수 없|인증에 실패|인증 실패",
    "nb": "kunne ikke autentisere|autentisering mislyktes",
    "nl": "authenticatie mislukt|verificatie mislukt|aanmelden mislukt",
    "pl": "przeprowadzić autoryzacji|przeprowadzić uwierzytelnienia|uwierzytelnianie nie powiodło",
    "pt": "não foi possível autenticar|realizar a autenticação|autenticação falhou|falha na autenticação",
    "ru": "ошибка авторизации|ошибка аутентификации|сбой аутентификации",
    "sv": "kunde inte autentisera|inloggningen misslyckades|autentiseringen misslyckades",
    "tr": "oturum açılamadı|kimlik doğrulama başarısız",
    "zh": "登录失败|登入失敗|认证失败|認證失敗|身份验证失败|验证失败",
}
CANNOT_CONNECT = {
    "cs": "nelze navázat spojení",
    "da": "serveren kunne ikke oprettes|kunne ikke oprette forbindelse",
    "de": "keine verbindung zum|konnte nicht hergestellt werden|verbindung fehlgeschlagen|"
    "kann keine verbindung",
    "es": "imposible conectar|no se pudo conectar|no se puede conectar",
    "fr": "impossible de se connecter|connexion impossible|échec de la connexion",
    "it": "impossibile connettersi|connessione non riuscita",
    "ja": "接続できません",
    "nb": "kunne ikke koble til|kunne ikke oppnå kontakt",
    "nl": "kon niet verbinden|kan geen verbinding",
    "pl": "nie można połączyć",
    "pt": "não foi possível conectar|realizar ligação|não foi possível ligar",
    "ru": "не удается подключиться|не удалось подключиться",
    "sv": "kunde inte ansluta|det gick inte att ansluta",
    "tr": "bağlanılamadı",
    "zh": "无法连接|無法連線",
}
RECIPIENTS_REFUSED = {
    "de": "die folgenden empfänger sind nicht korrekt|empfängeradresse wurde abgelehnt",
    "es": "los siguientes destinos fallaron|los siguientes destinatarios fallaron",
    "fr": "les destinataires suivants|adresse du destinataire a été refusée",
    "it": "i seguenti indirizzi destinatari",
    "ja": "次の受信者アドレス",
    "nl": "de volgende ontvangers",
    "pl": "następujący odbiorcy",
    "pt": "os endereços dos destinatários a seguir|os seguintes destinatários|o endereço do seguinte destinatário",
    "ru": "следующих получателей|следующие получатели",
    "sv": "följande mottagare",
    "zh": "接收者的邮箱地址错误|收件人地址错误|收件地址錯誤",
}
METHOD_NOT_OFFERED = {
    "de": "gewählte authentifizierungsmethode",
    "es": "método de autenticación seleccionado",
    "fr": "méthode d'authentification sélectionnée|méthode d'authentification choisie",
    "it": "metodo di autenticazione selezionato",
    "nl": "geselecteerde authenticatiemethode",
    "sv": "valda autentiseringsmetoden",
}

RULES = (
    Rule("smtp_auth_not_offered", spoken(METHOD_NOT_OFFERED)),
    Rule("user_password_wrong", spoken(SIGN_IN_FAILED), or_else=("app_password_required",)),
    Rule("recipient_invalid", spoken(RECIPIENTS_REFUSED)),
    Rule(
        "smtp_connection_timeout",
        spoken(CANNOT_CONNECT),
        or_else=("smtp_connection_refused", "smtp_host_not_found"),
    ),
)
