package dev.glance.api.store.s3;

import dev.glance.api.net.CaCertificates;
import dev.glance.api.store.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileSupplier;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.retries.api.RetryStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Calls of S3's API. One that fails in a way that may pass is made again after a pause that
 * doubles. Thread-safe; blocks; an interrupt ends a call at once with {@link
 * StoreException.Cancelled}.
 */
final class S3Calls implements AutoCloseable {
  /** More than the uploads' memory and the downloads of one service ever need at once. */
  private static final int MOST_CONNECTIONS = 1000;

  /** The slowest that bytes may be sent: what takes longer, and the timeout on top, has failed. */
  private static final int SLOWEST_BYTES_PER_MILLI = 256;

  /** How long after a file with credentials was replaced the SDK looks at it again, and more. */
  private static final Duration RENEWED_WITHIN = Duration.ofSeconds(2);

  private static final int RENEWALS = 4;

  /** What servers say of credentials that are not valid any more; to a HEAD, nothing. */
  private static final Set<String> EXPIRED =
      Set.of("", "ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch");

  /** With the pauses of the defaults, before readiness says that there was no answer. */
  private static final int RETRIES_OF_A_LOOK = 2;

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(20);

  private final String store;
  private final S3Config config;
  private final SdkHttpClient http;
  private final S3Client client;
  private final S3Client lookingClient;

  /** Virtual threads, whose sockets an interrupt closes. */
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * Makes the client; nothing is asked for yet.
   *
   * @throws IllegalArgumentException when a file that the settings name cannot be used
   */
  S3Calls(String store, S3Config config) {
    this.store = store;
    this.config = config;
    Apache5HttpClient.Builder builder =
        Apache5HttpClient.builder()
            .maxConnections(MOST_CONNECTIONS)
            .connectionTimeout(config.timeout())
            .connectionAcquisitionTimeout(config.timeout())
            .socketTimeout(config.timeout());
    config
        .cacert()
        .ifPresent(
            file -> builder.tlsTrustManagersProvider(() -> CaCertificates.trustManagers(file)));
    this.http = builder.build();
    this.client = client(http, config, config.retries());
    this.lookingClient = client(http, config, Math.min(config.retries(), RETRIES_OF_A_LOOK));
  }

  private static S3Client client(SdkHttpClient http, S3Config config, int retries) {
    URI host = config.host().orElseThrow();
    return S3Client.builder()
        .endpointOverride(URI.create(host.getScheme() + "://" + host.getRawAuthority()))
        .region(Region.of(config.regionName()))
        .forcePathStyle(isPathStyle(config, host))
        .credentialsProvider(credentials(config))
        .requestChecksumCalculation(
            RequestChecksumCalculation.valueOf(config.requestChecksumCalculation().name()))
        .responseChecksumValidation(
            ResponseChecksumValidation.valueOf(config.responseChecksumValidation().name()))
        // Bodies go as they are: not every server takes those that are signed in pieces.
        .serviceConfiguration(S3Configuration.builder().chunkedEncodingEnabled(false).build())
        .overrideConfiguration(
            override ->
                override
                    .retryStrategy(retries(config, retries))
                    .apiCallAttemptTimeout(config.timeout()))
        .httpClient(http)
        .build();
  }

  private static boolean isPathStyle(S3Config config, URI host) {
    return switch (config.bucketUrlFormat()) {
      case PATH -> true;
      case VIRTUAL -> false;
      // The certificates of Amazon's hosts vouch for names without a dot before them only.
      case AUTO ->
          !host.getHost().endsWith(".amazonaws.com")
              || config.bucket().orElseThrow().matches(".*[A-Z._].*");
    };
  }

