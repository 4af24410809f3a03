/**
 * Images as objects of a bucket of S3, or of a server that speaks its API. Start at {@link
 * dev.glance.api.store.s3.S3Store}; {@link dev.glance.api.store.s3.S3Upload} tells how bytes get
 * there, {@link dev.glance.api.store.s3.S3Calls} what happens when they do not.
 */
@NullMarked
package dev.glance.api.store.s3;

import org.jspecify.annotations.NullMarked;
