package dev.glance.registry.quota;

import dev.glance.model.registry.QuotasApi;

/** The registry's side of {@link QuotasApi}. */
public class QuotaResource implements QuotasApi {
  private final QuotaRepository quotas;

  QuotaResource(QuotaRepository quotas) {
    this.quotas = quotas;
  }

  @Override
  public Usage usage(String project) {
    return quotas.usage(project);
  }
}
