package dev.glance.model.registry;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.ImageId;
import dev.glance.model.image.ImageQuery;
import dev.glance.model.image.ImageQuery.Filter;
import dev.glance.model.image.ImageQuery.Sort;
import dev.glance.model.image.ImageQuery.SortKey;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.image.Location;
import dev.glance.model.image.Member;
import dev.glance.model.image.MemberStatus;
import dev.glance.model.image.Visibility;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The registry in memory, for tests of glance-api. It passes the same {@link RegistryContract} as
 * the real one. Safe for any number of threads; its clock moves by itself and by {@link #passTime};
 * nothing expires until {@link #sweep} is called.
 */
public final class FakeRegistry implements ImagesApi, MembersApi, UploadsApi, JobsApi, QuotasApi {
  /** How long leases and job claims hold. */
  public static final Duration LEASE = Duration.ofSeconds(15);

  private static final Duration SHARED_AFTER = Duration.ofMinutes(1);
  private static final Duration FIRST_BACK_OFF = Duration.ofSeconds(1);
  private static final Duration LONGEST_BACK_OFF = Duration.ofMinutes(5);

  private final Map<UUID, Row> images = new HashMap<>();
  private final Map<String, UploadRow> uploads = new LinkedHashMap<>();
  private final TreeMap<Long, JobRow> jobs = new TreeMap<>();
  private Duration ahead = Duration.ZERO;
  private long lastJobId;
  private long calls;
  private boolean isDown;

  /** Moves the clock. */
  public synchronized void passTime(Duration duration) {
    ahead = ahead.plus(duration);
  }

  /** From now on, every call fails with {@code REGISTRY_UNAVAILABLE}, or works again. */
  public synchronized void setDown(boolean isDown) {
    this.isDown = isDown;
  }

  /** How many calls arrived so far, refused ones included. */
  public synchronized long calls() {
    return calls;
  }

  /** How many jobs are waiting, due or not, claimed or not. */
  public synchronized int pendingJobs() {
    return jobs.size();
  }

  /** Shares an image with a project; the status is {@code pending}, {@code accepted}, … */
  public synchronized void share(String imageId, String project, String status) {
    Row row = row(imageId);
    row.members.put(project, new Member(row.id, project, MemberStatus.of(status), now(), now()));
  }

  /** Takes the images of expired leases back to {@code queued}, as the registry does by itself. */
  public synchronized void sweep() {
    for (UploadRow upload : List.copyOf(uploads.values())) {
      if (upload.state != UploadState.COMMITTED && upload.leaseExpiresAt.isBefore(now())) {
        if (upload.state == UploadState.RUNNING) {
          upload.row.returnToQueue(true, now());
        }
        uploads.remove(upload.key.uploadId());
        addDiscardJob(upload);
      }
    }
  }

  @Override
  public synchronized Image create(Scope scope, NewImage image) {
    arrive();
    String id = image.id() == null ? UUID.randomUUID().toString() : image.id();
    UUID key =
        ImageId.parse(id).orElseThrow(() -> GlanceException.invalid("Invalid image id: " + id));
    if (images.containsKey(key)) {
      throw GlanceException.imageExists(id);
    }
    Row row = new Row(id, image.attributes(), now());
    images.put(key, row);
    try {
      requireImages(image.limits());
    } catch (GlanceException e) {
      images.remove(key);
      throw e;
    }
    return row.toModel();
  }

  @Override
  public synchronized Image show(Scope scope, String id) {
    arrive();
    return visibleRow(scope, id).toModel();
  }

  @Override
  public synchronized List<Image> list(Scope scope, ImageQuery query) {
    arrive();
    Comparator<Row> order = order(query.sort());
    Row marker = query.marker() == null ? null : marker(scope, query.marker());
    return images.values().stream()
        .filter(row -> row.status.isVisible() && row.status != ImageStatus.KILLED)
        .filter(row -> isListed(scope, query, row))
        .filter(row -> query.filters().stream().allMatch(filter -> matches(filter, row)))
        .sorted(order)
        .filter(row -> marker == null || order.compare(row, marker) > 0)
        .limit(query.limit())
        .map(Row::toModel)
        .toList();
  }

  @Override
  public synchronized Image update(Scope scope, String id, ImageChange change) {
    arrive();
    Row row = visibleRow(scope, id);
    if (row.version != change.version()) {
      throw new GlanceException(
          ErrorCode.VERSION_CONFLICT, "Image " + id + " was changed by another request");
    }
    boolean isRelocated = change.relocation() != null;
    if (isRelocated && row.status != ImageStatus.QUEUED && row.status != ImageStatus.ACTIVE) {
      throw GlanceException.statusConflict("Image " + id + " is " + row.status.wireName());
    }
    ImageAttributes before = row.attributes;
    List<Location> locationsBefore = row.locations;
    Long sizeBefore = row.size;
    row.attributes = change.attributes();
    if (change.relocation() != null) {
      row.locations = change.relocation().locations();
      row.size = row.size != null ? row.size : change.relocation().size();
    }
    try {
      requireImages(change.limits());
      if (row.status == ImageStatus.SAVING) {
        requireUploading(change.limits());
      }
      if (row.status == ImageStatus.SAVING || row.size != null) {
        requireStorage(change.limits());
      }
    } catch (GlanceException e) {
      row.attributes = before;
      row.locations = locationsBefore;
      row.size = sizeBefore;
      throw e;
    }
    if (change.relocation() != null) {
      row.relocate(change.relocation());
      locationsBefore.stream()
          .filter(old -> row.locations.stream().noneMatch(kept -> kept.url().equals(old.url())))
          .forEach(old -> addDeleteJob(row, old));
    }
    row.touch(now());
    return row.toModel();
  }

  private void addDeleteJob(Row row, Location location) {
    Object store = location.metadata().get("store");
    addJob(JobKind.DELETE, row.id, store == null ? null : String.valueOf(store), null, location);
  }

  @Override
  public synchronized void delete(Scope scope, String id, @Nullable Long version) {
    arrive();
    Row row = visibleRow(scope, id);
    if (version != null && version != row.version) {
      throw new GlanceException(ErrorCode.VERSION_CONFLICT, "Image " + id + " was changed");
    }
    if (row.attributes.isProtected()) {
      throw GlanceException.forbidden("Image " + id + " is protected and cannot be deleted.");
    }
    row.status = ImageStatus.DELETED;
    row.touch(now());
    row.locations.forEach(location -> addDeleteJob(row, location));
    row.locations = List.of();
    for (UploadRow upload : uploads.values()) {
      if (upload.row == row && upload.state == UploadState.RUNNING) {
        upload.state = UploadState.GONE;
      }
    }
  }

  @Override
  public synchronized Image deactivate(Scope scope, String id) {
    return become(scope, id, ImageStatus.DEACTIVATED);
  }

  @Override
  public synchronized Image reactivate(Scope scope, String id) {
    return become(scope, id, ImageStatus.ACTIVE);
  }

  private Image become(Scope scope, String id, ImageStatus status) {
    arrive();
    Row row = visibleRow(scope, id);
    if (row.status != ImageStatus.ACTIVE && row.status != ImageStatus.DEACTIVATED) {
      throw GlanceException.statusConflict("Image " + id + " is " + row.status.wireName());
    }
    if (row.status != status) {
      row.status = status;
      row.touch(now());
    }
    return row.toModel();
  }

  @Override
  public synchronized List<Member> list(Scope scope, String id) {
    arrive();
    return sharedRow(scope, id).members.values().stream()
        .filter(member -> maySee(scope, member))
        .toList();
  }

  @Override
  public synchronized Member add(Scope scope, String id, NewMember added) {
    arrive();
    Row row = sharedRow(scope, id);
    Integer limit = added.limit();
    if (limit != null && row.members.size() >= limit) {
      throw new GlanceException(ErrorCode.LIMIT_EXCEEDED, "Image member limit exceeded");
    }
    Member member = new Member(row.id, added.project(), MemberStatus.PENDING, now(), now());
    if (row.members.putIfAbsent(added.project(), member) != null) {
      throw new GlanceException(ErrorCode.CONFLICT, "Member is duplicated");
    }
    return member;
  }

  @Override
  public synchronized Member show(Scope scope, String id, String project) {
    arrive();
    Member member = sharedRow(scope, id).members.get(project);
    if (member == null || !maySee(scope, member)) {
      throw new GlanceException(ErrorCode.NOT_FOUND, project + " is no member of " + id);
    }
    return member;
  }

  @Override
  public synchronized Member update(Scope scope, String id, String project, MemberChange change) {
    Member old = show(scope, id, project);
    Member changed = new Member(old.imageId(), project, change.status(), old.createdAt(), now());
    row(id).members.put(project, changed);
    return changed;
  }

  @Override
  public synchronized void remove(Scope scope, String id, String project) {
    show(scope, id, project);
    row(id).members.remove(project);
  }

  private Row sharedRow(Scope scope, String id) {
    Row row = visibleRow(scope, id);
    if (row.attributes.visibility() != Visibility.SHARED) {
      throw GlanceException.forbidden("Only shared images have members.");
    }
    return row;
  }

  private boolean maySee(Scope scope, Member member) {
    return scope.isAdmin()
        || isOwn(scope, row(member.imageId()))
        || member.project().equals(scope.project());
  }

  @Override
  public synchronized UploadLease start(Scope scope, String id, UploadStart start) {
    arrive();
    Row row = visibleRow(scope, id);
    UploadRow earlier = uploads.get(start.uploadId());
    if (earlier != null && earlier.row == row && earlier.state == UploadState.RUNNING) {
      return new UploadLease(earlier.key, LEASE.toMillis(), earlier.reserved);
    }
    if (row.status != ImageStatus.QUEUED) {
      throw GlanceException.statusConflict(
          "Image " + id + " is " + row.status.wireName() + ", not queued");
    }
    Limits limits = start.limits();
    if (limits != null && !limits.project().equals(row.attributes.owner())) {
      throw new GlanceException(
          ErrorCode.VERSION_CONFLICT, "Image " + id + " was changed by another request");
    }
    Long reserved = reserve(start.sizeBytes(), limits);
    row.status = ImageStatus.SAVING;
    row.attempts++;
    row.touch(now());
    UploadKey key = new UploadKey(start.uploadId(), row.id, row.attempts, row.isFenced);
    uploads.put(
        key.uploadId(),
        new UploadRow(key, row, start.store(), start.sizeBytes(), reserved, now().plus(LEASE)));
    return new UploadLease(key, LEASE.toMillis(), reserved);
  }

  @Override
  public synchronized UploadLease startCopy(Scope scope, String id, UploadStart start) {
    arrive();
    Row row = visibleRow(scope, id);
    UploadRow earlier = uploads.get(start.uploadId());
    if (earlier != null && earlier.row == row && earlier.state == UploadState.RUNNING) {
      return new UploadLease(earlier.key, LEASE.toMillis(), null);
    }
    if (!row.status.isComplete()) {
      throw GlanceException.statusConflict(
          "Image " + id + " is " + row.status.wireName() + ", not active");
    }
    boolean isUnderWay =
        uploads.values().stream()
            .anyMatch(
                upload ->
                    upload.row == row
                        && upload.state == UploadState.RUNNING
                        && upload.store.equals(start.store()));
    if (isUnderWay || row.isIn(start.store())) {
      throw new GlanceException(
          ErrorCode.CONFLICT,
          "Image " + id + " is in store " + start.store() + ", or being copied there");
    }
    Limits limits = start.limits();
    if (limits != null && !limits.project().equals(row.attributes.owner())) {
      throw new GlanceException(
          ErrorCode.VERSION_CONFLICT, "Image " + id + " was changed by another request");
    }
    Long size = row.size;
    reserve(size, limits);
    row.attempts++;
    UploadKey key = new UploadKey(start.uploadId(), row.id, row.attempts, true);
    uploads.put(
        key.uploadId(), new UploadRow(key, row, start.store(), size, null, now().plus(LEASE)));
    return new UploadLease(key, LEASE.toMillis(), null);
  }

  @Override
  public synchronized Image commitCopy(String uploadId, CopyResult result) {
    arrive();
    UploadRow upload = uploads.get(uploadId);
    if (upload == null || upload.state == UploadState.GONE || !upload.row.status.isVisible()) {
      throw uploadGone(uploadId);
    }
    Row row = upload.row;
    if (upload.state == UploadState.RUNNING) {
      boolean isSame =
          Objects.equals(row.size, result.size())
              && Objects.equals(row.checksum, result.checksum())
              && Objects.equals(row.hashAlgorithm, result.hashAlgorithm())
              && Objects.equals(row.hashValue, result.hashValue());
      if (!row.status.isComplete() || !isSame || row.isIn(upload.store)) {
        throw new GlanceException(ErrorCode.CONFLICT, "The image is not as it has to be");
      }
      upload.state = UploadState.COMMITTED;
      List<Location> locations = new ArrayList<>(row.locations);
      locations.add(result.location());
      row.locations = List.copyOf(locations);
      row.touch(now());
    }
    return row.toModel();
  }

  private @Nullable Long reserve(@Nullable Long size, @Nullable Limits limits) {
    if (limits == null) {
      return null;
    }
    if (limits.uploading() != null && running(limits.project()).count() + 1 > limits.uploading()) {
      throw exceeded(Limits.UPLOADING);
    }
    if (limits.storage() == null) {
      return null;
    }
    long room = room(limits);
    if (size == null ? room <= 0 : size > room) {
      long asked = size == null ? 1 : size;
      throw new GlanceException(
          asked - ahead(limits.project()) <= room
              ? ErrorCode.LIMIT_RESERVED
              : ErrorCode.LIMIT_EXCEEDED,
          limits.storage().name() + " would be exceeded");
    }
    return size == null ? Long.valueOf(Math.min(RESERVATION_STEP_BYTES, room)) : size;
  }

  @Override
  public synchronized UploadRenewal heartbeat(String uploadId, UploadProgress progress) {
    arrive();
    UploadRow upload = uploads.get(uploadId);
    if (upload == null || upload.state != UploadState.RUNNING) {
      throw uploadGone(uploadId);
    }
    WantedBytes wanted = progress.wanted();
    Long reserved = upload.reserved;
    boolean isMoreExpected = false;
    if (wanted != null && reserved != null) {
      if (!wanted.limits().project().equals(upload.row.attributes.owner())) {
        throw new GlanceException(
            ErrorCode.VERSION_CONFLICT, "The image got another owner during the upload");
      }
      long more = Math.min(wanted.totalBytes() - reserved, room(wanted.limits()));
      long granted = reserved + Math.max(0, more);
      upload.reserved = granted;
      isMoreExpected =
          granted < wanted.totalBytes()
              && ahead(wanted.limits().project()) > Math.max(0, granted - upload.bytes);
    }
    upload.bytes = progress.bytes();
    upload.leaseExpiresAt = now().plus(LEASE);
    return new UploadRenewal(upload.reserved, isMoreExpected);
  }

  @Override
  public synchronized Image commit(String uploadId, UploadResult result) {
    arrive();
    UploadRow upload = uploads.get(uploadId);
    if (upload == null || upload.state == UploadState.GONE || !upload.row.status.isVisible()) {
      throw uploadGone(uploadId);
    }
    if (upload.state == UploadState.RUNNING) {
      if (upload.row.status != ImageStatus.SAVING) {
        throw uploadGone(uploadId);
      }
      if (upload.reserved != null && upload.reserved < result.size()) {
        throw new GlanceException(
            ErrorCode.LIMIT_EXCEEDED,
            "Upload " + uploadId + " stored more than was reserved for it");
      }
      upload.state = UploadState.COMMITTED;
      upload.row.finish(result, now());
    }
    return upload.row.toModel();
  }

  @Override
  public synchronized void abort(String uploadId, UploadFailure failure) {
    arrive();
    UploadRow upload = uploads.get(uploadId);
    if (upload == null || upload.state == UploadState.COMMITTED) {
      return;
    }
    uploads.remove(uploadId);
    if (upload.state == UploadState.RUNNING) {
      upload.row.returnToQueue(!failure.isDiscarded() || failure.isNameTaken(), now());
    }
    if (!failure.isDiscarded()) {
      addDiscardJob(upload);
    }
  }

  @Override
  public synchronized List<Job> claim(JobClaim claim) {
    arrive();
    List<Job> claimed = new ArrayList<>();
    for (JobRow job : jobs.values()) {
      boolean isFree = job.claimExpiresAt == null || job.claimExpiresAt.isBefore(now());
      if (claimed.size() < claim.limit() && isFree && !job.dueAt.isAfter(now())) {
        job.attempts++;
        job.worker = claim.worker();
        job.claimExpiresAt = now().plus(LEASE);
        claimed.add(job.toModel());
      }
    }
    return claimed;
  }

  @Override
  public synchronized void share(ShareJob job) {
    arrive();
    if (ImageId.parse(job.imageId()).filter(images::containsKey).isPresent()) {
      addJob(JobKind.SHARE, job.imageId(), null, null, null);
      jobs.lastEntry().getValue().dueAt = now().plus(SHARED_AFTER);
    }
  }

  @Override
  public synchronized void heartbeat(long id, JobOwner owner) {
    arrive();
    JobRow job = jobs.get(id);
    if (job == null || !owner.worker().equals(job.worker)) {
      throw new GlanceException(
          ErrorCode.CONFLICT, "Job " + id + " is no longer claimed by " + owner.worker());
    }
    job.claimExpiresAt = now().plus(LEASE);
  }

  @Override
  public synchronized void done(long id, JobOwner owner) {
    arrive();
    JobRow job = jobs.get(id);
    if (job != null && owner.worker().equals(job.worker)) {
      jobs.remove(id);
    }
  }

  @Override
  public synchronized void failed(long id, JobFailure failure) {
    arrive();
    JobRow job = jobs.get(id);
    if (job != null && failure.worker().equals(job.worker)) {
      Duration backOff = FIRST_BACK_OFF.multipliedBy(1L << Math.min(job.attempts - 1, 20));
      job.dueAt = now().plus(backOff.compareTo(LONGEST_BACK_OFF) > 0 ? LONGEST_BACK_OFF : backOff);
      job.worker = null;
      job.claimExpiresAt = null;
    }
  }

  @Override
  public synchronized Usage usage(String project) {
    arrive();
    return new Usage(near(stored(project)), 0, owned(project).count(), running(project).count());
  }

  private Stream<Row> owned(String project) {
    return images.values().stream()
        .filter(row -> row.status.isVisible() && project.equals(row.attributes.owner()));
  }

  private Stream<UploadRow> running(String project) {
    return uploads.values().stream()
        .filter(upload -> upload.state == UploadState.RUNNING)
        .filter(upload -> project.equals(upload.row.attributes.owner()));
  }

  private BigInteger stored(String project) {
    return Stream.concat(
            owned(project)
                .map(
                    row ->
                        BigInteger.valueOf(row.size == null ? 0 : row.size)
                            .multiply(BigInteger.valueOf(row.locations.size()))),
            running(project).map(upload -> BigInteger.valueOf(upload.taken())))
        .reduce(BigInteger.ZERO, BigInteger::add);
  }

  private static long near(BigInteger number) {
    return number
        .max(BigInteger.valueOf(Long.MIN_VALUE))
        .min(BigInteger.valueOf(Long.MAX_VALUE))
        .longValue();
  }

  /** What uploads of unknown size have reserved and not written. */
  private long ahead(String project) {
    return running(project)
        .filter(upload -> upload.size == null && upload.reserved != null)
        .mapToLong(upload -> Math.max(0, upload.taken() - upload.bytes))
        .sum();
  }

  private long room(Limits limits) {
    return limits.storage() == null
        ? Long.MAX_VALUE
        : near(BigInteger.valueOf(limits.storage().bytes()).subtract(stored(limits.project())));
  }

  private void requireImages(@Nullable Limits limits) {
    if (limits != null
        && limits.images() != null
        && owned(limits.project()).count() > limits.images()) {
      throw exceeded(Limits.IMAGES);
    }
  }

  private void requireUploading(@Nullable Limits limits) {
    if (limits != null
        && limits.uploading() != null
        && running(limits.project()).count() > limits.uploading()) {
      throw exceeded(Limits.UPLOADING);
    }
  }

  private void requireStorage(@Nullable Limits limits) {
    if (limits != null && limits.storage() != null && room(limits) < 0) {
      throw exceeded(limits.storage().name());
    }
  }

  private static GlanceException exceeded(String limit) {
    return new GlanceException(ErrorCode.LIMIT_EXCEEDED, limit + " would be exceeded");
  }

  private void arrive() {
    calls++;
    if (isDown) {
      throw new GlanceException(ErrorCode.REGISTRY_UNAVAILABLE, "The registry cannot be reached");
    }
  }

  private Instant now() {
    // PostgreSQL keeps microseconds, and so must this.
    return Instant.now().plus(ahead).truncatedTo(ChronoUnit.MICROS);
  }

  private Row row(String id) {
    Row row = ImageId.parse(id).map(images::get).orElse(null);
    if (row == null) {
      throw GlanceException.imageNotFound(id);
    }
    return row;
  }

  private Row visibleRow(Scope scope, String id) {
    Row row = row(id);
    if (!row.status.isVisible() || !maySee(scope, row)) {
      throw GlanceException.imageNotFound(id);
    }
    return row;
  }

  private Row marker(Scope scope, String id) {
    Row row = ImageId.parse(id).map(images::get).orElse(null);
    if (row == null || !row.status.isVisible()) {
      throw new GlanceException(ErrorCode.MARKER_NOT_FOUND, "Marker " + id + " names no image");
    }
    if (!maySee(scope, row)) {
      throw GlanceException.forbidden("Marker " + id + " is not yours to see");
    }
    return row;
  }

  private static boolean isOwn(Scope scope, Row row) {
    return scope.project() != null && scope.project().equals(row.attributes.owner());
  }

  private static boolean maySee(Scope scope, Row row) {
    return scope.isAdmin()
        || isOwn(scope, row)
        || switch (row.attributes.visibility()) {
          case PUBLIC, COMMUNITY -> true;
          case SHARED -> scope.project() != null && row.members.containsKey(scope.project());
          case PRIVATE -> false;
        };
  }

  private static boolean isListed(Scope scope, ImageQuery query, Row row) {
    if (row.attributes.isHidden() != query.isHidden()) {
      return false;
    }
    boolean isVisibilityAsked =
        query.filters().stream()
            .anyMatch(f -> f.kind() == Filter.Kind.BASE && f.name().equals("visibility"));
    if (isOwn(scope, row)) {
      return true;
    }
    return switch (row.attributes.visibility()) {
      case PUBLIC -> true;
      case COMMUNITY -> isVisibilityAsked;
      case SHARED ->
          scope.isAdmin()
              || (scope.project() != null
                  && hasSaid(query.filters(), row.members.get(scope.project())));
      case PRIVATE -> scope.isAdmin();
    };
  }

  private static boolean hasSaid(List<Filter> filters, @Nullable Member member) {
    List<String> wanted =
        filters.stream()
            .filter(filter -> filter.kind() == Filter.Kind.MEMBER_STATUS)
            .findFirst()
            .map(Filter::values)
            .orElse(List.of("accepted"));
    return member != null && wanted.contains(member.status().wireName());
  }

  private static boolean matches(Filter filter, Row row) {
    return switch (filter.kind()) {
      case TAGS -> new HashSet<>(row.attributes.tags()).containsAll(filter.values());
      case PROPERTY -> {
        String value = row.attributes.properties().get(filter.name());
        yield value != null && filter.values().contains(value);
      }
      case BASE -> {
        Object value = base(filter.name(), row);
        Set<String> wanted = new HashSet<>();
        filter.values().forEach(v -> wanted.add(filter.name().equals("id") ? lower(v) : v));
        yield value != null && wanted.contains(value.toString());
      }
      case RANGE -> Objects.requireNonNullElse(isWithin(filter, row), false);
      case OUTSIDE -> !Objects.requireNonNullElse(isWithin(filter, row), true);
      case MEMBER_STATUS -> true;
    };
  }

  /** Null when there is nothing to compare, as in SQL. */
  private static @Nullable Boolean isWithin(Filter filter, Row row) {
    String from = filter.values().get(0);
    String to = filter.values().get(1);
    return switch (filter.name()) {
      case "created_at", "updated_at" -> {
        Instant time = filter.name().equals("created_at") ? row.createdAt : row.updatedAt;
        yield (from.isEmpty() || !time.isBefore(Instant.parse(from)))
            && (to.isEmpty() || time.isBefore(Instant.parse(to)));
      }
      case "size", "virtual_size", "min_disk", "min_ram" -> {
        Object value = base(filter.name(), row);
        if (value == null) {
          yield null;
        }
        long number = Long.parseLong(value.toString());
        yield (from.isEmpty() || number >= Long.parseLong(from))
            && (to.isEmpty() || number < Long.parseLong(to));
      }
      default -> throw GlanceException.invalid("Images cannot be compared by " + filter.name());
    };
  }

  private static String lower(String id) {
    return ImageId.parse(id).map(UUID::toString).orElse(id);
  }

  private static @Nullable Object base(String name, Row row) {
    return switch (name) {
      case "id" -> lower(row.id);
      case "name" -> row.attributes.name();
      case "status" -> row.status.wireName();
      case "visibility" -> row.attributes.visibility().wireName();
      case "owner" -> row.attributes.owner();
      case "protected" -> row.attributes.isProtected();
      case "min_disk" -> row.attributes.minDisk();
      case "min_ram" -> row.attributes.minRam();
      case "container_format" -> row.attributes.containerFormat();
      case "disk_format" -> row.attributes.diskFormat();
      case "size" -> row.size;
      case "virtual_size" -> row.virtualSize;
      case "checksum" -> row.checksum;
      case "os_hash_algo" -> row.hashAlgorithm;
      case "os_hash_value" -> row.hashValue;
      default -> throw GlanceException.invalid("Images cannot be filtered by " + name);
    };
  }

  private static Comparator<Row> order(List<Sort> sort) {
    List<Sort> keys = new ArrayList<>(sort);
    keys.add(new Sort(SortKey.CREATED_AT, false));
    keys.add(new Sort(SortKey.ID, false));
    return keys.stream().map(FakeRegistry::order).reduce(Comparator::thenComparing).orElseThrow();
  }

  private static Comparator<Row> order(Sort sort) {
    Comparator<Row> ascending =
        switch (sort.key()) {
          case NAME -> nullsFirst(row -> row.attributes.name());
          case STATUS -> nullsFirst(row -> row.status.wireName());
          case CONTAINER_FORMAT -> nullsFirst(row -> row.attributes.containerFormat());
          case DISK_FORMAT -> nullsFirst(row -> row.attributes.diskFormat());
          case SIZE -> nullsFirst(row -> row.size);
          case ID -> nullsFirst(row -> lower(row.id));
          case CREATED_AT -> nullsFirst(row -> row.createdAt);
          case UPDATED_AT -> nullsFirst(row -> row.updatedAt);
        };
    return sort.isAscending() ? ascending : ascending.reversed();
  }

  private static <T extends Comparable<T>> Comparator<Row> nullsFirst(SortValue<T> value) {
    return (left, right) -> {
      T a = value.of(left);
      T b = value.of(right);
      if (a == null || b == null) {
        return Boolean.compare(a != null, b != null);
      }
      return a.compareTo(b);
    };
  }

  private interface SortValue<T> {
    @Nullable T of(Row row);
  }

  private void addDiscardJob(UploadRow upload) {
    addJob(JobKind.DISCARD, upload.row.id, upload.store, upload.key, null);
  }

  private void addJob(
      JobKind kind,
      String imageId,
      @Nullable String store,
      @Nullable UploadKey key,
      @Nullable Location location) {
    lastJobId++;
    jobs.put(lastJobId, new JobRow(lastJobId, kind, imageId, store, key, location, now()));
  }

  private static GlanceException uploadGone(String uploadId) {
    return GlanceException.uploadGone("Upload " + uploadId + " has lost its image");
  }

  private enum UploadState {
    RUNNING,
    COMMITTED,
    GONE
  }

  private static final class Row {
    final String id;
    final Instant createdAt;
    final Map<String, Member> members = new LinkedHashMap<>();
    ImageAttributes attributes;
    ImageStatus status = ImageStatus.QUEUED;
    Instant updatedAt;
    List<Location> locations = List.of();
    @Nullable Long size;
    @Nullable Long virtualSize;
    @Nullable String checksum;
    @Nullable String hashAlgorithm;
    @Nullable String hashValue;
    long version = 1;
    int attempts;
    boolean isFenced;

    Row(String id, ImageAttributes attributes, Instant now) {
      this.id = id;
      this.attributes = attributes;
      this.createdAt = now;
      this.updatedAt = now;
    }

    void touch(Instant now) {
      updatedAt = now;
      version++;
    }

    /** Does nothing where the image was copied: that is active. */
    void returnToQueue(boolean fence, Instant now) {
      if (status == ImageStatus.SAVING) {
        isFenced |= fence;
        status = ImageStatus.QUEUED;
        touch(now);
      }
    }

    boolean isIn(String store) {
      return locations.stream()
          .anyMatch(location -> store.equals(location.metadata().get("store")));
    }

    /** Digests; locations and size were set before the limits were looked at. */
    void relocate(Relocation relocation) {
      status = ImageStatus.ACTIVE;
      checksum = checksum != null ? checksum : relocation.checksum();
      hashAlgorithm = hashAlgorithm != null ? hashAlgorithm : relocation.hashAlgorithm();
      hashValue = hashValue != null ? hashValue : relocation.hashValue();
    }

    void finish(UploadResult result, Instant now) {
      status = ImageStatus.ACTIVE;
      locations = List.of(result.location());
      size = result.size();
      virtualSize = result.virtualSize();
      checksum = result.checksum();
      hashAlgorithm = result.hashAlgorithm();
      hashValue = result.hashValue();
      touch(now);
    }

    Image toModel() {
      return new Image(
          id,
          attributes.name(),
          status,
          attributes.visibility(),
          attributes.isProtected(),
          attributes.isHidden(),
          attributes.owner(),
          attributes.tags(),
          attributes.minDisk(),
          attributes.minRam(),
          attributes.containerFormat(),
          attributes.diskFormat(),
          size,
          virtualSize,
          checksum,
          hashAlgorithm,
          hashValue,
          createdAt,
          updatedAt,
          attributes.properties(),
          locations,
          version);
    }
  }

  private static final class UploadRow {
    final UploadKey key;
    final Row row;
    final String store;
    final @Nullable Long size;
    @Nullable Long reserved;
    long bytes;
    Instant leaseExpiresAt;
    UploadState state = UploadState.RUNNING;

    UploadRow(
        UploadKey key,
        Row row,
        String store,
        @Nullable Long size,
        @Nullable Long reserved,
        Instant leaseExpiresAt) {
      this.key = key;
      this.row = row;
      this.store = store;
      this.size = size;
      this.reserved = reserved;
      this.leaseExpiresAt = leaseExpiresAt;
    }

    /** What it counts for against a limit on storage. */
    long taken() {
      if (reserved != null) {
        return reserved;
      }
      return size == null ? bytes : Math.max(size, bytes);
    }
  }

  private static final class JobRow {
    final long id;
    final JobKind kind;
    final String imageId;
    final @Nullable String store;
    final @Nullable UploadKey key;
    final @Nullable Location location;
    Instant dueAt;
    int attempts;
    @Nullable String worker;
    @Nullable Instant claimExpiresAt;

    JobRow(
        long id,
        JobKind kind,
        String imageId,
        @Nullable String store,
        @Nullable UploadKey key,
        @Nullable Location location,
        Instant dueAt) {
      this.id = id;
      this.kind = kind;
      this.imageId = imageId;
      this.store = store;
      this.key = key;
      this.location = location;
      this.dueAt = dueAt;
    }

    Job toModel() {
      return new Job(id, kind, imageId, store, key, location, attempts);
    }
  }
}
