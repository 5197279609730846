import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** The broker's topics and consumer groups on one page, and a topic's newest messages on another. Reads only. */
class KafkaPage {
    static final String BROKERS = System.getenv("KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS");
    static final int NEWEST = 5;

    static Map<String, Object> client() {
        return Map.of("bootstrap.servers", BROKERS, "request.timeout.ms", 5000, "default.api.timeout.ms", 5000);
    }

    static String escaped(String text) {
        return text == null ? "" : text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }

    static String overview() throws Exception {
        try (Admin admin = Admin.create(client())) {
            var page = new StringBuilder("<h2>Topics</h2><table><tr><th>topic</th><th>partitions</th></tr>");
            var topics = admin.describeTopics(admin.listTopics().names().get()).allTopicNames().get();
            new TreeMap<>(topics).forEach((name, topic) -> page.append("<tr><td><a href=\"/topics/" + name + "\">" + name
                    + "</a></td><td>" + topic.partitions().size() + "</td></tr>"));
            page.append("</table><h2>Consumer groups</h2><ul>");
            var groups = new TreeSet<String>();
            admin.listConsumerGroups().all().get().forEach(group -> groups.add(group.groupId()));
            groups.forEach(group -> page.append("<li>" + escaped(group) + "</li>"));
            return page.append("</ul>").toString();
        }
    }

    static String topic(String name) {
        var text = new StringDeserializer();
        try (var consumer = new KafkaConsumer<String, String>(client(), text, text)) {
            var partitions = new ArrayList<TopicPartition>();
            consumer.partitionsFor(name).forEach(one -> partitions.add(new TopicPartition(name, one.partition())));
            consumer.assign(partitions);
            long waiting = 0;
            for (var end : consumer.endOffsets(partitions).entrySet()) {
                consumer.seek(end.getKey(), Math.max(0, end.getValue() - NEWEST));
                waiting += Math.min(NEWEST, end.getValue());
            }
            var rows = new StringBuilder();
            var until = Instant.now().plusSeconds(5);
            while (waiting > 0 && Instant.now().isBefore(until)) {
                for (var record : consumer.poll(Duration.ofMillis(500))) {
                    waiting--;
                    rows.append("<tr><td>" + record.partition() + "</td><td>" + record.offset() + "</td><td>" + escaped(record.key())
                            + "</td><td><code>" + escaped(record.value()) + "</code></td></tr>");
                }
            }
            return "<h2>" + escaped(name) + "</h2><table><tr><th>partition</th><th>offset</th><th>key</th><th>value</th></tr>" + rows + "</table>";
        }
    }

    static void answer(HttpExchange exchange) {
        String body;
        String path = exchange.getRequestURI().getPath();
        try {
            body = path.startsWith("/topics/") ? topic(path.substring("/topics/".length())) : overview();
        } catch (Exception error) {
            // The page is there as long as this program is, as Kafka UI's own.
            body = "<p>Kafka did not answer: " + escaped(String.valueOf(error.getMessage())) + "</p>";
        }
        byte[] bytes = ("<!doctype html><meta charset=\"utf-8\"><title>Kafka</title><h1><a href=\"/\">Kafka at " + escaped(BROKERS) + "</a></h1>" + body)
                .getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        } catch (java.io.IOException gone) {
            // Whoever asked has left.
        }
    }

    public static void main(String[] arguments) throws Exception {
        if (BROKERS == null) throw new IllegalArgumentException("say KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS");
        var server = HttpServer.create(new InetSocketAddress(8080), 0);
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.createContext("/", KafkaPage::answer);
        server.start();
    }
}
