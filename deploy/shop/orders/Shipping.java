import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Takes booked orders from Kafka and has a note written for the parcel. The Java agent traces it. */
public final class Shipping {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  public static void main(String[] args) throws Exception {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers", System.getenv("KAFKA"),
            "group.id", "shipping",
            "auto.offset.reset", "earliest");
    try (var kafka =
        new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      kafka.subscribe(List.of("orders"));
      kafka.poll(Duration.ZERO);
      while (kafka.assignment().isEmpty()) {
        kafka.poll(Duration.ofMillis(100));
      }
      System.out.println("shipping listens");
      while (true) {
        for (ConsumerRecord<String, String> order : kafka.poll(Duration.ofMillis(200))) {
          ship(order.value());
        }
      }
    }
  }

  private static void ship(String order) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(System.getenv("WORKER_URL") + "/notes"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(order))
            .build();
    HTTP.send(request, BodyHandlers.ofString());
  }
}
