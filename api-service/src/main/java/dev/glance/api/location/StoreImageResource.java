package dev.glance.api.location;

import dev.glance.api.auth.Caller;
import dev.glance.api.http.RequestBody;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;

/** {@code /v2/stores/{store}/{id}} (API reference section 2.14). */
@Path("/v2/stores/{store}/{id}")
@RunOnVirtualThread
public final class StoreImageResource {
  private final LocationService service;

  StoreImageResource(LocationService service) {
    this.service = service;
  }

  /** Removes an image's data from one store. */
  @DELETE
  public void remove(
      RoutingContext request, @PathParam("store") String store, @PathParam("id") String id) {
    RequestBody.expectNone(request.request());
    service.removeFromStore(Caller.of(request), store, id);
  }
}
