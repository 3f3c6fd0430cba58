import io.javalin.Javalin;
import io.javalin.http.Context;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Books orders in PostgreSQL and tells Kafka. Nothing here knows of tracing: the Java agent does. */
public final class Orders {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final Connection database;
  private final KafkaProducer<String, String> kafka;

  private Orders() throws Exception {
    database = DriverManager.getConnection(System.getenv("DATABASE_URL"), "shop", "");
    kafka =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers", System.getenv("KAFKA"),
                "client.id", "orders",
                "max.block.ms", 2000,
                "request.timeout.ms", 1000,
                "delivery.timeout.ms", 2000,
                "linger.ms", 0),
            new StringSerializer(),
            new StringSerializer());
    kafka.partitionsFor("orders");
  }

  public static void main(String[] args) throws Exception {
    Orders orders = new Orders();
    Javalin.create(config -> config.showJavalinBanner = false)
        .post("/orders", orders::book)
        .start("127.0.0.1", Integer.parseInt(System.getenv("PORT")));
  }

  private void book(Context context) throws Exception {
    String article = field(context.body(), "article");
    long cents = Long.parseLong(field(price(article), "cents"));
    long id;
    try (var insert =
        database.prepareStatement(
            "INSERT INTO orders (article, cents) VALUES (?, ?) RETURNING id")) {
      insert.setString(1, article);
      insert.setLong(2, cents);
      var row = insert.executeQuery();
      row.next();
      id = row.getLong(1);
    }
    String order = "{\"id\": %d, \"article\": \"%s\", \"cents\": %d}".formatted(id, article, cents);
    try {
      kafka.send(new ProducerRecord<>("orders", Long.toString(id), order)).get();
    } catch (ExecutionException failure) {
      try (var delete = database.prepareStatement("DELETE FROM orders WHERE id = ?")) {
        delete.setLong(1, id);
        delete.executeUpdate();
      }
      context.status(503).contentType("application/json");
      context.result("{\"error\": \"orders cannot be taken now\"}");
      return;
    }
    context.status(201).contentType("application/json").result(order);
  }

  private static String price(String article) throws Exception {
    URI address = URI.create(System.getenv("CATALOG_URL") + "/prices/" + article);
    return HTTP.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString()).body();
  }

  /** Returns a field of a flat JSON object: enough for this shop. */
  private static String field(String json, String name) {
    return json.replaceAll("(?s).*\"" + name + "\"\\s*:\\s*\"?([^\",}]*).*", "$1");
  }
}
