package dev.glance.api.location;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.glance.api.info.ThreeStores;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** What the tests of locations share. */
final class LocationTests {
  private LocationTests() {}

  /** Three stores, locations in sight, and three of them at most. */
  public static final class Visible extends ThreeStores {
    @Override
    public Map<String, String> getConfigOverrides() {
      Map<String, String> settings = new HashMap<>(super.getConfigOverrides());
      settings.put("glance.api.show-multiple-locations", "true");
      settings.put("glance.api.show-image-direct-url", "true");
      settings.put("glance.api.image-location-quota", "3");
      return settings;
    }
  }

  /** A web server whose {@code /image…} are five bytes, and where nothing else is. */
  static HttpServer webServer() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/image", exchange -> answer(exchange, "image"));
    server.createContext("/empty", exchange -> answer(exchange, ""));
    server.start();
    return server;
  }

  private static void answer(HttpExchange exchange, String body) throws IOException {
    try (exchange) {
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length()));
        exchange.sendResponseHeaders(200, -1);
      } else {
        exchange.sendResponseHeaders(200, body.isEmpty() ? -1 : body.length());
        exchange.getResponseBody().write(body.getBytes(StandardCharsets.UTF_8));
      }
    }
  }
}
