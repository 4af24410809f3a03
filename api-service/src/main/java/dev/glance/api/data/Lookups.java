package dev.glance.api.data;

import dev.glance.model.image.Image;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.Scope;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Asks the registry for the images that are to be read. Many readers of one image (hosts that boot
 * from it, the ranges of one download) share a call: one is under way at a time, and who comes
 * meanwhile shares the next. So an answer is never older than the request that it is given to, and
 * nothing is remembered.
 *
 * <p>Thread-safe. Blocks.
 */
final class Lookups {
  private final BiFunction<Scope, String, Image> registry;

  /** Of each image and scope the call that was begun last, or that waits for its turn. */
  private final Map<Wanted, Call> calls = new HashMap<>();

  private record Wanted(Scope scope, String id) {}

  private static final class Call {
    private final CompletableFuture<Image> answer = new CompletableFuture<>();
    private boolean hasBegun;
  }

  /** Lookups by {@link ImagesApi#show}. */
  Lookups(BiFunction<Scope, String, Image> registry) {
    this.registry = registry;
  }

  /** What {@link ImagesApi#show} says, no earlier than now; throws as it does. */
  Image show(Scope scope, String id) {
    Wanted wanted = new Wanted(scope, id);
    Call call;
    Call before;
    synchronized (calls) {
      before = calls.get(wanted);
      if (before != null && !before.hasBegun) {
        call = before;
      } else {
        call = new Call();
        calls.put(wanted, call);
      }
    }
    if (call != before) {
      make(call, wanted, before);
    }
    try {
      return call.answer.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /** Makes the call when the one before is over; what it ends with is in its answer. */
  private void make(Call call, Wanted wanted, @Nullable Call before) {
    if (before != null) {
      before.answer.handle((_, _) -> true).join();
    }
    synchronized (calls) {
      call.hasBegun = true;
    }
    try {
      call.answer.complete(registry.apply(wanted.scope, wanted.id));
    } catch (RuntimeException | Error e) {
      call.answer.completeExceptionally(e);
    } finally {
      synchronized (calls) {
        calls.remove(wanted, call);
      }
    }
  }
}
