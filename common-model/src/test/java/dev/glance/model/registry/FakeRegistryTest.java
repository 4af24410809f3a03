package dev.glance.model.registry;

import java.time.Duration;

class FakeRegistryTest extends RegistryContract {
  private final FakeRegistry registry = new FakeRegistry();

  @Override
  protected ImagesApi images() {
    return registry;
  }

  @Override
  protected MembersApi members() {
    return registry;
  }

  @Override
  protected UploadsApi uploads() {
    return registry;
  }

  @Override
  protected JobsApi jobs() {
    return registry;
  }

  @Override
  protected QuotasApi quotas() {
    return registry;
  }

  @Override
  protected void passTime(Duration duration) {
    registry.passTime(duration);
  }

  @Override
  protected void sweep() {
    registry.sweep();
  }
}
