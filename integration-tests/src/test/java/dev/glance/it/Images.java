package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** As much of an Images API client as the tests need. */
final class Images {
  private static final JsonMapper JSON = new JsonMapper();

  private final URI service;
  private final Http http;

  /** The headers, such as a token, go with each request; they are names and values in turn. */
  Images(URI service, String... always) {
    this.service = service;
    this.http = new Http(service, always);
  }

  /** Registers a raw, bare image and answers its id. */
  String create(String name) {
    HttpResponse<byte[]> response =
        http.send(
            "POST",
            "/v2/images",
            ("{\"name\": \""
                    + name
                    + "\", \"disk_format\": \"raw\", \"container_format\": \"bare\"}")
                .getBytes(StandardCharsets.UTF_8),
            "Content-Type",
            "application/json");
    assertThat(response.statusCode()).as(text(response)).isEqualTo(201);
    return json(response).path("id").asText();
  }

  /** Asks for an image under an id of the client's choice. */
  HttpResponse<byte[]> createWithId(String id) {
    return http.send(
        "POST",
        "/v2/images",
        ("{\"id\": \"" + id + "\"}").getBytes(StandardCharsets.UTF_8),
        "Content-Type",
        "application/json");
  }

  /** Registers an image with these bytes and answers its id. */
  String create(String name, byte[] bytes) {
    String id = create(name);
    HttpResponse<byte[]> response = upload(id, bytes);
    assertThat(response.statusCode()).as(text(response)).isEqualTo(204);
    return id;
  }

  JsonNode show(String id) {
    HttpResponse<byte[]> response = http.get("/v2/images/" + id);
    assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
    return json(response);
  }

  String status(String id) {
    return show(id).path("status").asText();
  }

  HttpResponse<byte[]> list() {
    return http.get("/v2/images");
  }

  HttpResponse<byte[]> upload(String id, byte[] bytes) {
    return http.send(
        "PUT", "/v2/images/" + id + "/file", bytes, "Content-Type", "application/octet-stream");
  }

  /** Begins an upload that the test feeds piece by piece. */
  SlowUpload beginUpload(String id, long size) {
    return new SlowUpload(service, id, size);
  }

  HttpResponse<byte[]> download(String id, String... headers) {
    return http.get("/v2/images/" + id + "/file", headers);
  }

  HttpResponse<byte[]> delete(String id) {
    return http.send("DELETE", "/v2/images/" + id, new byte[0]);
  }

  HttpResponse<byte[]> removeFromStore(String store, String id) {
    return http.send("DELETE", "/v2/stores/" + store + "/" + id, new byte[0]);
  }

  /** Does something to an image: deactivates or reactivates it. */
  HttpResponse<byte[]> act(String action, String id) {
    return http.send("POST", "/v2/images/" + id + "/actions/" + action, new byte[0]);
  }

  HttpResponse<byte[]> get(String path, String... headers) {
    return http.get(path, headers);
  }

  static JsonNode json(HttpResponse<byte[]> response) {
    try {
      return JSON.readTree(response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }
}
