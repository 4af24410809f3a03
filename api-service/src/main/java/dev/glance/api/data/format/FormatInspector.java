package dev.glance.api.data.format;

import static dev.glance.api.data.format.DetectedFormat.AMBIGUOUS;
import static dev.glance.api.data.format.DetectedFormat.GPT;
import static dev.glance.api.data.format.DetectedFormat.ISO;
import static dev.glance.api.data.format.DetectedFormat.RAW;
import static dev.glance.api.data.format.DetectedFormat.VHD;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Tells what an image's bytes are while they stream past (API reference section 7.4), whatever the
 * sizes of the buffers. Keeps some headers and the last 512 bytes, never the stream; a buffer
 * behind the headers costs a few comparisons and a copy of its last 512 bytes. For one stream and
 * one thread at a time.
 */
public final class FormatInspector {
  private static final int TAIL_BYTES = 512;

  private final List<FormatProbe> probes =
      List.of(
          new Qcow2Probe(),
          new QedProbe(),
          new VhdProbe(),
          new VhdxProbe(),
          new VmdkProbe(),
          new VdiProbe(),
          new IsoProbe(),
          new PartitionProbe(),
          new LuksProbe());
  private final byte[] tail = new byte[TAIL_BYTES];
  private int tailLength;
  private long position;

  /** Looks at the remaining bytes, the next ones of the stream. Leaves the buffer as it is. */
  public void accept(ByteBuffer buffer) {
    for (FormatProbe probe : probes) {
      probe.accept(buffer, position);
    }
    keepTail(buffer);
    position += buffer.remaining();
  }

  /** The verdict, once the stream has ended. */
  public Inspection finish() {
    for (FormatProbe probe : probes) {
      probe.ended(ByteBuffer.wrap(tail, 0, tailLength).slice());
    }
    return verdict()
        .map(probe -> new Inspection(probe.format(), probe.virtualSize(position), position))
        .orElseGet(this::withoutOneFormat);
  }

  /** The one format that the bytes have, if there is just one. */
  private Optional<FormatProbe> verdict() {
    List<FormatProbe> matches = probes.stream().filter(FormatProbe::isMatch).toList();
    if (matches.size() == 2 && matches.stream().anyMatch(probe -> probe.format() == GPT)) {
      // A hybrid ISO has a partition table for memory sticks; a fixed VHD is a plain disk with a
      // footer, and the disk may well have one.
      matches =
          matches.stream().filter(probe -> probe.format() == ISO || probe.format() == VHD).toList();
    }
    return matches.size() == 1 ? Optional.of(matches.getFirst()) : Optional.empty();
  }

  private Inspection withoutOneFormat() {
    return probes.stream().anyMatch(FormatProbe::isMatch)
        ? new Inspection(AMBIGUOUS, OptionalLong.empty(), position)
        : new Inspection(RAW, OptionalLong.of(position), position);
  }

  private void keepTail(ByteBuffer buffer) {
    int fresh = Math.min(buffer.remaining(), TAIL_BYTES);
    int kept = Math.min(tailLength, TAIL_BYTES - fresh);
    System.arraycopy(tail, tailLength - kept, tail, 0, kept);
    buffer.get(buffer.limit() - fresh, tail, kept, fresh);
    tailLength = kept + fresh;
  }
}
