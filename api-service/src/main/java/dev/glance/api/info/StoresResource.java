package dev.glance.api.info;

import dev.glance.api.auth.Caller;
import dev.glance.api.http.RequestBody;
import dev.glance.api.policy.Policy;
import dev.glance.api.policy.Rule;
import dev.glance.api.policy.Target;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreInfo;
import dev.glance.api.store.Stores;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.smallrye.common.annotation.NonBlocking;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

/** {@code /v2/info/stores}: the configured stores (API reference section 2.16). */
@Path("/v2/info/stores")
@NonBlocking
public final class StoresResource {
  private final Stores stores;
  private final Policy policy;

  StoresResource(Stores stores, Policy policy) {
    this.stores = stores;
    this.policy = policy;
  }

  /** Lists the stores for choosing one. */
  @GET
  public Response list(RoutingContext request) {
    RequestBody.expectNone(request.request());
    requireMultistore();
    return ok(false);
  }

  /** Lists the stores with how they are set up. */
  @GET
  @Path("/detail")
  public Response detail(RoutingContext request) {
    RequestBody.expectNone(request.request());
    requireMultistore();
    policy.require(Caller.of(request), Rule.STORES_INFO_DETAIL, Target.NONE);
    return ok(true);
  }

  private void requireMultistore() {
    if (!stores.isMultistore()) {
      throw new GlanceException(
          ErrorCode.NOT_FOUND, "Multi backend is not supported at this site.");
    }
  }

  private Response ok(boolean isDetailed) {
    JsonArray all = new JsonArray();
    for (Store store : stores.all()) {
      all.add(document(store.info(), isDetailed));
    }
    return Response.ok(new JsonObject().put("stores", all).toBuffer().getBytes())
        .header(HttpHeaders.CONTENT_TYPE, "application/json")
        .build();
  }

  /** What is not so is not said, and what is so is the string "true": clients know it like that. */
  private JsonObject document(StoreInfo store, boolean isDetailed) {
    JsonObject document = new JsonObject().put("id", store.name());
    if (store.description() != null) {
      document.put("description", store.description());
    }
    if (store.name().equals(stores.byDefault().info().name())) {
      document.put("default", "true");
    }
    if (store.isReadOnly()) {
      document.put("read-only", "true");
    }
    if (isDetailed) {
      document
          .put("type", store.type())
          .put("weight", store.weight())
          .put("properties", new JsonObject(store.properties()));
    }
    return document;
  }
}
