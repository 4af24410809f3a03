package dev.glance.api.net;

import java.util.List;
import java.util.Optional;

/**
 * The settings of {@link UrlRules}, below whatever fetches URLs. Where a list of what is allowed is
 * given, the one of what is not does not count.
 */
public interface UrlRulesConfig {
  /** The schemes of URLs that may be fetched. Default {@code http,https}. */
  Optional<List<String>> allowedSchemes();

  /** The schemes that may not, where no allowed ones are given: then all others may. */
  Optional<List<String>> disallowedSchemes();

  /** The hosts that may be reached, compared whole and in lower case. Default: any. */
  Optional<List<String>> allowedHosts();

  /** The hosts that may not, where no allowed ones are given. */
  Optional<List<String>> disallowedHosts();

  /** The ports that may be reached, the scheme's own port included. Default {@code 80,443}. */
  Optional<List<Integer>> allowedPorts();

  /** The ports that may not, where no allowed ones are given: then all others may. */
  Optional<List<Integer>> disallowedPorts();

  /**
   * Networks ({@code 10.1.0.0/16}) or addresses that may be reached although they are private,
   * loopback or link-local; what a host name stands for is looked at. Default: none, so that no
   * user makes this service call its neighbours.
   */
  Optional<List<String>> allowedNetworks();
}
