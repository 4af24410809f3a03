package dev.glance.api.data.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** The smallest images that their formats' documents allow, written byte by byte. */
final class DiskHeaders {
  /** Some size that no other number in the headers is. */
  static final long VIRTUAL_SIZE = 10_737_418_240L;

  private DiskHeaders() {}

  static byte[] qcow2(int version, long size) {
    return big(512).putInt(0, 0x514649fb).putInt(4, version).putLong(24, size).array();
  }

  static byte[] qed(long size) {
    return text(little(512), 0, "QED\0").putLong(48, size).array();
  }

  static byte[] vhdFooter(int type, long size) {
    return text(big(512), 0, "conectix").putLong(48, size).putInt(60, type).array();
  }

  static byte[] fixedVhd(byte[] disk) {
    byte[] footer = vhdFooter(2, disk.length);
    byte[] image = Arrays.copyOf(disk, disk.length + footer.length);
    System.arraycopy(footer, 0, image, disk.length, footer.length);
    return image;
  }

  /** Its metadata region is at the given place, and the size 64 KiB into it. */
  static byte[] vhdx(long metadataAt, long size) {
    ByteBuffer image = little(2 * 1024 * 1024);
    text(image, 0, "vhdxfile");
    text(image, 192 * 1024, "regi").putInt(192 * 1024 + 8, 2);
    guid(image, 192 * 1024 + 16, "6677c22d23f600429d64115e9bfd4a08");
    guid(image, 192 * 1024 + 48, "06a27c8b90479a4bb8fe575f050f886e");
    image.putLong(192 * 1024 + 64, metadataAt);
    if (metadataAt >= 0 && metadataAt < 1024 * 1024 + 512 * 1024) {
      int table = (int) metadataAt;
      text(image, table, "metadata").putShort(table + 10, (short) 2);
      guid(image, table + 32, "3767a1ca36fa434db3b633f0aa44e76b");
      guid(image, table + 64, "2442a52f1bcd7648b2115dbed83bf4b8");
      image.putInt(table + 80, 64 * 1024);
      image.putLong(table + 64 * 1024, size);
    }
    return bytes(image);
  }

  static byte[] vmdk(long sectors) {
    return text(little(512), 0, "KDMV").putInt(4, 1).putLong(12, sectors).array();
  }

  static byte[] vmdkDescriptor() {
    return """
        # Disk DescriptorFile
        version=1
        createType="monolithicFlat"
        RW 2048 FLAT "disk-flat.vmdk" 0
        """
        .getBytes(StandardCharsets.US_ASCII);
  }

  static byte[] vdi(long size) {
    return text(little(512), 0, "<<< Oracle VM VirtualBox Disk Image >>>\n")
        .putInt(0x40, 0xbeda107f)
        .putLong(0x170, size)
        .array();
  }

  static byte[] iso() {
    ByteBuffer image = big(64 * 1024);
    return text(image.put(32 * 1024, (byte) 1), 32 * 1024 + 1, "CD001").array();
  }

  static byte[] hybridIso() {
    byte[] image = iso();
    System.arraycopy(partitioned(), 0, image, 0, 512);
    return image;
  }

  /** A disk with one partition, the protective one of a GPT. */
  static byte[] partitioned() {
    return big(4096).put(450, (byte) 0xee).put(510, (byte) 0x55).put(511, (byte) 0xaa).array();
  }

  /** What begins a bare FAT or NTFS file system: the signature, but code where entries would be. */
  static byte[] bootSector() {
    byte[] sector = partitioned();
    Arrays.fill(sector, 446, 510, (byte) 0x74);
    return sector;
  }

  static byte[] luks1(int payloadSector, int payloadBytes) {
    return luks(1, big(payloadSector * 512 + payloadBytes).putInt(104, payloadSector)).array();
  }

  static byte[] luks2(long headerSize, String json, int length) {
    return text(luks(2, big(length).putLong(8, headerSize)), 4096, json).array();
  }

  private static ByteBuffer luks(int version, ByteBuffer image) {
    byte[] magic = HexFormat.of().parseHex("4c554b53babe");
    return image.put(0, magic).putShort(6, (short) version);
  }

  private static byte[] bytes(ByteBuffer image) {
    byte[] bytes = new byte[image.capacity()];
    image.get(0, bytes);
    return bytes;
  }

  private static ByteBuffer big(int length) {
    return ByteBuffer.allocate(length);
  }

  private static ByteBuffer little(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ByteBuffer text(ByteBuffer image, int at, String text) {
    return image.put(at, text.getBytes(StandardCharsets.US_ASCII));
  }

  private static void guid(ByteBuffer image, int at, String hex) {
    image.put(at, HexFormat.of().parseHex(hex));
  }
}
