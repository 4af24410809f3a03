package dev.glance.api.keymanager;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What the key manager's client logs between {@link #open} and {@link #close}. */
final class KeyManagerLog extends Handler {
  private static final Logger LOG = Logger.getLogger(KeyManager.class.getName());

  private final List<String> warnings = new CopyOnWriteArrayList<>();

  void open() {
    LOG.addHandler(this);
  }

  List<String> warnings() {
    return warnings;
  }

  String onlyWarning() {
    assertThat(warnings).hasSize(1);
    return warnings.getFirst();
  }

  @Override
  public void publish(LogRecord line) {
    if (line.getLevel().intValue() >= Level.WARNING.intValue()) {
      warnings.add(String.format(line.getMessage(), line.getParameters()));
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    LOG.removeHandler(this);
  }
}
