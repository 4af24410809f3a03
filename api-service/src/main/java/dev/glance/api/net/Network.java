package dev.glance.api.net;

import java.net.InetAddress;
import java.util.Optional;

/** A range of IP addresses. */
public final class Network {
  /** An address of the range: 4 bytes of IPv4 or 16 of IPv6. */
  private final byte[] prefix;

  /** How many leading bits an address shares with the prefix. */
  private final int bits;

  private Network(byte[] prefix, int bits) {
    this.prefix = prefix;
    this.bits = bits;
  }

  /** How many leading bits the addresses of the range share. */
  public int bits() {
    return bits;
  }

  /** Reads {@code 10.0.0.0/8}, {@code fd00::/8} or one address; empty for anything else. */
  public static Optional<Network> parse(String text) {
    int slash = text.indexOf('/');
    try {
      byte[] prefix =
          InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash)).getAddress();
      String length = slash < 0 ? Integer.toString(prefix.length * 8) : text.substring(slash + 1);
      if (!length.matches("\\d{1,3}") || Integer.parseInt(length) > prefix.length * 8) {
        return Optional.empty();
      }
      return Optional.of(new Network(prefix, Integer.parseInt(length)));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /**
   * Whether an address lies in the range.
   *
   * @param address as {@link InetAddress#getAddress}, in which IPv4 mapped into IPv6 is IPv4
   */
  public boolean contains(byte[] address) {
    if (address.length != prefix.length) {
      return false;
    }
    int whole = bits / 8;
    for (int i = 0; i < whole; i++) {
      if (address[i] != prefix[i]) {
        return false;
      }
    }
    int rest = bits % 8;
    int mask = 0xff & (0xff << (8 - rest));
    return rest == 0 || (address[whole] & mask) == (prefix[whole] & mask);
  }
}
