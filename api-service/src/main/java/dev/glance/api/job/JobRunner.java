package dev.glance.api.job;

import dev.glance.api.member.AccessLists;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Stores;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Location;
import dev.glance.model.registry.JobsApi;
import dev.glance.model.registry.JobsApi.Job;
import dev.glance.model.registry.JobsApi.JobClaim;
import dev.glance.model.registry.JobsApi.JobFailure;
import dev.glance.model.registry.JobsApi.JobOwner;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.Tags;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.ws.rs.ProcessingException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Claims jobs from the registry, does them and says how they ended; any number of replicas do so
 * side by side. A claim is kept by heartbeats: of a replica that dies in the middle, another gets
 * the job. So may one that is merely slow, hence every job may be done twice, at the same time or
 * after one another, without harm.
 */
@Singleton
public final class JobRunner {
  private static final Logger log = Logger.getLogger(JobRunner.class);

  /** How long a stop waits for the jobs under way; then they are left to another replica. */
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);

  private final JobsApi jobs;
  private final Stores stores;
  private final AccessLists accessLists;
  private final JobsConfig config;
  private final String worker =
      ManagementFactory.getRuntimeMXBean().getName() + "/" + UUID.randomUUID();
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("job-", 0).factory());
  private final Semaphore freeSlots;
  private final Semaphore kicks = new Semaphore(0);

  private volatile boolean isStopping;

  /** Used by the polling thread alone. */
  private boolean isRegistryGone;

  public JobRunner(JobsApi jobs, Stores stores, AccessLists accessLists, JobsConfig config) {
    this.jobs = jobs;
    this.stores = stores;
    this.accessLists = accessLists;
    this.config = config;
    this.freeSlots = new Semaphore(config.parallelism());
  }

  void start(@Observes StartupEvent event) {
    start();
  }

  void stop(@Observes ShutdownEvent event) {
    stop();
  }

  /** There may be a job now: do not wait for the next poll. Returns at once. */
  public void kick() {
    kicks.release();
  }

  void start() {
    threads.execute(this::pollUntilStopped);
  }

  /** Claims nothing more, and gives what is under way a few seconds to end. */
  void stop() {
    isStopping = true;
    kick();
    threads.shutdown();
    try {
      if (!threads.awaitTermination(STOP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  private void pollUntilStopped() {
    try {
      while (!isStopping) {
        if (!claimAndStart()) {
          kicks.tryAcquire(config.pollInterval().toMillis(), TimeUnit.MILLISECONDS);
          kicks.drainPermits();
        }
      }
    } catch (InterruptedException _) {
      // The only one who interrupts is stop().
    }
  }

  /** Starts as many jobs as there are due, up to the free slots; false when there were none. */
  private boolean claimAndStart() throws InterruptedException {
    freeSlots.acquire();
    int slots = 1 + freeSlots.drainPermits();
    List<Job> claimed = List.of();
    try {
      if (!isStopping) {
        claimed = claim(slots);
      }
    } finally {
      freeSlots.release(slots - claimed.size());
    }
    for (Job job : claimed) {
      try {
        threads.execute(() -> run(job));
      } catch (RejectedExecutionException _) {
        // Claimed in the moment of stopping: the claim runs out and another replica has it.
        freeSlots.release();
      }
    }
    return !claimed.isEmpty();
  }

  private List<Job> claim(int limit) {
    try {
      List<Job> claimed = jobs.claim(new JobClaim(worker, limit));
      if (isRegistryGone) {
        isRegistryGone = false;
        log.info("The registry hands out jobs again");
      }
      return claimed;
    } catch (RuntimeException e) {
      if (!isRegistryGone) {
        isRegistryGone = true;
        log.warnf(
            "The registry hands out no jobs, asking on every %s: %s", config.pollInterval(), e);
      }
      return List.of();
    }
  }

  private void run(Job job) {
    Thread heartbeat = Thread.ofVirtual().name("job-heartbeat-" + job.id()).start(() -> beat(job));
    try {
      Optional<String> failure = failure(job);
      Metrics.counter(
              "glance.jobs",
              Tags.of(
                  "kind",
                  job.kind().name().toLowerCase(Locale.ROOT),
                  "outcome",
                  failure.isEmpty() ? "done" : "failed"))
          .increment();
      report(job, failure);
    } finally {
      heartbeat.interrupt();
      freeSlots.release();
    }
  }

  /** Does the job; empty when it is done, else why it is not. */
  private Optional<String> failure(Job job) {
    try {
      switch (job.kind()) {
        case DISCARD -> discard(job);
        case DELETE -> delete(job);
        case SHARE -> accessLists.tell(job.imageId());
      }
      return Optional.empty();
    } catch (StoreException.NotFound | StoreException.Unsupported _) {
      // Gone already, or in a store that deletes nothing: there is no more to do.
      return Optional.empty();
    } catch (StoreException | GlanceException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      log.errorf(e, "Job %d (%s) met a fault of ours", job.id(), job.kind());
      return Optional.of(e.toString());
    }
  }

  private void discard(Job job) {
    if (job.store() == null || job.uploadKey() == null) {
      throw GlanceException.invalid("the job names no store or no upload");
    }
    configured(job.store()).discard(job.uploadKey());
  }

  private void delete(Job job) {
    Location location = job.location();
    if (location == null) {
      throw GlanceException.invalid("the job names no location");
    }
    Store store =
        stores
            .resolve(location)
            .orElseThrow(
                () -> notConfigured(job.store() == null ? "of the location" : job.store()));
    store.delete(StoreLocation.of(location.url()));
  }

  private Store configured(String name) {
    return stores.named(name).orElseThrow(() -> notConfigured(name));
  }

  /** Not final: another replica may have the store, or this one after a change of its settings. */
  private GlanceException notConfigured(String name) {
    return GlanceException.invalid("store " + name + " is not configured on " + worker);
  }

  private void report(Job job, Optional<String> failure) {
    try {
      if (failure.isEmpty()) {
        log.debugf("%s done: job=%d image=%s", job.kind(), job.id(), job.imageId());
        jobs.done(job.id(), new JobOwner(worker));
      } else {
        log.warnf(
            "%s failed and will be tried again: job=%d image=%s attempt=%d cause=%s",
            job.kind(), job.id(), job.imageId(), job.attempts(), failure.orElseThrow());
        jobs.failed(job.id(), new JobFailure(worker, failure.orElseThrow()));
      }
    } catch (RuntimeException e) {
      log.debugf(e, "Job %d: its end did not reach the registry, it will be done again", job.id());
    }
  }

  private void beat(Job job) {
    try {
      while (true) {
        Thread.sleep(config.heartbeatInterval());
        try {
          jobs.heartbeat(job.id(), new JobOwner(worker));
        } catch (GlanceException e) {
          if (e.code() == ErrorCode.CONFLICT) {
            log.debugf("Job %d was given to another replica, too", job.id());
            return;
          }
          log.debugf(e, "Job %d: a heartbeat failed", job.id());
        } catch (ProcessingException e) {
          log.debugf(e, "Job %d: a heartbeat failed", job.id());
        }
      }
    } catch (InterruptedException _) {
      // The job has ended.
    }
  }
}
