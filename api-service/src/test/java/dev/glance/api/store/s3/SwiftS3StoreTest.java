package dev.glance.api.store.s3;

/** Swift, by its S3 API. */
class SwiftS3StoreTest extends S3StoreContract {
  SwiftS3StoreTest() {
    super(RealS3.swift());
  }

  /** Its listings, as Amazon's, give times in seconds. */
  @Override
  protected void awaitAnotherMark() throws InterruptedException {
    Thread.sleep(1000);
  }
}
