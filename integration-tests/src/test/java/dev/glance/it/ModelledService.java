package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.glance.it.ImageModel.Answer;
import dev.glance.it.ImageModel.Filter;
import dev.glance.it.ImageModel.Order;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.statistics.Statistics;
import org.jspecify.annotations.Nullable;

/** The service beside its model: each call goes to both, and what they answer must be the same. */
final class ModelledService {
  /** What jqwik counts the answers under, by their status. */
  static final String ANSWERS = "answers";

  private static final JsonMapper JSON = new JsonMapper();
  private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ";

  final ImageModel model = new ImageModel();
  private final Http http;

  /** Begins with no image at all. */
  ModelledService(URI api) {
    http = new Http(api);
    for (String isHidden : List.of("false", "true")) {
      String all = "/v2/images?visibility=all&limit=1000&os_hidden=" + isHidden;
      for (Map<String, @Nullable Object> image : images(get(Persona.ADMIN, all))) {
        String path = String.valueOf(image.get("self"));
        send(Persona.ADMIN, "PATCH", path, "[{\"replace\": \"/protected\", \"value\": false}]");
        send(Persona.ADMIN, "DELETE", path, "");
      }
    }
  }

  /**
   * An image by its age: 0 is the last that was created. Null for one that never was.
   *
   * @param age a negative one, or any while there are no images, names none
   */
  @Nullable ModelledImage image(int age) {
    List<ModelledImage> images = model.images();
    return age < 0 || images.isEmpty() ? null : images.get(images.size() - 1 - age % images.size());
  }

  static String path(@Nullable ModelledImage image) {
    return "/v2/images/" + (image == null ? "00000000-0000-4000-8000-000000000000" : image.id());
  }

  HttpResponse<byte[]> send(Persona who, String method, String path, String json) {
    String type =
        method.equals("PATCH")
            ? "application/openstack-images-v2.0-json-patch"
            : "application/json";
    return send(who, method, path, type, json.getBytes(StandardCharsets.UTF_8));
  }

  HttpResponse<byte[]> send(Persona who, String method, String path, String type, byte[] body) {
    return http.send(
        method,
        path,
        body,
        Stream.of(who.headers(), new String[] {"Content-Type", type})
            .flatMap(Stream::of)
            .toArray(String[]::new));
  }

  private HttpResponse<byte[]> get(Persona who, String path) {
    return send(who, "GET", path, "");
  }

  /** Compares an answer without a document, or with bytes for one. */
  static void compare(HttpResponse<byte[]> response, Answer expected) {
    Statistics.label(ANSWERS).collect(response.statusCode());
    assertThat(response.statusCode()).as(Images.text(response)).isEqualTo(expected.status());
    if (expected.document() instanceof byte[] bytes) {
      assertThat(response.body()).isEqualTo(bytes);
    }
    if (expected.status() == 204) {
      assertThat(response.body()).isEmpty();
    }
  }

  /** Compares an answer with a document: nothing may be missing, and nothing more be there. */
  static void compareDocument(HttpResponse<byte[]> response, Answer expected) {
    compare(response, expected);
    if (expected.document() != null) {
      assertThat(withoutTimes(document(response))).isEqualTo(expected.document());
    }
  }

  /** The id of an image that was just registered becomes the model's. */
  void learnId(HttpResponse<byte[]> created) {
    String id = String.valueOf(document(created).get("id"));
    Objects.requireNonNull(image(0)).setId(id);
    assertThat(created.headers().firstValue("Location"))
        .hasValue(created.uri().resolve("/v2/images/" + id).toString());
  }

  static void compareMembers(HttpResponse<byte[]> response, Answer expected) {
    compare(response, expected);
    if (expected.document() != null) {
      Map<String, @Nullable Object> document = document(response);
      assertThat(document).containsEntry("schema", "/v2/schemas/members");
      assertThat(documents(document, "members")).isEqualTo(expected.document());
    }
  }

  /** Follows a list from page to page and compares it with the model's. */
  void compareList(Persona who, Set<Filter> filters, Order order, int limit) {
    List<String> parameters =
        Stream.concat(
                filters.stream().map(filter -> filter.name() + "=" + encoded(filter.value())),
                Stream.of(
                    "sort=" + order.key() + (order.isAscending() ? ":asc" : ":desc"),
                    "limit=" + limit))
            .toList();
    String path = "/v2/images?" + String.join("&", parameters);
    if (!model.mayList(who)) {
      assertThat(get(who, path).statusCode()).as(path).isEqualTo(403);
      return;
    }
    List<Map<String, @Nullable Object>> listed = new ArrayList<>();
    for (String next = path; !next.isEmpty(); ) {
      HttpResponse<byte[]> response = get(who, next);
      assertThat(response.statusCode()).as(next + Images.text(response)).isEqualTo(200);
      Map<String, @Nullable Object> page = document(response);
      List<Map<String, @Nullable Object>> images = documents(page, "images");
      assertThat(page).containsEntry("first", path).containsEntry("schema", "/v2/schemas/images");
      assertThat(page.containsKey("next"))
          .as("a full page, and no other, leads to the next: %s", next)
          .isEqualTo(images.size() == limit);
      listed.addAll(images);
      next = page.get("next") instanceof String link ? link : "";
    }
    assertThat(listed)
        .as("%s lists %s", who, path)
        .isEqualTo(model.list(who, filters, order).stream().map(ModelledImage::document).toList());
  }

  private static List<Map<String, @Nullable Object>> images(HttpResponse<byte[]> response) {
    return documents(document(response), "images");
  }

  private static List<Map<String, @Nullable Object>> documents(
      Map<String, @Nullable Object> envelope, String name) {
    List<Map<String, @Nullable Object>> all =
        JSON.convertValue(envelope.get(name), new TypeReference<>() {});
    return all.stream().map(ModelledService::withoutTimes).toList();
  }

  private static Map<String, @Nullable Object> document(HttpResponse<byte[]> response) {
    try {
      return JSON.readValue(response.body(), new TypeReference<>() {});
    } catch (IOException e) {
      throw new UncheckedIOException(Images.text(response), e);
    }
  }

  /** What the model cannot know is looked at only for its form. Tags have no order. */
  private static Map<String, @Nullable Object> withoutTimes(
      Map<String, @Nullable Object> document) {
    Map<String, @Nullable Object> rest = new LinkedHashMap<>(document);
    for (String name : List.of("created_at", "updated_at")) {
      assertThat(String.valueOf(rest.remove(name))).as(name).matches(TIME);
    }
    rest.computeIfPresent("tags", (_, tags) -> ModelledImage.set(tags));
    return rest;
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
