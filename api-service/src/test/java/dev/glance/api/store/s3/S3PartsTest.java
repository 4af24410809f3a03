package dev.glance.api.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.store.StoreException;
import dev.glance.api.store.s3.S3Parts.Place;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sizes that no test machine holds: the parts are counted, not sent. */
class S3PartsTest {
  private static final int MOST = 10_000;
  private static final long LARGEST_OBJECT = 5L << 40;
  private static final long LARGEST_COPY = 5L << 30;

  /** Lengths of parts as configured, and of what is sent where memory is short at times. */
  @ParameterizedTest
  @CsvSource({"16, 16", "16, 10", "5, 5", "64, 64", "1024, 1024"})
  void theLargestObjectFitsTheParts(long mib, long sentMib) {
    S3Parts plan = new S3Parts(MOST, mib << 20);
    Set<Place> places = new HashSet<>();
    long joinedBytes = 0;
    int number = 0;
    for (long sent = 0; sent < LARGEST_OBJECT; sent += sentMib << 20) {
      Place place = plan.place(++number);
      assertThat(places.add(place)).isTrue();
      assertThat(place.part()).isBetween(1, MOST);
      assertThat(place.piece()).isBetween(0, MOST);
      joinedBytes = place.piece() > 1 ? joinedBytes + (sentMib << 20) : sentMib << 20;
      assertThat(joinedBytes).isLessThanOrEqualTo(LARGEST_COPY);
    }
  }

  @Test
  void partsFollowOneAnotherAndPiecesFillThem() {
    S3Parts plan = new S3Parts(4, 512L << 20);

    assertThat(plan.place(1)).isEqualTo(new Place(1, 0));
    assertThat(plan.place(2)).isEqualTo(new Place(2, 0));
    assertThat(plan.place(3)).isEqualTo(new Place(3, 1));
    assertThat(plan.place(6)).isEqualTo(new Place(3, 4));
    assertThat(plan.place(7)).isEqualTo(new Place(4, 1));
    assertThat(plan.place(10)).isEqualTo(new Place(4, 4));
    assertThatThrownBy(() -> plan.place(11)).isInstanceOf(StoreException.Full.class);
  }
}
