package dev.glance.model.error;

/**
 * What the registry answers when it refuses.
 *
 * @param code which error
 * @param message the thing and the reason, fit for a client's eyes
 */
public record ErrorBody(ErrorCode code, String message) {}
