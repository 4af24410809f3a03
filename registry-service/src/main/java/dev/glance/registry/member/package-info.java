/**
 * Whom images are shared with. Start at {@link dev.glance.registry.member.MemberResource}; the SQL
 * is in {@link dev.glance.registry.member.MemberRepository}.
 */
@NullMarked
package dev.glance.registry.member;

import org.jspecify.annotations.NullMarked;
