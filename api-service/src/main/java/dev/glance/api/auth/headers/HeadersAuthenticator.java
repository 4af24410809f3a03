package dev.glance.api.auth.headers;

import dev.glance.api.auth.Authenticator;
import dev.glance.api.auth.Caller;
import dev.glance.api.auth.Caller.TokenScope;
import dev.glance.api.auth.SecretSetting;
import dev.glance.api.auth.UserToken;
import dev.glance.api.net.Network;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Believes the identity headers that keystonemiddleware's auth_token sets (API reference section
 * 8), from a proxy that is known by its address, by a secret, or by both where both are configured.
 * From anyone else the same headers have no effect, and the answer is 401.
 */
@Singleton
public final class HeadersAuthenticator implements Authenticator {
  private static final String CONFIRMED = "Confirmed";

  private final List<Network> trustedPeers;
  private final boolean isAnyPeerTrusted;
  private final String secretHeader;
  private final byte @Nullable [] secret;

  HeadersAuthenticator(HeadersConfig config) {
    this.trustedPeers =
        config.trustedPeers().orElse(List.of()).stream()
            .map(Network::parse)
            .map(Optional::orElseThrow)
            .toList();
    this.isAnyPeerTrusted = config.trustedPeers().isEmpty();
    this.secretHeader = config.secretHeader();
    this.secret =
        SecretSetting.read(config.secret(), config.secretFile())
            .map(text -> text.getBytes(StandardCharsets.UTF_8))
            .orElse(null);
  }

  @Override
  public Future<Caller> authenticate(HttpServerRequest request) {
    try {
      if (!comesFromTheProxy(request)) {
        return unknown("This request does not come from the proxy that says who is calling.");
      }
      if (!CONFIRMED.equals(only(request, "X-Identity-Status"))) {
        return unknown("The proxy in front has not confirmed who is calling.");
      }
      return Future.succeededFuture(caller(request));
    } catch (GlanceException e) {
      return Future.failedFuture(e);
    }
  }

  /** Proxies that ask Keystone leave the caller's token where it was. */
  @Override
  public Optional<UserToken> userToken(HttpServerRequest request) {
    List<String> values = request.headers().getAll("X-Auth-Token");
    return values.size() == 1 ? UserToken.of(values.getFirst().strip()) : Optional.empty();
  }

  private boolean comesFromTheProxy(HttpServerRequest request) {
    // The connection's own address: that of the request may be what a client wrote into Forwarded.
    SocketAddress peer = request.connection().remoteAddress();
    boolean isTrustedPeer =
        isAnyPeerTrusted || trustedPeers.stream().anyMatch(network -> isIn(network, peer));
    return isTrustedPeer && showsTheSecret(request);
  }

  private static boolean isIn(Network network, SocketAddress peer) {
    String address = peer.hostAddress();
    return address != null
        // A link-local address carries the interface's name.
        && network.contains(InetAddress.ofLiteral(address.replaceFirst("%.*", "")).getAddress());
  }

  private boolean showsTheSecret(HttpServerRequest request) {
    if (secret == null) {
      return true;
    }
    String shown = only(request, secretHeader);
    return shown != null && MessageDigest.isEqual(secret, shown.getBytes(StandardCharsets.UTF_8));
  }

  private static Caller caller(HttpServerRequest request) {
    String domain = only(request, "X-Domain-Id");
    TokenScope scope =
        only(request, "OpenStack-System-Scope") != null
            ? TokenScope.SYSTEM
            : domain != null ? TokenScope.DOMAIN : TokenScope.PROJECT;
    boolean isService = CONFIRMED.equals(only(request, "X-Service-Identity-Status"));
    return new Caller(
        first(request, "X-Project-Id", "X-Tenant-Id", "X-Tenant"),
        first(request, "X-User-Id", "X-User"),
        roles(first(request, "X-Roles", "X-Role")),
        isService ? roles(only(request, "X-Service-Roles")) : Set.of(),
        scope,
        domain,
        only(request, "X-User-Domain-Id"),
        only(request, "X-Project-Domain-Id"),
        only(request, "X-User-Name"),
        false);
  }

  private static Set<String> roles(@Nullable String list) {
    return list == null
        ? Set.of()
        : Arrays.stream(list.split(","))
            .map(role -> role.strip().toLowerCase(Locale.ROOT))
            .filter(role -> !role.isEmpty())
            .collect(Collectors.toUnmodifiableSet());
  }

  /** The value of the first header that there is: the names are aliases, the newest first. */
  private static @Nullable String first(HttpServerRequest request, String... names) {
    for (String name : names) {
      String value = only(request, name);
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  /**
   * A header's value, or null for none. Two headers of one name mean that the proxy has added its
   * own to what the client sent, so neither can be believed.
   */
  private static @Nullable String only(HttpServerRequest request, String name) {
    List<String> values = request.headers().getAll(name);
    if (values.size() > 1) {
      throw new GlanceException(
          ErrorCode.UNAUTHENTICATED, "The header " + name + " is there more than once.");
    }
    return values.isEmpty() || values.getFirst().isBlank() ? null : values.getFirst().strip();
  }

  private static Future<Caller> unknown(String reason) {
    return Future.failedFuture(new GlanceException(ErrorCode.UNAUTHENTICATED, reason));
  }
}
