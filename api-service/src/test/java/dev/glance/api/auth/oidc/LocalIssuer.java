package dev.glance.api.auth.oidc;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jose4j.jwk.EcJwkGenerator;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.keys.EllipticCurves;
import org.jose4j.lang.JoseException;

/** An OpenID Connect issuer in this process, with real keys. */
final class LocalIssuer implements AutoCloseable {
  final PublicJsonWebKey rsa = rsa("rsa-1");
  final PublicJsonWebKey ec = ec("ec-1");
  final AtomicInteger keyRequests = new AtomicInteger();

  private final HttpServer server;
  private volatile List<PublicJsonWebKey> published = List.of(rsa, ec);
  private volatile int status = 200;

  LocalIssuer() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    serve(
        "/.well-known/openid-configuration",
        () -> "{\"issuer\": \"" + url() + "\", \"jwks_uri\": \"" + url() + "/keys\"}");
    serve(
        "/keys",
        () -> {
          keyRequests.incrementAndGet();
          return new JsonWebKeySet(published).toJson(OutputControlLevel.PUBLIC_ONLY);
        });
    server.start();
  }

  private interface Document {
    String text();
  }

  private void serve(String path, Document document) {
    server.createContext(
        path,
        exchange -> {
          byte[] body = document.text().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  void publish(PublicJsonWebKey... keys) {
    published = List.of(keys);
  }

  /** Answers everything with this from now on. */
  void answerWith(int status) {
    this.status = status;
  }

  /** What a good token says; for an hour. */
  JwtClaims claims() {
    JwtClaims claims = new JwtClaims();
    claims.setIssuer(url());
    claims.setAudience("glance", "account");
    claims.setSubject("u-1");
    claims.setExpirationTimeMinutesInTheFuture(60);
    claims.setIssuedAtToNow();
    claims.setGeneratedJwtId();
    claims.setClaim("preferred_username", "alice");
    claims.setClaim("project_id", "lab");
    claims.setClaim("realm_access", Map.of("roles", List.of("Admin", "offline_access")));
    return claims;
  }

  String token(JwtClaims claims) {
    return sign(claims, rsa, AlgorithmIdentifiers.RSA_USING_SHA256);
  }

  static String sign(JwtClaims claims, PublicJsonWebKey key, String algorithm) {
    JsonWebSignature jws = new JsonWebSignature();
    jws.setPayload(claims.toJson());
    jws.setKey(key.getPrivateKey());
    jws.setKeyIdHeaderValue(key.getKeyId());
    jws.setAlgorithmHeaderValue(algorithm);
    return serialized(jws);
  }

  static String serialized(JsonWebSignature jws) {
    try {
      return jws.getCompactSerialization();
    } catch (JoseException e) {
      throw new IllegalStateException(e);
    }
  }

  static PublicJsonWebKey rsa(String id) {
    try {
      PublicJsonWebKey key = RsaJwkGenerator.generateJwk(2048);
      key.setKeyId(id);
      return key;
    } catch (JoseException e) {
      throw new IllegalStateException(e);
    }
  }

  private static PublicJsonWebKey ec(String id) {
    try {
      PublicJsonWebKey key = EcJwkGenerator.generateJwk(EllipticCurves.P256);
      key.setKeyId(id);
      return key;
    } catch (JoseException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
