/**
 * Uploads under a lease. Start at {@link dev.glance.registry.upload.UploadResource}; what happens
 * to an upload that nobody beats for is in {@link dev.glance.registry.upload.LeaseSweeper}.
 */
@NullMarked
package dev.glance.registry.upload;

import org.jspecify.annotations.NullMarked;
