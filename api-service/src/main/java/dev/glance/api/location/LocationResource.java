package dev.glance.api.location;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.glance.api.auth.Caller;
import dev.glance.api.http.JsonAnswer;
import dev.glance.api.http.RequestBody;
import dev.glance.api.http.RequestId;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;

/** {@code /v2/images/{id}/locations} (API reference section 2.15). */
@Path("/v2/images/{id}/locations")
@RunOnVirtualThread
public final class LocationResource {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final LocationService service;

  LocationResource(LocationService service) {
    this.service = service;
  }

  /** Says where a queued image's data is; answered with an empty 202. */
  @POST
  public Response add(RoutingContext request, @PathParam("id") String id, InputStream body) {
    AddedLocation added = AddedLocation.of(RequestBody.json(body));
    service.add(Caller.of(request), id, added, RequestId.of(request));
    return Response.accepted().build();
  }

  /** Lists where an image's data is: a bare list, without an envelope. */
  @GET
  public Response list(RoutingContext request, @PathParam("id") String id) {
    RequestBody.expectNone(request.request());
    return JsonAnswer.ok(JSON.valueToTree(service.list(Caller.of(request), id)));
  }
}
