package dev.glance.api.http;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Where the API listens, and what it calls itself. */
@ConfigMapping(prefix = "glance.api")
public interface HttpConfig {
  /** The address to listen on; {@code 0.0.0.0} for all. */
  @WithDefault("127.0.0.1")
  String listenHost();

  /** The port to listen on. */
  @WithDefault("9292")
  int listenPort();

  /**
   * The base of the links in the version list, for a service behind a proxy; without it the address
   * that the client used.
   */
  Optional<String> publicEndpoint();

  /**
   * Whether {@code Forwarded} and {@code X-Forwarded-*} say how the client called; only behind a
   * proxy that sets them.
   */
  @WithDefault("false")
  boolean enableProxyHeadersParsing();

  /** The longest request id accepted from a client, in characters; longer ones are 431. */
  @WithDefault("64")
  int maxRequestIdLength();

  /**
   * While this file exists, {@code /healthcheck} answers 503, so that a load balancer looks away.
   */
  Optional<Path> healthcheckDisableFile();

  /**
   * How long the rest of a refused request is read and dropped before the connection is closed.
   * Default 10 s. Without it, clients that look for the answer only after sending everything
   * (Python's) would report a broken pipe instead of the reason.
   */
  @WithName("upload.drain-timeout")
  @WithDefault("10s")
  Duration drainTimeout();

  /** How often the registry and the stores are asked whether they are well, for readiness. */
  @WithDefault("2s")
  Duration healthInterval();

  /**
   * How long a service that is told to stop goes on as before, but is not ready: until whoever
   * sends it requests has noticed. Default none.
   */
  @WithName("shutdown.delay")
  @WithDefault("0s")
  Duration shutdownDelay();

  /**
   * How long requests under way may go on after that; then they are cut, and images that were being
   * uploaded are queued again. Default 10 s.
   */
  @WithName("shutdown.timeout")
  @WithDefault("10s")
  Duration shutdownTimeout();
}