  private static AwsCredentialsProvider credentials(S3Config config) {
    return config
        .credentialsFile()
        .<AwsCredentialsProvider>map(
            file ->
                ProfileCredentialsProvider.builder()
                    .profileFile(
                        ProfileFileSupplier.reloadWhenModified(file, ProfileFile.Type.CREDENTIALS))
                    .profileName(config.credentialsProfile())
                    .build())
        .orElseGet(
            () ->
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(
                        config.accessKey().orElseThrow(), config.secretKey().orElseThrow())));
  }

  private static RetryStrategy retries(S3Config config, int most) {
    BackoffStrategy pauses = BackoffStrategy.exponentialDelay(config.retryDelay(), LONGEST_PAUSE);
    return AwsRetryStrategy.standardRetryStrategy().toBuilder()
        .maxAttempts(most + 1)
        // Also where the answer breaks off while it is parsed.
        .retryOnException(e -> S3Errors.root(e) instanceof IOException)
        .backoffStrategy(pauses)
        .throttlingBackoffStrategy(pauses)
        // What one upload met says nothing of the next.
        .circuitBreakerEnabled(false)
        .build();
  }

  /**
   * Makes a call. A virtual thread makes it itself, so that it is over when that thread is; for
   * others, whose sockets an interrupt does not close, one of ours does.
   *
   * @param doing what for, for messages
   */
  <T> T call(String doing, Function<S3Client, T> work) {
    return call(client, doing, work);
  }

  /** The same with few retries: somebody waits for the reason why S3 is not there. */
  <T> T look(String doing, Function<S3Client, T> work) {
    return call(lookingClient, doing, work);
  }

  private <T> T call(S3Client client, String doing, Function<S3Client, T> work) {
    if (!Thread.currentThread().isVirtual()) {
      return await(threads.submit(() -> call(client, doing, work)), doing);
    }
    int renewals = RENEWALS;
    int breaks = Math.min(config.retries(), RETRIES_OF_A_LOOK);
    while (true) {
      Duration pause;
      try {
        return work.apply(client);
      } catch (RuntimeException e) {
        if (e instanceof AbortedException || Thread.currentThread().isInterrupted()) {
          throw cancelled(e);
        }
        // The SDK's own retries leave out an answer that is reset while it is parsed.
        if (e instanceof UncheckedIOException && breaks-- > 0) {
          pause = config.retryDelay();
        } else if (mayBeReplaced(e) && renewals-- > 0) {
          pause = RENEWED_WITHIN.dividedBy(RENEWALS);
        } else {
          throw S3Errors.translate(store, doing, e);
        }
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        throw cancelled(e);
      }
    }
  }

  /** Whether other credentials may be in the file by now, or soon. */
  private boolean mayBeReplaced(RuntimeException e) {
    return config.credentialsFile().isPresent()
        && e instanceof S3Exception answer
        && answer.statusCode() == 403
        && EXPIRED.contains(S3Errors.code(answer));
  }

  private StoreException cancelled(Exception e) {
    Thread.currentThread().interrupt();
    return new StoreException.Cancelled("store " + store + ": cancelled", e);
  }

  private <T> T await(Future<T> answer, String doing) {
    try {
      return join(answer, doing);
    } finally {
      answer.cancel(true);
    }
  }

  /** Waits for what other threads do, and an interrupt does not end. */
  <T> T join(Future<T> work, String doing) {
    try {
      return work.get();
    } catch (InterruptedException e) {
      throw cancelled(e);
    } catch (ExecutionException e) {
      throw S3Errors.translate(store, doing, Objects.requireNonNullElse(e.getCause(), e));
    }
  }

  /** The longest that an attempt to send so many bytes may take. */
  AwsRequestOverrideConfiguration within(long bytes) {
    return within(config.timeout().plusMillis(bytes / SLOWEST_BYTES_PER_MILLI));
  }

  /** The longest that an attempt may take. */
  static AwsRequestOverrideConfiguration within(Duration limit) {
    return AwsRequestOverrideConfiguration.builder().apiCallAttemptTimeout(limit).build();
  }

  /** Calls under way fail. */
  @Override
  public void close() {
    threads.shutdownNow();
    client.close();
    lookingClient.close();
    http.close();
  }
}
