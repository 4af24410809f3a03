package dev.glance.api.auth.headers;

import dev.glance.api.auth.SecretSetting;
import dev.glance.api.net.Network;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Settings of the mode {@code headers}: how the trusted proxy is known. */
@ConfigMapping(prefix = "glance.auth.headers")
public interface HeadersConfig {
  /**
   * The addresses that the proxy calls from, as IPv4 or IPv6 addresses or networks ({@code
   * 10.0.0.0/24}); identity headers of any other peer are worth nothing. Absent: any address, which
   * takes a secret.
   */
  Optional<List<String>> trustedPeers();

  /** The header in which the proxy shows the secret. */
  @WithDefault("X-Glance-Proxy-Secret")
  String secretHeader();

  /** What the proxy shows in the secret header; better kept in a file. */
  Optional<String> secret();

  /** The file that holds the secret, read once at the start. */
  Optional<Path> secretFile();

  /** What is wrong with the settings, a sentence each. */
  static List<String> findings(HeadersConfig config) {
    List<String> findings = new ArrayList<>();
    for (String peer : config.trustedPeers().orElse(List.of())) {
      if (Network.parse(peer).isEmpty()) {
        findings.add(
            "glance.auth.headers.trusted-peers holds what is neither an address nor a network: "
                + peer);
      }
    }
    if (!config.secretHeader().matches("[A-Za-z0-9-]+")) {
      findings.add("glance.auth.headers.secret-header is no name of a header");
    }
    findings.addAll(
        SecretSetting.findings("glance.auth.headers.secret", config.secret(), config.secretFile()));
    if (config.trustedPeers().isEmpty()
        && config.secret().isEmpty()
        && config.secretFile().isEmpty()) {
      findings.add(
          "glance.auth.mode is headers, so whoever reaches this service could claim to be anyone:"
              + " set glance.auth.headers.trusted-peers, glance.auth.headers.secret-file or both");
    }
    return findings;
  }
}
