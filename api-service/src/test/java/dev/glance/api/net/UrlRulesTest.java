package dev.glance.api.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Defect 12 of the API reference: the implied port and the resolved address count. */
class UrlRulesTest {
  /** Where these settings stand in this test. */
  @ConfigMapping(prefix = "rules")
  interface Settings extends UrlRulesConfig {}

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://93.184.215.14/image",
        "https://93.184.215.14:443/image",
        "http://93.184.215.14:80/image",
        "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/image",
        "HTTP://93.184.215.14/image"
      })
  void publicAddressesAndUsualPortsAreAllowed(String url) {
    assertThat(rules(Map.of()).refusal(URI.create(url))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1/",
        "http://127.1.2.3/",
        "http://localhost/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://10.1.2.3/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://0.0.0.0/",
        "http://100.64.0.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
      })
  void internalAddressesAreNot(String url) {
    assertThat(rules(Map.of()).refusal(URI.create(url)))
        .hasValueSatisfying(why -> assertThat(why).contains("not public"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://2130706433/",
        "http://127.1/",
        "http://0177.0.0.1/",
        "http://093.184.215.14/",
        "http://no.such.host.invalid/",
        "http:///path",
        "http:opaque",
        "/path",
        "//93.184.215.14/",
        "ftp://93.184.215.14/",
        "file:///etc/passwd",
        "http://93.184.215.14:22/",
        "http://93.184.215.14:8080/",
      })
  void oddHostsSchemesAndPortsAreNot(String url) {
    assertThat(rules(Map.of()).refusal(URI.create(url))).isPresent();
  }

  @Test
  void allowedNetworksOpenWhatIsInThem() {
    UrlRules rules = rules(Map.of("rules.allowed-networks", "127.0.0.1,10.1.0.0/16"));

    assertThat(rules.refusal(URI.create("http://127.0.0.1/"))).isEmpty();
    assertThat(rules.refusal(URI.create("http://10.1.2.3/"))).isEmpty();
    assertThat(rules.refusal(URI.create("http://10.2.2.3/"))).isPresent();
    assertThat(rules.refusal(URI.create("http://127.0.0.2/"))).isPresent();
  }

  @Test
  void anAllowedListMakesTheOtherOneIrrelevant() {
    UrlRules rules =
        rules(
            Map.of(
                "rules.allowed-hosts", "93.184.215.14",
                "rules.disallowed-hosts", "93.184.215.14",
                "rules.allowed-ports", "8080",
                "rules.disallowed-ports", "8080",
                "rules.allowed-schemes", "https",
                "rules.disallowed-schemes", "https"));

    assertThat(rules.refusal(URI.create("https://93.184.215.14:8080/"))).isEmpty();
    assertThat(rules.refusal(URI.create("https://93.184.215.15:8080/"))).isPresent();
    assertThat(rules.refusal(URI.create("https://93.184.215.14/"))).isPresent();
    assertThat(rules.refusal(URI.create("http://93.184.215.14:8080/"))).isPresent();
  }

  @Test
  void whatIsDisallowedLeavesTheRest() {
    UrlRules rules =
        rules(
            Map.of(
                "rules.disallowed-hosts", "93.184.215.14",
                "rules.disallowed-ports", "443",
                "rules.disallowed-schemes", "ftp"));

    assertThat(rules.refusal(URI.create("http://93.184.215.14:8080/"))).isPresent();
    assertThat(rules.refusal(URI.create("http://93.184.215.15:8080/"))).isEmpty();
    assertThat(rules.refusal(URI.create("https://93.184.215.15/"))).isPresent();
    assertThat(rules.refusal(URI.create("ftp://93.184.215.15:21/"))).isPresent();
    assertThat(rules.refusal(URI.create("gopher://93.184.215.15:70/"))).isEmpty();
  }

  @Test
  void aNetworkThatIsNoneIsNamed() {
    assertThat(
            UrlRules.findings("p", settings(Map.of("rules.allowed-networks", "10.0.0.0/8,moon"))))
        .singleElement()
        .asString()
        .contains("p.allowed-networks holds moon");
  }

  private static UrlRules rules(Map<String, String> settings) {
    return new UrlRules(settings(settings));
  }

  private static Settings settings(Map<String, String> settings) {
    return new SmallRyeConfigBuilder()
        .withMapping(Settings.class)
        .withDefaultValues(settings)
        .build()
        .getConfigMapping(Settings.class);
  }
}
