/**
 * Images as files of one directory. Start at {@link dev.glance.api.store.file.FileStore}; the way
 * from temporary to final name is in {@link dev.glance.api.store.file.FileUpload}.
 */
@NullMarked
package dev.glance.api.store.file;

import org.jspecify.annotations.NullMarked;
