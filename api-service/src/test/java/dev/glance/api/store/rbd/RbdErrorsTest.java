package dev.glance.api.store.rbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.api.store.StoreException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the errno values mean that Ceph's libraries answer with. */
class RbdErrorsTest {
  @ParameterizedTest
  @CsvSource({
    "-1, Denied, EPERM",
    "-2, NotFound, ENOENT",
    "-5, Unavailable, EIO",
    "-13, Denied, EACCES",
    "-16, InUse, EBUSY",
    "-17, AlreadyExists, EEXIST",
    "-28, Full, ENOSPC",
    "-30, Denied, EROFS",
    "-39, InUse, ENOTEMPTY",
    "-110, Unavailable, ETIMEDOUT",
    "-122, Full, EDQUOT",
    "-999, Unavailable, error 999"
  })
  void anErrnoIsNamedAndTellsWhetherToTryAgain(long errno, String kind, String name) {
    StoreException e = RbdErrors.of("ceph", "writing", errno);

    assertThat(e.getClass().getSimpleName()).isEqualTo(kind);
    assertThat(e).hasMessage("store ceph: Ceph answered " + name + " to writing");
  }
}
