package dev.glance.api.store.s3;

import dev.glance.api.store.StoreException;

/**
 * How an upload of unknown size fits the parts that an object may have: the first half of them are
 * as long as what is kept in memory, each of the others is put together by the server from many of
 * those, so that 10,000 parts hold S3's largest object, 5 TiB, and memory stays what it is.
 *
 * @param most how many parts an object may have
 * @param bytes the length of what is sent at once
 */
record S3Parts(int most, long bytes) {
  /** What the server copies in one request: S3's limit is 5 GiB, and it has to answer in time. */
  private static final long COPIED_BYTES = 2L << 30;

  /**
   * Where something that is sent belongs.
   *
   * @param part of the object, from 1
   * @param piece of that part, from 1; 0 where it is the whole part
   */
  record Place(int part, int piece) {}

  /** How many parts are sent whole. */
  int whole() {
    return Math.max(1, most / 2);
  }

  /** Of how many pieces each of the others consists, the last excepted. */
  int pieces() {
    return Math.clamp(COPIED_BYTES / bytes, 1, most);
  }

  /**
   * Where the n-th of the things that are sent belongs.
   *
   * @param number from 1
   * @throws StoreException.Full when the object has no part left
   */
  Place place(int number) {
    if (number <= whole()) {
      return new Place(number, 0);
    }
    int beyond = number - whole() - 1;
    int part = whole() + 1 + beyond / pieces();
    if (part > most) {
      throw new StoreException.Full("an object of so many bytes is more than S3 takes", null);
    }
    return new Place(part, 1 + beyond % pieces());
  }
}
