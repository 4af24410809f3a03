package dev.glance.registry;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The picture of the registry, for those who are new to it. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.glance.registry", "dev.glance.model");

  @Test
  void onlyEntitiesRowsAndRepositoriesKnowPersistence() {
    noClasses()
        .that()
        .haveSimpleNameNotEndingWith("Entity")
        .and()
        .haveSimpleNameNotEndingWith("Repository")
        .and()
        .haveSimpleNameNotEndingWith("Errors")
        .and()
        .haveNameNotMatching(".*Rows(\\$.*)?")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("jakarta.persistence..", "org.hibernate..", "java.sql..")
        .because("a state transition is one statement in one place, which is a repository")
        .check(CLASSES);
  }

  @Test
  void onlyResourcesAndHttpKnowRest() {
    noClasses()
        .that()
        .resideInAPackage("dev.glance.registry..")
        .and()
        .resideOutsideOfPackage("dev.glance.registry.http")
        .and()
        .haveSimpleNameNotEndingWith("Resource")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("jakarta.ws.rs..", "org.jboss.resteasy..")
        .because("rules and rows must be readable without HTTP in mind")
        .check(CLASSES);
  }

  @Test
  void modelIsALeaf() {
    noClasses()
        .that()
        .resideInAPackage("dev.glance.model..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.quarkus..", "jakarta.persistence..", "dev.glance.registry..")
        .because("both services share the vocabulary, and neither's framework")
        .check(CLASSES);
  }

  @Test
  void registryKnowsNoStore() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.glance.api..", "software.amazon..", "com.ceph..")
        .because("the registry holds no storage credentials and moves no image bytes")
        .check(CLASSES);
  }

  @Test
  void databaseServerKnowsNoFramework() {
    classes()
        .that()
        .resideInAPackage("dev.glance.registry.database")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "dev.glance.registry",
            "dev.glance.registry.database",
            "java..",
            "org.apache.commons.compress..",
            "org.jboss.logging",
            "org.jspecify.annotations")
        .because("the embedded PostgreSQL runs before Quarkus does")
        .check(CLASSES);
  }

  @Test
  void featuresDoNotGoInCircles() {
    slices()
        .matching("dev.glance.registry.(*)..")
        .should()
        .beFreeOfCycles()
        .because("a feature that needs another should be readable after it")
        .check(CLASSES);
  }
}
