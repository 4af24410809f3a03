package dev.glance.api;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;

/** Starts the service, unless its settings make no sense. */
@QuarkusMain
public final class GlanceApi {
  GlanceApi() {}

  /** Runs until told to stop. */
  public static void main(String... args) {
    Quarkus.run(args);
  }
}
