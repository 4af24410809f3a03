package dev.glance.api.image;

import dev.glance.api.auth.Caller;
import dev.glance.api.http.RequestBody;
import dev.glance.api.policy.ImagePolicy;
import dev.glance.api.policy.Rule;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageId;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.registry.ImagesApi;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;

/**
 * {@code /v2/images/{id}/actions}: withholding an image's data and giving it free again (API
 * reference section 2.10).
 */
@Path("/v2/images/{id}/actions")
@RunOnVirtualThread
public final class ActionResource {
  private final ImagesApi images;
  private final ImagePolicy policy;

  ActionResource(ImagesApi images, ImagePolicy policy) {
    this.images = images;
    this.policy = policy;
  }

  /** Withholds the data from everyone except admins. */
  @POST
  @Path("/deactivate")
  public void deactivate(RoutingContext request, @PathParam("id") String id) {
    Caller caller = Caller.of(request);
    requireData(request, id, Rule.DEACTIVATE);
    images.deactivate(caller.scope(), id);
  }

  /** Gives the data free again. */
  @POST
  @Path("/reactivate")
  public void reactivate(RoutingContext request, @PathParam("id") String id) {
    Caller caller = Caller.of(request);
    requireData(request, id, Rule.REACTIVATE);
    images.reactivate(caller.scope(), id);
  }

  private void requireData(RoutingContext request, String id, Rule rule) {
    RequestBody.expectNone(request.request());
    if (ImageId.parse(id).isEmpty()) {
      throw GlanceException.imageNotFound(id);
    }
    Caller caller = Caller.of(request);
    Image image = images.show(caller.scope(), id);
    policy.require(caller, rule, image);
    if (image.status() != ImageStatus.ACTIVE && image.status() != ImageStatus.DEACTIVATED) {
      throw GlanceException.forbidden(
          "Not allowed to "
              + rule.wireName()
              + " image in status '"
              + image.status().wireName()
              + "'");
    }
  }
}
