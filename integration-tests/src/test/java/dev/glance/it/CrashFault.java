package dev.glance.it;

/** What happens at a random moment. */
enum CrashFault {
  KILL_API,
  KILL_REGISTRY,
  KILL_POSTGRES,
  /** SIGSTOP of glance-api until its leases have expired. */
  PAUSE_API
}
