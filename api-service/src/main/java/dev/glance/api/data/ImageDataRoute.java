package dev.glance.api.data;

import dev.glance.api.auth.Caller;
import dev.glance.api.auth.UserToken;
import dev.glance.api.data.ImageDataService.Announcement;
import dev.glance.api.data.ImageDataService.Found;
import dev.glance.api.http.EntityTag;
import dev.glance.api.http.Errors;
import dev.glance.api.store.ByteRange;
import dev.glance.api.store.ImageBytes;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageId;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Metrics;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.virtual.threads.VirtualThreads;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.ws.rs.NotAllowedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v2/images/{id}/file}: image bytes over HTTP (API reference sections 2.6 and 2.8). A plain
 * route and not a Jakarta REST resource: the event loop fills the transfer's buffers itself, where
 * an {@code InputStream} measured half the speed, and files are sent by the kernel.
 */
@Singleton
public final class ImageDataRoute {
  private static final Logger LOG = Logger.getLogger(ImageDataRoute.class);

  private static final String PATH = "/v2/images/:id/file";
  private static final String OCTET_STREAM = "application/octet-stream";
  private static final int BUFFER_BYTES = 1 << 20;

  private final ImageDataService service;
  private final ExecutorService virtualThreads;
  private final Vertx vertx;
  private final BufferPool buffers;
  private final Semaphore uploadPlaces;
  private final Duration uploadIdleTimeout;
  private final Duration downloadIdleTimeout;
  private final StreamSender sender = new StreamSender();

