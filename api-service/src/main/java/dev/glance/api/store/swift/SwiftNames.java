package dev.glance.api.store.swift;

import dev.glance.model.registry.UploadKey;
import java.util.Locale;

/**
 * The objects of one attempt at an upload: the published one, which takes the attempt's final name,
 * and below a prefix that is the attempt's alone the parts that it joins.
 *
 * @param container where all of them are
 */
record SwiftNames(String container, UploadKey key) {
  /** The name of the object that is the image. */
  String published() {
    return key.objectName();
  }

  /** How the names of all parts and manifests of parts begin. */
  String prefix() {
    return key.attemptName() + "-";
  }

  /** The name of a part, counted from 1. */
  String part(int number) {
    return String.format(Locale.ROOT, "%s%05d", prefix(), number);
  }

  /** The name of a manifest that joins parts and is joined by another, counted from 1. */
  String join(int number) {
    return String.format(Locale.ROOT, "%sjoin-%05d", prefix(), number);
  }

  /** The path of one of them below the account's URL. */
  String path(String name) {
    return SwiftClient.path(container, name);
  }
}
