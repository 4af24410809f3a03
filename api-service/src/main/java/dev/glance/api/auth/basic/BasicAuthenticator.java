package dev.glance.api.auth.basic;

import dev.glance.api.auth.Authenticator;
import dev.glance.api.auth.Caller;
import dev.glance.api.auth.SecretSetting;
import dev.glance.api.auth.VerifiedCredentials;
import dev.glance.api.auth.VerifiedCredentials.Verified;
import dev.glance.api.store.StoreDefaultsConfig;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jboss.logging.Logger;

/**
 * Knows callers by name and password (RFC 7617). Proofs are remembered until the files change,
 * which is noticed within a second; a broken file is logged and leaves the users as they were.
 */
@Singleton
public final class BasicAuthenticator implements Authenticator {
  /** The user that {@code glance.auth.http-basic.admin-password} makes. */
  static final String ADMIN = "admin";

  private static final Logger log = Logger.getLogger(BasicAuthenticator.class);

  private static final Optional<String> CHALLENGE =
      Optional.of("Basic realm=\"glance\", charset=\"UTF-8\"");

  private static final long RELOAD_INTERVAL_MS = 1000;

  /** Its hash is in memory only, beside the password itself, and is made at each start. */
  private static final int ADMIN_COST = 10;

  /** Wrong passwords under check or waiting: with hashes of 200 ms, a wait of some 10 s. */
  private static final int MAX_UNDER_WAY = 64;

  /** Bounds the memory of a proof; no user comes to an end by themselves. */
  private static final Duration LIFETIME = Duration.ofHours(1);

  private final UserFiles files;
  private final Optional<User> admin;
  private final Vertx vertx;
  private final long reloadTimer;

  /** At most half of the cores, so that a flood of wrong passwords leaves the rest to others. */
  private final ExecutorService hashers =
      Executors.newFixedThreadPool(
          Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
          Thread.ofPlatform().name("glance-password-", 0).daemon().factory());

  private final VerifiedCredentials verified = new VerifiedCredentials(hashers, MAX_UNDER_WAY);
  private volatile Users users;

  /** Of the last reading, good or not. Used by {@link #reloadIfChanged}, as is the next. */
  private String stamp;

  /** Files that were not there at the last good reading. */
  private Set<Path> absent;

  BasicAuthenticator(BasicConfig config, StoreDefaultsConfig defaults, Vertx vertx) {
    this.files = UserFiles.of(config, defaults.dataDir());
    this.admin =
        SecretSetting.read(config.adminPassword(), config.adminPasswordFile())
            .map(BasicAuthenticator::admin);
    this.vertx = vertx;
    this.stamp = files.stamp();
    this.absent = files.absent();
    try {
      this.users = withAdmin(files.read());
    } catch (BadUserFiles e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
    this.reloadTimer =
        vertx.setPeriodic(
            RELOAD_INTERVAL_MS, _ -> vertx.executeBlocking(this::reloadIfChanged, false));
  }

  @PreDestroy
  void stop() {
    vertx.cancelTimer(reloadTimer);
    hashers.shutdownNow();
  }

  @Override
  public Optional<String> challenge(HttpServerRequest request) {
    return CHALLENGE;
  }

  @Override
  public Future<Caller> authenticate(HttpServerRequest request) {
    List<String> headers = request.headers().getAll("Authorization");
    Optional<BasicCredentials> shown =
        headers.size() == 1 ? BasicCredentials.parse(headers.getFirst()) : Optional.empty();
    if (shown.isEmpty()) {
      return Future.failedFuture(unknown());
    }
    return verified.verify(headers.getFirst(), () -> verify(shown.get()));
  }

  private Verified verify(BasicCredentials shown) {
    User user =
        users
            .verify(shown.name(), shown.password().getBytes(StandardCharsets.UTF_8))
            .orElseThrow(BasicAuthenticator::unknown);
    return new Verified(user.caller(), LIFETIME);
  }

  private static GlanceException unknown() {
    return new GlanceException(
        ErrorCode.UNAUTHENTICATED, "This call needs the name and password of a user.");
  }

  /** Synchronized, because a slow disk may outlast the interval. */
  private synchronized boolean reloadIfChanged() {
    String seen = files.stamp();
    if (seen.equals(stamp)) {
      return false;
    }
    stamp = seen;
    try {
      Set<Path> missing = files.absent();
      if (!absent.containsAll(missing)) {
        throw new BadUserFiles(
            missing.stream().map(file -> file + " is not there any more").toList());
      }
      users = withAdmin(files.read());
      absent = missing;
      verified.forgetAll();
      log.infof("Read %s anew: %d users", files.users(), users.all().size());
      return true;
    } catch (BadUserFiles e) {
      log.errorf("The users stay as they were: %s", e.getMessage());
      return false;
    }
  }

  private Users withAdmin(Users read) throws BadUserFiles {
    if (admin.isEmpty()) {
      return read;
    }
    if (read.named(ADMIN).isPresent()) {
      throw new BadUserFiles(
          List.of(
              files.users()
                  + " has a user admin, whose password glance.auth.http-basic.admin-password has"
                  + " already"));
    }
    List<User> all = new ArrayList<>(read.all());
    all.add(admin.get());
    return new Users(all);
  }

  private static User admin(String password) {
    byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
    return new User(
        ADMIN, PasswordHash.parse(PasswordHash.make(bytes, ADMIN_COST)), ADMIN, Set.of(ADMIN));
  }
}
