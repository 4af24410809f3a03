package dev.glance.api.store.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;

/**
 * Swift, by its S3 API. The users of its tempauth are those of its configuration, so that no keys
 * can be replaced while it runs.
 */
class SwiftS3FaultsTest extends S3FaultsContract {
  SwiftS3FaultsTest() {
    super(RealS3.swift());
  }

  /** S3's API has no quotas, Swift's own has; parts go to a container beside. */
  @Override
  void limit() {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<Void> auth =
          send(
              http,
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + s3.port() + "/auth/v1.0"))
                  .header("X-Auth-User", "service:glance")
                  .header("X-Auth-Key", "secret"));
      String account = auth.headers().firstValue("X-Storage-Url").orElseThrow();
      String token = auth.headers().firstValue("X-Auth-Token").orElseThrow();
      for (String container : List.of(bucket, bucket + "+segments")) {
        HttpResponse<Void> limited =
            send(
                http,
                HttpRequest.newBuilder(URI.create(account + "/" + container))
                    .PUT(HttpRequest.BodyPublishers.noBody())
                    .header("X-Auth-Token", token)
                    .header("X-Container-Meta-Quota-Bytes", Integer.toString(PART / 2)));
        assertThat(limited.statusCode()).isIn(201, 202);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static HttpResponse<Void> send(HttpClient http, HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return http.send(request.build(), BodyHandlers.discarding());
  }
}
