package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the services make of what they find when they start. */
class StartupIT {
  @AutoClose @RegisterExtension final Installation glance = new Installation();

  @Test
  void whatKubernetesInjectsConfusesNothing() {
    for (ServiceProcess service : List.of(glance.registry(), glance.api())) {
      inject(service, "GLANCE_REGISTRY", 9191);
      inject(service, "GLANCE_API", 9292);
      inject(service, "GLANCE_POSTGRES", 5432);
    }

    glance.start();

    assertThat(glance.images().list().statusCode()).isEqualTo(200);
  }

  @Test
  void theRegistryNamesAllThatIsWrongWithItsSettings() {
    glance
        .registry()
        .set("glance.registry.colour", "red")
        .set("glance.registry.database.pasword", "secret-of-mine")
        .set("glance.registry.token-file", "/nowhere/token")
        .set("glance.registry.lease", "1h")
        .setEnvironment("GLANCE_REGISTRY_SHAPE", "round");

    glance.registry().start();

    assertThat(glance.registry().awaitExit()).isEqualTo(1);
    assertThat(glance.registry().log())
        .contains("glance.registry.colour")
        .contains("glance.registry.database.pasword")
        .contains("glance.registry.token-file")
        .contains("glance.registry.lease")
        .contains("GLANCE_REGISTRY_SHAPE")
        .doesNotContain("secret-of-mine");
  }

  @Test
  void theApiNamesAllThatIsWrongWithItsSettings() {
    glance
        .api()
        .set("glance.api.colour", "red")
        .set("glance.api.registry.tokn", "secret-of-mine")
        .set("glance.api.registry.token-file", "/nowhere/token")
        .set("glance.stores.tape.type", "tape")
        .setEnvironment("GLANCE_API_SHAPE", "round");

    glance.api().start();

    assertThat(glance.api().awaitExit()).isEqualTo(1);
    assertThat(glance.api().log())
        .contains("glance.api.colour")
        .contains("glance.api.registry.tokn")
        .contains("glance.api.registry.token-file")
        .contains("glance.stores.tape.type")
        .contains("GLANCE_API_SHAPE")
        .doesNotContain("secret-of-mine");
  }

  @Test
  void nobodyIsAdminFromAfarByAccident() {
    glance.api().set("glance.api.listen-host", "0.0.0.0");

    glance.api().start();

    assertThat(glance.api().awaitExit()).isEqualTo(1);
    assertThat(glance.api().log()).contains("glance.auth.none.allow-remote");
  }

  private static void inject(ServiceProcess service, String prefix, int port) {
    String address = "10.96.0." + port % 200;
    String link = prefix + "_PORT_" + port + "_TCP";
    service
        .setEnvironment(prefix + "_SERVICE_HOST", address)
        .setEnvironment(prefix + "_SERVICE_PORT", Integer.toString(port))
        .setEnvironment(prefix + "_SERVICE_PORT_HTTP", Integer.toString(port))
        .setEnvironment(prefix + "_PORT", "tcp://" + address + ":" + port)
        .setEnvironment(link, "tcp://" + address + ":" + port)
        .setEnvironment(link + "_PROTO", "tcp")
        .setEnvironment(link + "_PORT", Integer.toString(port))
        .setEnvironment(link + "_ADDR", address);
  }
}
