"""What Windows, .NET and glibc say in other languages than English about a connection.

They translate their own sentences and often give no number beside them; servers' replies are not translated.
Source: the language packs of Windows (the texts of winsock's 10054, 10060, 10061 and 11001), of .NET
(net_name_resolution_failure, SmtpNeedAuth and the texts of SslStream) and of glibc (strerror, gai_strerror).
"""

from diagnosis.rules.rule import Rule

REFUSED = {
    "cs": "aktivně odmítl|spojení odmítnuto",
    "da": "aktivt nægtede|forbindelse afvist",
    "de": "zielcomputer die verbindung|verbindungsaufbau abgelehnt|verbindung verweigert",
    "es": "denegó expresamente|conexión rehusada|conexión rechazada",
    "fi": "kohdetietokone|kohdekone|yhteys torjuttu",
    "fr": "connexion refusée|expressément refusée",
    "hu": "visszautasította|kapcsolat elutasítva",
    "it": "connessione rifiutata|rifiuto persistente",
    "ja": "拒否されたため、接続|接続を拒否",
    "ko": "연결을 거부",
    "lv": "aktīvi noraidīja|aktīvi atteica|savienojums atteikts|savienojums noraidīts",
    "nb": "aktivt nektet|aktivt avslo|forbindelse nektes",
    "nl": "actief heeft geweigerd|actief geweigerd|verbinding is geweigerd",
    "pl": "aktywnie go odmawia|aktywnie odmawia|połączenie odrzucone",
    "pt": "conexão recusada|ligação recusada|recusou ativamente|recusaram ativamente|recusou activamente|as recusou",
    "ru": "в соединении отказано|отверг запрос",
    "sv": "aktivt nekade|förbindelse vägras|uppkoppling vägras|anslutning vägras",
    "tr": "etkin olarak reddet",
    "zh": "积极拒绝|拒绝连接|连接被拒绝|拒絕連線|遠端電腦拒絕",
}
NO_ANSWER = {
    "cs": "řádně neodpověděla|časový limit",
    "da": "ikke svarede korrekt",
    "de": "gegenstelle nach einer bestimmten zeitspanne|wartezeit für die verbindung|zeitüberschreitung|"
    "nicht innerhalb einer bestimmten zeit",
    "es": "no respondió adecuadamente|expiró el tiempo|tiempo de espera",
    "fi": "aikakatkaistiin|ei vastannut",
    "fr": "n'a pas répondu convenablement|délai d'attente|délai de connexion",
    "hu": "időtúllépés|nem válaszolt megfelelően",
    "it": "risposta non corretta della parte|connessione scaduta|timeout dell'operazione",
    "ja": "時間を過ぎても正しく応答|タイムアウト",
    "ko": "정확히 응답하지 않|시간이 초과",
    "nb": "ikke svarte",
    "nl": "niet correct heeft geantwoord|time-out",
    "pl": "nie odpowiedziała poprawnie|limit czasu",
    "pt": "tempo esgotado|tentativa de conexão falhou|não respondeu correctamente|não respondeu corretamente|"
    "tempo limite",
    "ru": "время ожидания|не получен нужный отклик|превышен тайм-аут",
    "sv": "inte svarade ordentligt|inte svarade korrekt|tidsgränsen|tog för lång tid",
    "tr": "zaman aşımı|doğru yanıt vermedi",
    "zh": "没有正确答复|連線嘗試失敗|连接超时|操作超时|連線逾時|作業逾時|连接尝试失败",
}
NO_SUCH_HOST = {
    "cs": "tento hostitel není znám|vzdálený název nelze",
    "da": "værten er ukendt|ukendt vært|fjernnavnet kunne ikke",
    "de": "name oder der dienst ist nicht bekannt|host ist unbekannt|host ist nicht bekannt|kein solcher host|"
    "remotename konnte nicht",
    "es": "no se conoce el host|nombre o servicio desconocido|host desconocido|resolver el nombre remoto",
    "fi": "isäntää ei tunneta|etänimeä ei",
    "fr": "nom ou service inconnu|hôte inconnu|nom distant n'a pas pu",
    "hu": "az állomás ismeretlen|a távoli név nem",
    "it": "host sconosciuto|nome o servizio sconosciuto|risolvere il nome",
    "ja": "リモート名を解決|そのようなホストは不明|名前またはサービスが不明",
    "ko": "알려진 호스트가 없|원격 이름을 확인할 수 없",
    "nb": "ukjent vert|verten er ukjent",
    "nl": "naam of dienst is niet bekend|host is onbekend|onbekende host|externe naam kan niet|externe naam kon niet",
    "pl": "nieznana nazwa lub usługa|taki host nie jest znany|rozpoznać nazwy zdalnej|nieznany host",
    "pt": "nome ou serviço desconhecido|host não é conhecido|host desconhecido|resolver o nome remoto|"
    "nome remoto não pôde",
    "ru": "имя или служба не известны|хост неизвестен|разрешить удаленное имя",
    "sv": "okänd värd|värden är okänd|fjärrnamnet|namn eller tjänst okänd",
    "tr": "uzak ad çözülemedi|böyle bir ana bilgisayar",
    "zh": "不知道这样的主机|未知的名称或服务|无法识别这台主机|未能解析此远程名称|無法識別這台主機|無法解析遠端名稱",
}
NO_NAMES_NOW = {
    "de": "temporärer fehler bei der namensauflösung",
    "es": "fallo temporal en la resolución del nombre",
    "fr": "échec temporaire dans la résolution du nom",
    "sv": "temporärt fel vid namnuppslagning",
}
CUT = {
    "cs": "vzdáleným hostitelem",
    "da": "af en ekstern vært|af fjernværten",
    "de": "vom remotehost geschlossen|durch gegenstelle zurückgesetzt|verbindung wurde zurückgesetzt|"
    "durch die gegenstelle zurückgesetzt",
    "es": "por el host remoto|conexión restablecida|conexión reinicializada",
    "fr": "par l'hôte distant|par le correspondant|par l'homologue",
    "it": "dall'host remoto|interrotta dal corrispondente",
    "ja": "リモート ホストに強制的に切断|相手からリセット",
    "ko": "원격 호스트에 의해",
    "nl": "door de externe host",
    "pl": "przez zdalny host|przez zdalnego hosta|zerwane przez drugą stronę",
    "pt": "pelo host remoto|pelo anfitrião remoto|redefinida pelo par",
    "ru": "принудительно разорвал|сброшено другой стороной",
    "sv": "av fjärrvärd|återställd av",
    "tr": "uzaktaki bir ana bilgisayar tarafından",
    "zh": "远程主机强迫关闭|遠端主機已強制關閉|连接被对方重",
}
UNTRUSTED = {
    "cs": "vzdálený certifikát",
    "da": "fjerncertifikatet er ugyldigt|eksterne certifikat er ugyldigt",
    "de": "remotezertifikat ist laut|remotezertifikat ist ungültig|remotezertifikat wurde",
    "es": "certificado remoto no es válido",
    "fr": "certificat distant n'est pas valide|certificat distant est non valide",
    "it": "certificato remoto non è valido",
    "ja": "リモート証明書は無効",
    "ko": "원격 인증서가",
    "nl": "externe certificaat is ongeldig|certificaat is ongeldig volgens",
    "pl": "certyfikat zdalny jest nieprawidłowy",
    "pt": "certificado remoto é inválido",
    "ru": "удаленный сертификат недействителен",
    "sv": "fjärrcertifikatet är ogiltigt",
    "tr": "uzak sertifika",
    "zh": "远程证书无效|遠端憑證是無效",
}
NO_COMMON_TLS = {
    "de": "gemeinsamen algorithmus|gemeinsamer algorithmus",
    "es": "algoritmo común|algoritmo en común",
    "fr": "algorithme commun",
    "it": "algoritmo comune",
    "ja": "共通のアルゴリズム",
    "nl": "gemeenschappelijk algoritme",
    "pl": "wspólnego algorytmu",
    "pt": "algoritmo comum|algoritmo em comum",
    "ru": "общего алгоритма",
    "sv": "gemensam algoritm|gemensamma algoritm",
    "zh": "公用算法|通用的演算法|通用算法",
}
NO_TLS_THERE = {
    "de": "unerwarteten paketformat|unerwartetes paketformat",
    "es": "formato de paquete inesperado",
    "fr": "format de paquet inattendu",
    "it": "formato di pacchetto",
    "ja": "予期しないパケット形式",
    "nl": "onverwachte pakketindeling",
    "pl": "nieoczekiwany format pakietu|nieoczekiwanego formatu pakietu",
    "pt": "formato de pacote inesperado",
    "ru": "формата пакета",
    "sv": "oväntat paketformat",
    "zh": "意外的数据包格式|未預期的封包格式",
}
NOT_SIGNED_IN = {
    "cs": "klient nebyl ověřen",
    "da": "klienten blev ikke godkendt|klienten ikke blev godkendt",
    "de": "wurde nicht authentifiziert",
    "es": "no se autenticó",
    "fr": "pas été authentifié|n'était pas authentifié",
    "it": "non è stato autenticato|non è autenticato",
    "ja": "クライアントが認証されて",
    "nl": "client is niet geverifieerd|client is niet gemachtigd|client niet is geverifieerd",
    "pl": "klient nie został uwierzytelniony|nie uwierzytelniono klienta",
    "pt": "não foi autenticado",
    "ru": "клиент не прошел проверку",
    "sv": "klienten inte autentiser|klienten har inte autentiser|klienten autentiserades inte",
    "zh": "客户端未通过身份验证|用戶端未經驗證|未对客户端进行身份验证",
}
# Google's word for programs that sign in with the password alone.
LESS_SECURE = {
    "de": "weniger sichere app|weniger sicherer app",
    "en": "less secure app",
    "es": "aplicación menos segura|aplicaciones menos seguras",
    "fr": "application moins sécurisée|applications moins sécurisées",
    "it": "app meno sicur",
    "nl": "minder veilige app|minder goed beveiligde app",
    "pl": "mniej bezpieczn",
    "pt": "app menos seguro|apps menos seguros|aplicações menos seguras",
    "ru": "ненадежны",
    "zh": "安全性较低的应用|低安全性應用程式",
}
# Microsoft's page for an app that only an administrator may allow is in the user's language.
ADMINISTRATOR = {
    "cs": "správce",
    "de": "administrator",  # Danish, Latvian, Norwegian and Polish as well
    "es": "administrador",  # Portuguese as well
    "fi": "järjestelmänvalvoja",
    "fr": "administrateur",
    "hu": "rendszergazda",
    "it": "amministrator",
    "ja": "管理者",
    "nl": "beheerder",
    "ru": "администратор",
    "sv": "administratör",
    "zh": "管理员|管理員",
}
APPROVAL = {
    "cs": "schválení|souhlas",
    "da": "godkend|tilladelse",
    "de": "genehmigung|berechtigung|zustimmung|einwilligung",
    "es": "aprobación|permiso|consentimiento",
    "fi": "hyväksy|käyttöoike",
    "fr": "approbation|autorisation|consentement",
    "hu": "jóváhagyás|engedély",
    "it": "approvazione|autorizzazion|consenso",
    "ja": "承認|同意|アクセス許可",
    "lv": "apstiprinājum|atļauj|piekrišan",
    "nb": "godkjenning|tillatelse|samtykke",
    "nl": "goedkeuring|machtiging|toestemming",
    "pl": "zatwierdz|uprawnie|zgod",
    "pt": "aprovação|permissão|permissões",
    "ru": "одобрени|утвержден|разрешени|соглас",
    "sv": "godkänn|behörighet|medgivande",
    "zh": "批准|核准|权限|權限|同意",
}
# Google's two pages for an app that it has not reviewed.
NOT_REVIEWED = {
    "da": "bekræftelsesproces|følsomme oplysninger",
    "de": "überprüfungsprozess|vertrauliche",
    "es": "proceso de verificación|información sensible",
    "fr": "procédure de validation|informations sensibles",
    "it": "procedura di verifica|informazioni sensibili|dati sensibili",
    "lv": "verifikācijas process|verifikācijas procesu|sensitīv",
    "nb": "bekreftelsesprosess|sensitiv informasjon|sensitive opplysninger",
    "nl": "verificatieproces|gevoelige gegevens|gevoelige informatie",
    "pl": "procesu weryfikacji|poufnych",
    "pt": "processo de verificação|informações confidenciais|informações sensíveis",
    "sv": "verifieringsprocess|känsliga uppgifter|känslig information",
    "zh": "验证流程|驗證程序|敏感信息|敏感資訊|机密信息|機密資訊",
}


def spoken(sentences: dict[str, str]) -> str:
    """The pieces of all languages."""
    return "|".join(sentences.values())


TLS = (
    Rule("tls_protocol_version_unsupported", spoken(NO_COMMON_TLS)),
    Rule("tls_port_mode_mismatch", spoken(NO_TLS_THERE)),
    Rule("tls_cert_untrusted", spoken(UNTRUSTED)),
)
