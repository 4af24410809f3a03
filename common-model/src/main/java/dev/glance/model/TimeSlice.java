package dev.glance.model;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.time.Duration;
import java.util.Locale;

/**
 * For how long the kernel lets a thread compute before it looks for another. Everybody's share of
 * the processors stays what it was. Who asks for less time at once gets it sooner: a thread that
 * wakes interrupts one with longer slices, where it would wait for the end of its slice otherwise.
 *
 * <p>Linux has it since 6.12 (<a
 * href="https://man7.org/linux/man-pages/man2/sched_setattr.2.html">sched_setattr</a>, {@code
 * sched_runtime}); elsewhere nothing changes.
 */
@SuppressWarnings("restricted") // A function of the C library is what this class is for.
public final class TimeSlice {
  /** For threads that answer somebody who waits, and mostly wait themselves. */
  public static final Duration SHORT = Duration.ofNanos(300_000);

  /** For threads that compute without an end in sight, and for whom nobody waits. */
  public static final Duration LONG = Duration.ofMillis(20);

  /** {@code struct sched_attr} in its first version. */
  private static final int ATTRIBUTES_BYTES = 48;

  private static final long POLICY_AT = 4;
  private static final long RUNTIME_AT = 24;
  private static final int SCHED_OTHER = 0;

  private TimeSlice() {}

  /**
   * Sets the slice of the calling thread, and of all threads and processes that it begins from now
   * on, and those begin.
   *
   * @param slice the kernel makes at least 0.1 and at most 100 ms of it
   */
  public static void ofThisThread(Duration slice) {
    if (!System.getProperty("os.name").equals("Linux")) {
      return;
    }
    // The numbers of the calls; the C library has had functions for them since 2025 only.
    switch (System.getProperty("os.arch").toLowerCase(Locale.ROOT)) {
      case "amd64" -> set(315, 314, slice);
      case "aarch64" -> set(275, 274, slice);
      default -> {
        // Slices stay as they are.
      }
    }
  }

  private static void set(int getter, int setter, Duration slice) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle call = systemCall();
      MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, JAVA_LONG.byteAlignment());
      // The rest, such as the niceness, has to be given back as it was.
      long got =
          (long) call.invokeExact((long) getter, 0L, attributes, (long) ATTRIBUTES_BYTES, 0L);
      if (got == 0 && attributes.get(JAVA_INT, POLICY_AT) == SCHED_OTHER) {
        attributes.set(JAVA_LONG, RUNTIME_AT, slice.toNanos());
        // Where it is not allowed, the slice stays as it is.
        long _ = (long) call.invokeExact((long) setter, 0L, attributes, 0L, 0L);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a system call throws nothing", e);
    }
  }

  private static MethodHandle systemCall() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("syscall"),
        FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG),
        Linker.Option.firstVariadicArg(1));
  }
}
