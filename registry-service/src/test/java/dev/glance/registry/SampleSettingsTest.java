package dev.glance.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.ConfigMappings;
import io.smallrye.config.ConfigMappings.ConfigClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The sample that operators copy from names each setting of glance-registry, and no other. */
class SampleSettingsTest {
  @Test
  void theSampleNamesEverySetting() throws IOException {
    Set<String> known =
        ConfigMappings.getProperties(ConfigClass.configClass(RegistryConfig.class)).keySet();

    Set<String> sampled =
        Files.readAllLines(Path.of("../deploy/glance.properties.sample")).stream()
            .filter(line -> line.startsWith("# glance.") && line.contains("="))
            .map(line -> line.substring(2, line.indexOf('=')))
            .filter(name -> name.startsWith("glance.registry."))
            .collect(Collectors.toSet());

    assertThat(sampled).isEqualTo(known);
  }
}
