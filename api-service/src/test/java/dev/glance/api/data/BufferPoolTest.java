package dev.glance.api.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BufferPoolTest {
  private final BufferPool pool = new BufferPool(8, 16);
  private final List<Chunk> late = new ArrayList<>();

  @Test
  void theLastQuarterIsForThoseWhoHoldLittle() {
    List<Chunk> greedy = takeAll(pool.share());
    assertThat(greedy).hasSize(6);

    assertThat(takeAll(pool.share())).hasSize(BufferPool.LEAST_PER_SHARE);

    assertThat(pool.free()).isZero();
  }

  @Test
  void noShareTakesMoreThanItsMost() {
    assertThat(takeAll(new BufferPool(100, 16).share())).hasSize(BufferPool.MOST_PER_SHARE);
  }

  @Test
  void whoHasLittleGoesBeforeWhoHasMuch() {
    List<Chunk> greedy = takeAll(pool.share());
    takeAll(pool.share());
    BufferPool.Share poor = pool.share();
    List<Chunk> received = new ArrayList<>();
    assertThat(poor.take(received::add)).isNull();

    greedy.getFirst().release();

    assertThat(received).hasSize(1);
    assertThat(late).isEmpty();
  }

  @Test
  void aChunkComesBackWithItsLastHolder() {
    Chunk chunk = takeAll(pool.share()).getFirst();
    int free = pool.free();
    chunk.hold();

    chunk.release();
    assertThat(pool.free()).isEqualTo(free);
    chunk.release();

    // The share's own request was waiting and has it now.
    assertThat(late).hasSize(1);
  }

  @Test
  void aClosedShareWaitsForNothing() {
    BufferPool.Share share = pool.share();
    List<Chunk> chunks = takeAll(share);

    share.close();
    chunks.forEach(Chunk::release);

    assertThat(late).isEmpty();
    assertThat(pool.free()).isEqualTo(8);
    assertThat(share.take(late::add)).isNull();
  }

  @Test
  void everyReaderHasItsOwnPosition() {
    Chunk chunk = takeAll(pool.share()).getFirst();
    chunk.space().put(new byte[] {1, 2, 3});

    chunk.bytes().get();

    assertThat(chunk.bytes().remaining()).isEqualTo(3);
    assertThat(chunk.bytes().isReadOnly()).isTrue();
  }

  /** Takes until the pool refuses, and leaves a request waiting. */
  private List<Chunk> takeAll(BufferPool.Share share) {
    List<Chunk> chunks = new ArrayList<>();
    for (Chunk chunk = share.take(late::add); chunk != null; chunk = share.take(late::add)) {
      chunks.add(chunk);
    }
    return chunks;
  }
}
