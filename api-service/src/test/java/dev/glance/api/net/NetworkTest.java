package dev.glance.api.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which addresses a range holds. */
class NetworkTest {
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1, true",
    "127.0.0.1, 127.0.0.2, false",
    "10.1.0.0/16, 10.1.255.255, true",
    "10.1.0.0/16, 10.2.0.0, false",
    "10.1.2.128/25, 10.1.2.129, true",
    "10.1.2.128/25, 10.1.2.127, false",
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, 2001:db8::1, false",
    "10.0.0.0/8, ::ffff:10.0.0.1, true",
    "::1, ::1, true",
    "2001:db8::/33, 2001:db8:7fff::1, true",
    "2001:db8::/33, 2001:db8:8000::1, false",
    "::/0, 10.0.0.1, false",
  })
  void anAddressIsInItOrNot(String network, String address, boolean isInside) {
    assertThat(
            Network.parse(network)
                .orElseThrow()
                .contains(InetAddress.ofLiteral(address).getAddress()))
        .isEqualTo(isInside);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "::1/129",
        "10.0.0/8/8",
        "/8",
        "1.2.3.4.5"
      })
  void whatIsNoNetworkIsToldApart(String text) {
    assertThat(Network.parse(text)).isEmpty();
  }

  @Test
  void oneAddressIsANetworkOfItsOwn() {
    assertThat(Network.parse("10.0.0.7").orElseThrow().bits()).isEqualTo(32);
  }
}
