package dev.glance.api.keymanager;

import dev.glance.api.auth.UserToken;
import dev.glance.api.http.RequestId;
import dev.glance.api.net.CaCertificates;
import dev.glance.model.image.Image;
import jakarta.inject.Singleton;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Deletes the keys of deleted images in Barbican (API reference section 2.5), with the callers' own
 * tokens, so that nobody can have a key deleted that Barbican would not let them delete.
 */
@Singleton
public final class KeyManager {
  private static final Logger LOG = Logger.getLogger(KeyManager.class);

  /** Image properties that Cinder sets when it makes an image of an encrypted volume. */
  private static final String KEY_ID = "cinder_encryption_key_id";

  private static final String DELETION_POLICY = "cinder_encryption_key_deletion_policy";
  private static final String ON_IMAGE_DELETION = "on_image_deletion";

  /** Anything else could lead the caller's token to another of Barbican's resources. */
  private static final Pattern UUID =
      Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");

  /** What may be sent on in a header. */
  private static final Pattern VISIBLE = Pattern.compile("[!-~]+");

  /** So much of what a user gave for a key's id is logged. */
  private static final int MAX_LOGGED = 64;

  private final @Nullable String secrets;
  private final Duration timeout;
  private final @Nullable SSLContext tls;

  /** Reads the settings; reaches for nobody yet. */
  public KeyManager(KeyManagerConfig config) {
    this.secrets =
        config
            .url()
            .map(url -> url.toString().replaceFirst("/*(/v1/*)?$", "/v1/secrets/"))
            .orElse(null);
    this.timeout = config.timeout();
    this.tls = config.caFile().map(CaCertificates::context).orElse(null);
  }

  /**
   * Deletes the key of an image that is deleted already, if its properties ask for that. Never
   * fails: a key that is left is a line in the log. Blocks, at most for the configured timeout.
   *
   * @param token of the caller who deleted the image, or null for none
   */
  public void deleteKeyOf(Image deleted, @Nullable UserToken token) {
    String key = deleted.properties().get(KEY_ID);
    if (key == null || !ON_IMAGE_DELETION.equals(deleted.properties().get(DELETION_POLICY))) {
      return;
    }
    whyLeft(key, token)
        .ifPresentOrElse(
            reason ->
                LOG.warnf(
                    "The encryption key %s of the deleted image %s was not deleted: %s",
                    printable(key), deleted.id(), reason),
            () ->
                LOG.debugf(
                    "The encryption key %s of the deleted image %s is gone", key, deleted.id()));
  }

  /** Empty when the key is gone. */
  private Optional<String> whyLeft(String key, @Nullable UserToken token) {
    if (secrets == null) {
      return Optional.of("glance.api.key-manager.url is not set");
    }
    if (!UUID.matcher(key).matches()) {
      return Optional.of("this is no key's id, which would be a UUID");
    }
    if (token == null) {
      return Optional.of("the caller has no Keystone token");
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(secrets + key))
            .DELETE()
            .header("X-Auth-Token", token.value());
    String requestId = RequestId.current();
    if (requestId != null && VISIBLE.matcher(requestId).matches()) {
      request.header(RequestId.HEADER, requestId);
    }
    return whyLeft(request.build());
  }

  private Optional<String> whyLeft(HttpRequest request) {
    // A client for each: a kept connection that Barbican closes meanwhile would leave a key behind.
    HttpClient client = client();
    try {
      int status =
          client
              .sendAsync(request, BodyHandlers.discarding())
              .get(timeout.toNanos(), TimeUnit.NANOSECONDS)
              .statusCode();
      return status == 204 || status == 404
          ? Optional.empty()
          : Optional.of("the key manager answered " + status);
    } catch (ExecutionException e) {
      return Optional.of(String.valueOf(e.getCause()));
    } catch (TimeoutException _) {
      return Optional.of("the key manager did not answer within " + timeout.toMillis() + " ms");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return Optional.of("the service is stopping");
    } finally {
      client.shutdownNow();
    }
  }

  private HttpClient client() {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            // The token is for the configured server alone.
            .followRedirects(HttpClient.Redirect.NEVER);
    if (tls != null) {
      builder.sslContext(tls);
    }
    return builder.build();
  }

  private static String printable(String key) {
    String start = key.length() > MAX_LOGGED ? key.substring(0, MAX_LOGGED) + "…" : key;
    return start.replaceAll("[^!-~…]", "?");
  }
}
