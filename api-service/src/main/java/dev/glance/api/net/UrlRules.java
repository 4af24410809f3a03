package dev.glance.api.net;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which URLs of users this service fetches (API reference section 7.3), so that nobody can make it
 * call what only it can reach. Better than upstream in two ways: the port that a URL leaves out
 * counts too, and so do the addresses that a name stands for.
 *
 * <p>The JVM keeps the addresses of a name for 30 s, so a connection made right after a check goes
 * to one of those that were looked at.
 */
public final class UrlRules {
  /** Loopback, private, link-local, shared and other addresses that are not the internet's. */
  private static final List<Network> INTERNAL =
      networks(
          List.of(
              "0.0.0.0/8",
              "10.0.0.0/8",
              "100.64.0.0/10",
              "127.0.0.0/8",
              "169.254.0.0/16",
              "172.16.0.0/12",
              "192.0.0.0/24",
              "192.168.0.0/16",
              "198.18.0.0/15",
              "224.0.0.0/3",
              "::/96",
              "64:ff9b::/96",
              "64:ff9b:1::/48",
              "2002::/16",
              "fc00::/7",
              "fe80::/10",
              "fec0::/10",
              "ff00::/8"));

  private static final Pattern NUMERIC = Pattern.compile("[0-9.]+|\\[.*]");

  private final Lists<String> schemes;
  private final Lists<String> hosts;
  private final Lists<Integer> ports;
  private final List<Network> allowedNetworks;

  /** Reads the settings, in which there are no {@link #findings}. */
  public UrlRules(UrlRulesConfig config) {
    this.schemes =
        Lists.of(
            config.allowedSchemes().map(UrlRules::lowerCase),
            config.disallowedSchemes().map(UrlRules::lowerCase),
            Set.of("http", "https"));
    this.hosts =
        Lists.of(
            config.allowedHosts().map(UrlRules::lowerCase),
            config.disallowedHosts().map(UrlRules::lowerCase),
            Set.of());
    this.ports = Lists.of(config.allowedPorts(), config.disallowedPorts(), Set.of(80, 443));
    this.allowedNetworks = networks(config.allowedNetworks().orElse(List.of()));
  }

  /** What is wrong with the settings below {@code property}, a sentence each. */
  public static List<String> findings(String property, UrlRulesConfig config) {
    List<String> findings = new ArrayList<>();
    for (String network : config.allowedNetworks().orElse(List.of())) {
      if (Network.parse(network).isEmpty()) {
        findings.add(property + ".allowed-networks holds " + network + ", which is no network");
      }
    }
    return findings;
  }

  /**
   * Why a URL may not be fetched; empty when it may. Looks the host up. The sentence does not hold
   * the URL.
   */
  public Optional<String> refusal(URI url) {
    String scheme = url.getScheme();
    String host = url.getHost();
    if (scheme == null || host == null) {
      return Optional.of("the URL has no scheme or no host");
    }
    scheme = scheme.toLowerCase(Locale.ROOT);
    if (!schemes.allow(scheme)) {
      return Optional.of("URLs of this scheme may not be fetched");
    }
    if (!hosts.allow(name(host))) {
      return Optional.of("this host may not be reached");
    }
    if (!ports.allow(port(url, scheme))) {
      return Optional.of("this port may not be reached");
    }
    if (NUMERIC.matcher(host).matches() && !isCanonical(host)) {
      return Optional.of("the address of the host is not in its plain form");
    }
    return addressRefusal(host);
  }

  private Optional<String> addressRefusal(String host) {
    try {
      for (InetAddress address : InetAddress.getAllByName(host)) {
        byte[] bytes = address.getAddress();
        if (isIn(INTERNAL, bytes) && !isIn(allowedNetworks, bytes)) {
          return Optional.of("the host has an address that is not public");
        }
      }
      return Optional.empty();
    } catch (UnknownHostException _) {
      return Optional.of("the host is unknown");
    }
  }

  /** As a name server sees it: {@code Example.org.} is {@code example.org}. */
  private static String name(String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  private static int port(URI url, String scheme) {
    if (url.getPort() >= 0) {
      return url.getPort();
    }
    return scheme.equals("https") ? 443 : 80;
  }

  /** Octal and shortened addresses are read differently by different programs. */
  private static boolean isCanonical(String host) {
    String literal = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    try {
      String plain = InetAddress.ofLiteral(literal).getHostAddress();
      return literal.indexOf(':') >= 0 || plain.equals(literal);
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static boolean isIn(List<Network> networks, byte[] address) {
    return networks.stream().anyMatch(network -> network.contains(address));
  }

  private static List<Network> networks(List<String> texts) {
    return texts.stream().map(text -> Network.parse(text).orElseThrow()).toList();
  }

  private static List<String> lowerCase(List<String> values) {
    return values.stream().map(value -> value.toLowerCase(Locale.ROOT)).toList();
  }

  /**
   * What is allowed, or else what is not.
   *
   * @param allowed null for everything that is not disallowed
   */
  private record Lists<T>(@Nullable Set<T> allowed, Set<T> disallowed) {
    /**
     * @param byDefault allowed where neither list is given; empty for everything
     */
    static <T> Lists<T> of(
        Optional<List<T>> allowed, Optional<List<T>> disallowed, Set<T> byDefault) {
      if (allowed.isPresent()) {
        return new Lists<>(Set.copyOf(allowed.get()), Set.of());
      }
      return disallowed.isPresent() || byDefault.isEmpty()
          ? new Lists<>(null, Set.copyOf(disallowed.orElse(List.of())))
          : new Lists<>(byDefault, Set.of());
    }

    boolean allow(T value) {
      return allowed == null ? !disallowed.contains(value) : allowed.contains(value);
    }
  }
}
