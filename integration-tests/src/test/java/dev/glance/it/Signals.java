package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;

/** The signals that Java cannot send by itself. */
final class Signals {
  private Signals() {}

  static void send(String signal, long pid) {
    try {
      int exit = new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor();
      assertThat(exit).as("kill -%s %d", signal, pid).isZero();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
