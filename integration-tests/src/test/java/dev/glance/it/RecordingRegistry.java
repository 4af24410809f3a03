package dev.glance.it;

import dev.glance.it.RegistryProxy.Call;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * Stands between glance-api and glance-registry, passes everything on, and remembers the calls that
 * requests make. Those of background work are left out: about jobs, and whether the registry is
 * well, which is asked by an id that no image has.
 */
final class RecordingRegistry implements RegistryProxy.Tap, AutoCloseable {
  private final RegistryProxy proxy;
  private final List<String> calls = new ArrayList<>();
  private volatile boolean isDown;

  RecordingRegistry(URI registry) throws IOException {
    proxy = new RegistryProxy(registry, this);
  }

  String url() {
    return proxy.url();
  }

  /** From now on nobody is there, or somebody is again. */
  void setDown(boolean isDown) {
    this.isDown = isDown;
  }

  /** The calls since this was last asked for, as {@code METHOD /path}. */
  synchronized List<String> takeCalls() {
    List<String> taken = List.copyOf(calls);
    calls.clear();
    return taken;
  }

  @Override
  public void before(Call call) throws IOException {
    if (isDown) {
      throw new IOException("nobody is there");
    }
    remember(call);
  }

  private synchronized void remember(Call call) {
    String path = call.path();
    if (!path.startsWith("/jobs") && !path.endsWith("/00000000-0000-0000-0000-000000000000")) {
      calls.add(call.method() + " " + path);
    }
  }

  @Override
  public void close() {
    proxy.close();
  }
}