  /**
   * A platform thread for each upload: it writes files, and a write that the kernel throttles would
   * block a carrier of all virtual threads.
   */
  private final ExecutorService uploadThreads =
      Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().name("upload-", 0).factory());

  ImageDataRoute(
      ImageDataService service,
      @VirtualThreads ExecutorService virtualThreads,
      Vertx vertx,
      DataConfig config) {
    this.service = service;
    this.virtualThreads = virtualThreads;
    this.vertx = vertx;
    this.buffers =
        new BufferPool(
            (int) (config.upload().bufferMemory().asLongValue() / BUFFER_BYTES), BUFFER_BYTES);
    Gauge.builder("glance.upload.buffers.free", buffers, BufferPool::free)
        .register(Metrics.globalRegistry);
    this.uploadPlaces = new Semaphore(config.upload().maxConcurrent());
    this.uploadIdleTimeout = config.upload().idleTimeout();
    this.downloadIdleTimeout = config.download().idleTimeout();
  }

  /**
   * Lets the uploads under way leave nothing behind, while the registry can still be told. Their
   * connections are closed by now, so they fail by themselves; an interrupt is for those that a
   * store holds up.
   */
  void stop(@Observes ShutdownEvent event) throws InterruptedException {
    uploadThreads.shutdown();
    if (uploadThreads.awaitTermination(2, TimeUnit.SECONDS)) {
      return;
    }
    uploadThreads.shutdownNow();
    if (!uploadThreads.awaitTermination(3, TimeUnit.SECONDS)) {
      LOG.warn("some uploads were still under way; the registry's sweep will clean up after them");
    }
  }

  void register(@Observes Router router) {
    router.route(PATH).handler(this::handle);
  }

  private void handle(RoutingContext context) {
    HttpServerRequest request = context.request();
    String id = Objects.requireNonNullElse(context.pathParam("id"), "");
    if (context.normalizedPath().endsWith("/")) {
      context.next();
      return;
    }
    request.pause();
    try {
      if (request.method().equals(HttpMethod.PUT)) {
        upload(context, id);
      } else if (request.method().equals(HttpMethod.GET)
          || request.method().equals(HttpMethod.HEAD)) {
        requireNoBody(request);
        requireId(id);
        virtualThreads.execute(() -> download(context, id));
      } else {
        throw new NotAllowedException("GET", new String[] {"HEAD", "PUT"});
      }
    } catch (RuntimeException | Error e) {
      Errors.send(context, e);
    }
  }

  private static void requireId(String id) {
    if (ImageId.parse(id).isEmpty()) {
      throw GlanceException.imageNotFound(id);
    }
  }

  // --- upload

  private void upload(RoutingContext context, String id) {
    HttpServerRequest request = context.request();
    Announcement announced = announcement(request);
    requireId(id);
    Caller caller = Caller.of(context);
    @Nullable UserToken token = UserToken.find(context).orElse(null);
    Context eventLoop = vertx.getOrCreateContext();
    Map<String, Object> logContext = Map.copyOf(MDC.getMap());
    if (!uploadPlaces.tryAcquire()) {
      throw new GlanceException(
          ErrorCode.STORE_UNAVAILABLE, "Too many uploads are under way. Try again.");
    }
    RequestBody body = new RequestBody(request, eventLoop, buffers.share(), uploadIdleTimeout);
    try {
      uploadThreads.execute(
          () -> {
            logContext.forEach(MDC::put);
            try (body) {
              service.upload(caller, token, id, announced, body);
              eventLoop.runOnContext(_ -> context.response().setStatusCode(204).end());
            } catch (RuntimeException | Error e) {
              eventLoop.runOnContext(_ -> Errors.send(context, e));
            } finally {
              uploadPlaces.release();
            }
          });
    } catch (RuntimeException | Error e) {
      // No thread could be started.
      uploadPlaces.release();
      body.close();
      throw e;
    }
  }

  private static Announcement announcement(HttpServerRequest request) {
    String type = request.getHeader("Content-Type");
    if (type == null || !OCTET_STREAM.equalsIgnoreCase(type.split(";", 2)[0].strip())) {
      throw new GlanceException(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE,
          "Image data must be sent as " + OCTET_STREAM + ", not as " + type + ".");
    }
    OptionalLong size = size(request, "x-openstack-image-size");
    OptionalLong length = size(request, "Content-Length");
    if (size.isPresent() && length.isPresent() && size.getAsLong() != length.getAsLong()) {
      throw new GlanceException(
          ErrorCode.SIZE_MISMATCH,
          "x-openstack-image-size is "
              + size.getAsLong()
              + ", but Content-Length is "
              + length.getAsLong()
              + ".");
    }
    return new Announcement(
        size.isPresent() ? size : length, request.getHeader("x-image-meta-store"));
  }

  private static OptionalLong size(HttpServerRequest request, String header) {
    String value = request.getHeader(header);
    if (value == null) {
      return OptionalLong.empty();
    }
    try {
      long size = Long.parseLong(value.strip());
      if (size >= 0) {
        return OptionalLong.of(size);
      }
    } catch (NumberFormatException _) {
      // Told below, like a negative one.
    }
    throw GlanceException.invalid("Header " + header + " must be a size in bytes.");
  }

  // --- download

  private void download(RoutingContext context, String id) {
    try {
      Caller caller = Caller.of(context);
      Image image = service.readable(caller, id);
      List<String> preferred =
          service.preferred(caller, image, context.request().getParam("prefer"));
      Long size = image.size();
      if (size == null || !ImageDataService.hasData(image)) {
        end(context, 204);
        return;
      }
      String tag = describe(image, context.response());
      if (isKnown(context.request(), tag)) {
        end(context, 304);
        return;
      }
      send(context, image, size, range(context, tag, size), preferred);
    } catch (RuntimeException | Error e) {
      context.request().resume();
      Errors.send(context, e);
    }
  }

  private static void end(RoutingContext context, int status) {
    context.request().resume();
    context.response().setStatusCode(status).end();
  }

  /** Sets the headers that belong to the whole image; gives its entity tag, if it has one. */
  private static @Nullable String describe(Image image, HttpServerResponse response) {
    response.putHeader("Accept-Ranges", "bytes");
    if (image.checksum() != null) {
      response.putHeader("Content-MD5", image.checksum());
    }
    String hash = image.hashValue() != null ? image.hashValue() : image.checksum();
    if (hash == null) {
      return null;
    }
    String tag = '"' + hash + '"';
    response.putHeader("ETag", tag);
    return tag;
  }

  private static boolean isKnown(HttpServerRequest request, @Nullable String tag) {
    return tag != null && EntityTag.isKnown(request.getHeader("If-None-Match"), tag);
  }

  /** The part that is asked for; empty for all of it. */
  private static Optional<ByteRange> range(
      RoutingContext context, @Nullable String tag, long size) {
    HttpServerRequest request = context.request();
    String ifRange = request.getHeader("If-Range");
    if (ifRange != null && !ifRange.strip().equals(tag)) {
      return Optional.empty();
    }
    try {
      return RangeHeader.parse(
          request.getHeader("Range"), request.getHeader("Content-Range"), size);
    } catch (GlanceException e) {
      if (e.code() == ErrorCode.RANGE_NOT_SATISFIABLE) {
        context.response().putHeader("Content-Range", "bytes */" + size);
      }
      throw e;
    }
  }

  private void send(
      RoutingContext context,
      Image image,
      long size,
      Optional<ByteRange> part,
      List<String> preferred) {
    HttpServerResponse response = context.response();
    ByteRange range = part.orElse(new ByteRange(0, size));
    Optional<Found> found = service.open(image, range, preferred);
    if (found.isEmpty()) {
      end(context, 204);
      return;
    }
    context.request().resume();
    response.putHeader("Content-Type", OCTET_STREAM);
    response.putHeader("Content-Length", Long.toString(range.length()));
    if (part.isPresent()) {
      response.setStatusCode(206);
      response.putHeader(
          "Content-Range", "bytes " + range.offset() + "-" + range.last() + "/" + size);
    }
    ImageBytes bytes = found.get().bytes();
    TransferLog log = new TransferLog("download", image.id(), found.get().store().info().name());
    boolean isHead = context.request().method().equals(HttpMethod.HEAD);
    if (!isHead) {
      Runnable unwatch =
          IdleReader.watch(context.request().connection(), image.id(), downloadIdleTimeout);
      context.addEndHandler(_ -> unwatch.run());
    }
    switch (bytes) {
      case ImageBytes.LocalFile(var path, long offset, long length) -> {
        if (isHead || length == 0) {
          response.end();
        } else {
          response
              .sendFile(path.toString(), offset, length)
              .onSuccess(_ -> log.finished(length, "sent"))
              .onFailure(
                  e -> {
                    log.failed(response.bytesWritten(), e);
                    if (!response.headWritten() && Files.notExists(path)) {
                      withoutData(context, image);
                    } else {
                      Errors.send(context, e);
                    }
                  });
        }
      }
      case ImageBytes.Stream(InputStream in, long length) -> {
        try (in) {
          if (!isHead) {
            interruptWithoutClient(context);
            sender.send(in, length, response::write);
            log.finished(length, "sent");
          }
          response.end();
        } catch (IOException | ExecutionException | InterruptedException e) {
          log.failed(response.bytesWritten(), e);
          Errors.send(context, e);
        }
      }
    }
  }

  /**
   * Ends this thread's reading when the client goes away: a store that has fallen silent would hold
   * it, and what it has open, until its own timeout. The thread ends with the download.
   */
  private static void interruptWithoutClient(RoutingContext context) {
    Thread reader = Thread.currentThread();
    context.addEndHandler(
        end -> {
          if (end.failed()) {
            reader.interrupt();
          }
        });
  }

  /** The bytes were removed since the store was asked: as if it had said so. */
  private static void withoutData(RoutingContext context, Image image) {
    LOG.errorf("image %s has lost its bytes while they were being opened", image.id());
    List.of("Content-Type", "Content-Length", "Content-Range")
        .forEach(context.response().headers()::remove);
    end(context, 204);
  }

  /** API reference section 2.0, "no body". */
  private static void requireNoBody(HttpServerRequest request) {
    String length = request.getHeader("Content-Length");
    if (length != null && !length.strip().equals("0")) {
      throw GlanceException.invalid("A request body is not expected here.");
    }
  }
}
