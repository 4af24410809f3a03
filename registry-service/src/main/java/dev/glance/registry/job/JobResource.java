package dev.glance.registry.job;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.ImageId;
import dev.glance.model.registry.JobsApi;
import io.micrometer.core.instrument.Metrics;
import java.util.List;
import org.jboss.logging.Logger;

/** The registry's side of {@link JobsApi}. */
public class JobResource implements JobsApi {
  private static final Logger LOG = Logger.getLogger(JobResource.class);

  private final JobRepository jobs;

  JobResource(JobRepository jobs) {
    this.jobs = jobs;
  }

  @Override
  public List<Job> claim(JobClaim claim) {
    return jobs.claim(claim).stream().map(JobEntity::toModel).toList();
  }

  @Override
  public void share(ShareJob job) {
    ImageId.parse(job.imageId()).ifPresent(jobs::addShare);
  }

  @Override
  public void heartbeat(long id, JobOwner owner) {
    if (!jobs.beat(id, owner.worker())) {
      throw new GlanceException(
          ErrorCode.CONFLICT, "Job " + id + " is no longer claimed by " + owner.worker());
    }
  }

  @Override
  public void done(long id, JobOwner owner) {
    jobs.remove(id, owner.worker());
    Metrics.counter("glance.jobs", "outcome", "done").increment();
  }

  @Override
  public void failed(long id, JobFailure failure) {
    LOG.warnf(
        "Job failed and is put off: job=%d worker=%s cause=%s",
        id, failure.worker(), failure.cause());
    jobs.putOff(id, failure.worker(), failure.cause());
    Metrics.counter("glance.jobs", "outcome", "put_off").increment();
  }
}
