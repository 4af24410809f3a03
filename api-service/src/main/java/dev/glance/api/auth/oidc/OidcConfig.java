package dev.glance.api.auth.oidc;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Settings of the mode {@code oidc}: whose tokens are good, and what their claims mean. */
@ConfigMapping(prefix = "glance.auth.oidc")
public interface OidcConfig {
  /** All that are accepted anywhere: signatures that the issuer alone can make. */
  Set<String> ASYMMETRIC =
      Set.of(
          "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA");

  /** The issuer, letter for letter as its tokens name it: an http or https URL. Required. */
  Optional<String> issuer();

  /** Whom a token must be meant for: one of these. Required. */
  Optional<List<String>> audience();

  /** Where the issuer's keys are. Default: what its discovery document says. */
  Optional<URI> jwksUrl();

  /** The signature algorithms that are accepted; never {@code none} or HMAC. */
  @WithDefault("RS256,RS384,RS512,PS256,PS384,PS512,ES256,ES384,ES512,EdDSA")
  List<String> algorithms();

  /** How far the issuer's clock may be from ours. */
  @WithDefault("30s")
  Duration clockSkew();

  /** How long the issuer may take to hand out its keys. */
  @WithDefault("5s")
  Duration timeout();

  /** How old keys get before they are fetched again, which is how long a withdrawn key counts. */
  @WithDefault("1h")
  Duration keysMaxAge();

  /** The claim of the user id. A dot in this and the next names leads into nested objects. */
  @WithDefault("sub")
  String userClaim();

  /** The claim of the user's name, for logs. */
  @WithDefault("preferred_username")
  String userNameClaim();

  /**
   * The claim of the project id: a string, or a list of one. Without it a caller has no project.
   */
  @WithDefault("project_id")
  String projectClaim();

  /** The claim of the roles: a list, or a string with spaces or commas between. */
  @WithDefault("realm_access.roles")
  String rolesClaim();

  /** What is wrong with the settings, a sentence each. */
  static List<String> findings(OidcConfig config) {
    List<String> findings = new ArrayList<>();
    if (config.issuer().isEmpty()) {
      findings.add("glance.auth.mode is oidc, but glance.auth.oidc.issuer is not set");
    }
    config
        .issuer()
        .filter(issuer -> !isWebAddress(issuer))
        .ifPresent(
            issuer -> findings.add("glance.auth.oidc.issuer is no http or https URL: " + issuer));
    if (config.audience().isEmpty()) {
      findings.add(
          "glance.auth.mode is oidc, but glance.auth.oidc.audience is not set, so tokens that the"
              + " issuer made for others would count here");
    }
    config
        .jwksUrl()
        .filter(url -> !isWebAddress(url.toString()))
        .ifPresent(
            url -> findings.add("glance.auth.oidc.jwks-url is no http or https URL: " + url));
    config.algorithms().stream()
        .filter(algorithm -> !ASYMMETRIC.contains(algorithm))
        .forEach(
            algorithm ->
                findings.add(
                    "glance.auth.oidc.algorithms holds "
                        + algorithm
                        + ", which is no algorithm that only the issuer can sign with"));
    if (config.clockSkew().isNegative()
        || config.clockSkew().compareTo(Duration.ofMinutes(10)) > 0) {
      findings.add("glance.auth.oidc.clock-skew must be 0 to 10 minutes");
    }
    if (config.timeout().isNegative() || config.timeout().isZero()) {
      findings.add("glance.auth.oidc.timeout must be more than 0");
    }
    if (config.keysMaxAge().isNegative() || config.keysMaxAge().isZero()) {
      findings.add("glance.auth.oidc.keys-max-age must be more than 0");
    }
    return findings;
  }

  private static boolean isWebAddress(String url) {
    try {
      URI uri = URI.create(url);
      return uri.getHost() != null
          && ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()));
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
