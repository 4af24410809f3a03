/**
 * Sharing images with projects. A request goes from {@link dev.glance.api.member.MemberResource} to
 * {@link dev.glance.api.member.MemberService} and on to the registry.
 */
@NullMarked
package dev.glance.api.member;

import org.jspecify.annotations.NullMarked;
