import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.KeyStore;
import java.security.cert.*;
import java.util.Base64;
import javax.net.ssl.*;

/** Signs in as .NET's SmtpClient and JavaMail do: "AUTH login" with the user name, then the password by itself. */
public class TwoStepLogin {
    static BufferedReader in;
    static OutputStream out;

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        java.net.Socket plain = new java.net.Socket("localhost", port);
        use(plain);
        read("220");
        say("EHLO client.example", "250");
        say("STARTTLS", "220");
        SSLSocket socket = (SSLSocket) trusting(args[1]).getSocketFactory().createSocket(plain, "localhost", port, true);
        SSLParameters checked = socket.getSSLParameters();
        checked.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(checked);
        socket.startHandshake();
        use(socket);
        say("EHLO client.example", "250");
        say("AUTH login " + base64(args[2]), "334");
        say(base64(args[3]), "235");
        say("MAIL FROM:<" + args[2] + ">", "250");
        say("RCPT TO:<" + args[5] + ">", "250");
        say("DATA", "354");
        out.write(Files.readString(Path.of(args[4])).replace("\r\n.", "\r\n..").getBytes(StandardCharsets.UTF_8));
        System.out.println(say(".", "250"));
        say("QUIT", "221");
    }

    static void use(java.net.Socket socket) throws IOException {
        in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        out = socket.getOutputStream();
    }

    static String say(String line, String code) throws IOException {
        out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
        return read(code);
    }

    static String read(String code) throws IOException {
        String line = in.readLine();
        while (line != null && line.length() > 3 && line.charAt(3) == '-') line = in.readLine();
        if (line == null || !line.startsWith(code)) throw new IOException("wanted " + code + ", got " + line);
        return line;
    }

    static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    static SSLContext trusting(String file) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null);
        try (InputStream pem = new FileInputStream(file)) {
            store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }
}
