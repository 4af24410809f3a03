package dev.glance.api.registry;

import dev.glance.model.registry.QuotasApi;
import jakarta.ws.rs.Path;

/** Repeats the path because the client does not inherit it (quarkusio/quarkus issue 5527). */
@Path("/usage")
interface QuotasClient extends QuotasApi {}
