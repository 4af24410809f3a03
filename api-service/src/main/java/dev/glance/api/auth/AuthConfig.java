package dev.glance.api.auth;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Settings of who may call. */
@ConfigMapping(prefix = "glance.auth")
public interface AuthConfig {
  /**
   * How callers are known; {@code none} makes every caller the admin of one project. The settings
   * of the other modes are beside their authenticators.
   */
  @WithDefault("none")
  Mode mode();

  /** Settings of the mode {@code none}. */
  None none();

  /** The modes that are built. */
  enum Mode {
    /** Every caller is the admin of one project. */
    NONE,
    /** Names and passwords in an htpasswd file. */
    HTTP_BASIC,
    /** Signed tokens of an OpenID Connect issuer. */
    OIDC,
    /** A trusted proxy in front says who is calling, in headers. */
    HEADERS,
    /** Callers show a token that Keystone gave them. */
    KEYSTONE
  }

  /** Settings of the mode {@code none}. */
  interface None {
    /** The project that every caller belongs to and that owns new images. */
    @WithDefault("admin")
    String project();

    /** The user id that every caller has. */
    @WithDefault("admin")
    String user();

    /**
     * Whether {@code none} may serve an address other than loopback, where anyone who can reach it
     * may delete every image; true only behind something else that guards it.
     */
    @WithDefault("false")
    boolean allowRemote();
  }
}
