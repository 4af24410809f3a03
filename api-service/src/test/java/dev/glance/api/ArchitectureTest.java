package dev.glance.api;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.sql.Driver;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

/** The arrows between the packages. */
class ArchitectureTest {
  private static final String[] FEATURES = {
    "..api.image..",
    "..api.data..",
    "..api.job..",
    "..api.member..",
    "..api.info..",
    "..api.metadef..",
    "..api.location..",
    "..api.task..",
    "..api.keymanager..",
    "..api.check.."
  };

  private final JavaClasses production =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.glance.api");

  @Test
  void featuresUseTheGroundAndItKnowsNoFeature() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "..api.store..",
            "..api.net..",
            "..api.auth..",
            "..api.http..",
            "..api.policy..",
            "dev.glance.api.registry..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(FEATURES)
        .because("a store or a filter that knows a feature cannot be understood without it")
        .check(production);
  }

  @Test
  void onlyStoresNamesABackend() {
    noClasses()
        .that()
        .resideOutsideOfPackage("..api.store..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "..api.store.file..",
            "..api.store.http..",
            "..api.store.memory..",
            "..api.store.rbd..",
            "..api.store.s3..",
            "..api.store.swift..")
        .because("a new backend must not be felt outside the SPI")
        .check(production);
  }

  /** Its exceptions are another matter: the registry's client throws them at every feature. */
  @Test
  void onlyResourcesAndHttpKnowJakartaRest() {
    noClasses()
        .that()
        .haveSimpleNameNotEndingWith("Resource")
        .and()
        .resideOutsideOfPackages("..api.http..", "dev.glance.api.registry..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jakarta.ws.rs.core..")
        .because("rules that know no HTTP can be read and tested without it")
        .check(production);
  }

  @Test
  void backendsDoNotKnowEachOther() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "..api.store.file..",
            "..api.store.http..",
            "..api.store.rbd..",
            "..api.store.s3..",
            "..api.store.swift..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("..api.store.memory..")
        .because("each backend is understood by itself")
        .check(production);
  }

  @Test
  void thereIsNoDatabaseDriver() {
    assertThat(ServiceLoader.load(Driver.class))
        .as("database credentials and drivers are the registry's")
        .isEmpty();
  }
}
