package dev.glance.api.store.s3;

/** Ceph's radosgw. */
class S3StoreTest extends S3StoreContract {
  S3StoreTest() {
    super(RealS3.radosgw());
  }
}
