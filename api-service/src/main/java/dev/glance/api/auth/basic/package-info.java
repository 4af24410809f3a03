/**
 * The mode {@code http_basic}: names and passwords in an htpasswd file, projects and roles in
 * another beside it. {@link dev.glance.api.auth.basic.BasicAuthenticator} is where a request comes
 * in, {@link dev.glance.api.auth.basic.UserFiles} says what the files look like, and {@link
 * dev.glance.api.auth.basic.UserCommand} is {@code ./glance user}.
 */
@NullMarked
package dev.glance.api.auth.basic;

import org.jspecify.annotations.NullMarked;
