package dev.glance.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ServiceLinksTest {
  @Test
  void knowsWhatKubernetesInjects() {
    assertThat(ServiceLinks.contains("GLANCE_REGISTRY_PORT", "tcp://10.0.0.1:9191")).isTrue();
    assertThat(ServiceLinks.contains("GLANCE_API_SERVICE_HOST", "10.0.0.2")).isTrue();
    assertThat(ServiceLinks.contains("GLANCE_API_SERVICE_PORT_HTTP", "9292")).isTrue();
    assertThat(ServiceLinks.contains("GLANCE_API_PORT_9292_TCP_ADDR", "10.0.0.2")).isTrue();
  }

  @Test
  void leavesSettingsAndMistakesAlone() {
    assertThat(ServiceLinks.contains("GLANCE_API_LISTEN_PORT", "9292")).isFalse();
    assertThat(ServiceLinks.contains("GLANCE_REGISTRY_PORT", "9191")).isFalse();
    assertThat(ServiceLinks.contains("GLANCE_AUTH_MOOD", "none")).isFalse();
  }
}
