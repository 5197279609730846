import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerExtensionsValidatorCallback;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;

/** Takes what Amazon MSK takes: a request to connect, signed by AWS's Signature Version 4 with the secret of tests. */
public final class SignedTokens implements AuthenticateCallbackHandler {
    private static final String SECRET = "raally";
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private record Token(String value, long startMs, long lifetimeMs, String principalName) implements OAuthBearerToken {
        @Override public Set<String> scope() { return Set.of(); }
        @Override public Long startTimeMs() { return startMs; }
    }

    @Override public void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {}

    @Override public void close() {}

    @Override public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
        for (Callback callback : callbacks) {
            if (callback instanceof OAuthBearerValidatorCallback asked) {
                try {
                    asked.token(check(asked.tokenValue()));
                } catch (Exception error) {
                    asked.error("invalid_token", null, null);
                }
            } else if (callback instanceof OAuthBearerExtensionsValidatorCallback asked) {
                asked.inputExtensions().map().keySet().forEach(asked::valid);
            } else {
                throw new UnsupportedCallbackException(callback);
            }
        }
    }

    private static Token check(String value) throws Exception {
        URI uri = URI.create(new String(Base64.getUrlDecoder().decode(value), StandardCharsets.UTF_8));
        TreeMap<String, String> query = new TreeMap<>();
        for (String pair : uri.getRawQuery().split("&")) {
            query.put(pair.substring(0, pair.indexOf('=')), pair);
        }
        String signature = said(query.remove("X-Amz-Signature"));
        query.remove("User-Agent");
        String stamp = said(query.get("X-Amz-Date"));
        String[] who = said(query.get("X-Amz-Credential")).split("%2F");
        String scope = String.join("/", who[1], who[2], who[3], who[4]);
        String request = "GET\n/\n" + String.join("&", query.values()) + "\nhost:" + uri.getHost() + "\n\nhost\n" + digest("");
        byte[] key = ("AWS4" + SECRET).getBytes(StandardCharsets.UTF_8);
        for (String part : List.of(who[1], who[2], who[3], who[4], "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + digest(request))) {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            key = mac.doFinal(part.getBytes(StandardCharsets.UTF_8));
        }
        long start = Instant.from(STAMP.parse(stamp)).toEpochMilli();
        long end = start + 1000 * Long.parseLong(said(query.get("X-Amz-Expires")));
        boolean right = HexFormat.of().formatHex(key).equals(signature)
                && said(query.get("Action")).equals("kafka-cluster%3AConnect")
                && who[3].equals("kafka-cluster")
                && uri.getHost().equals("kafka." + who[2] + ".amazonaws.com")
                && end > System.currentTimeMillis();
        if (!right) {
            throw new IllegalArgumentException("not a request to connect that is signed and of now");
        }
        return new Token(value, start, end, who[0]);
    }

    private static String said(String pair) {
        return pair.substring(pair.indexOf('=') + 1);
    }

    private static String digest(String text) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }
}
