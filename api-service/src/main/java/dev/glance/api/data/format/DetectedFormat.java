package dev.glance.api.data.format;

import java.util.Locale;

/** What an image's bytes turn out to be, whatever its {@code disk_format} says. */
public enum DetectedFormat {
  /** Nothing known: a plain disk, or not a disk at all. */
  RAW,
  /** QEMU copy-on-write, versions 2 and 3. */
  QCOW2,
  /** QEMU enhanced disk, given up by QEMU. */
  QED,
  /** Virtual PC: fixed, dynamic or differencing. */
  VHD,
  /** Hyper-V. */
  VHDX,
  /** VMware: one sparse or stream-optimized extent, or a text descriptor. */
  VMDK,
  /** VirtualBox. */
  VDI,
  /** ISO 9660 or UDF, hybrid ones that also carry a partition table included. */
  ISO,
  /** A plain disk with a partition table: GPT (seen by its protective MBR) or MBR. */
  GPT,
  /** A LUKS volume, version 1 or 2. */
  LUKS,
  /** Several formats at once: what a reader sees depends on which one it looks for first. */
  AMBIGUOUS;

  /** The value of {@code disk_format} that says the same, where there is one. */
  String diskFormat() {
    return name().toLowerCase(Locale.ROOT);
  }
}
