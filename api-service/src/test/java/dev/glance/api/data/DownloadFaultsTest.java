package dev.glance.api.data;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.FailingStore;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Stores;
import dev.glance.api.store.memory.MemoryStore;
import dev.glance.model.registry.FakeRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import jakarta.enterprise.inject.Alternative;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bytes that are lost between the store's answer and the first of them. */
@QuarkusTest
@TestProfile(DownloadFaultsTest.Losing.class)
class DownloadFaultsTest {
  private static volatile Function<ByteRange, ImageBytes> opened =
      range -> new ImageBytes.Stream(InputStream.nullInputStream(), range.length());

  @Inject FakeRegistry registry;
  private String id = "";

  /** The store finds what the test tells it to. */
  public static class Losing implements QuarkusTestProfile {
    @Override
    public Set<Class<?>> getEnabledAlternatives() {
      return Set.of(LosingStores.class);
    }
  }

  /** In the place of the configured stores. */
  @Alternative
  @Singleton
  public static class LosingStores {
    @Produces
    @Singleton
    Stores stores() {
      return Stores.single(
          new FailingStore(new MemoryStore("memory", null, 0)) {
            @Override
            public ImageBytes read(StoreLocation at, ByteRange range) {
              return opened.apply(range);
            }
          });
    }
  }

  @BeforeEach
  void upload() {
    id = TestImages.queued(registry);
    given()
        .contentType("application/octet-stream")
        .body(TestImages.bytes(1000))
        .put(path())
        .then()
        .statusCode(204);
  }

  @Test
  void aFileThatIsGoneWhenItIsOpenedIsNoData() {
    opened = range -> new ImageBytes.LocalFile(Path.of("target/nothing"), 0, range.length());

    for (String range : new String[] {"bytes=0-999", "bytes=1-5"}) {
      Response answer = given().header("Range", range).get(path());

      assertThat(answer.statusCode()).isEqualTo(204);
      assertThat(answer.headers().asList())
          .extracting(header -> header.getName().toLowerCase(Locale.ROOT))
          .doesNotContain("content-length", "content-type", "content-range");
    }
  }

  @Test
  void anErrorCarriesNothingOfTheImage() {
    opened = range -> new ImageBytes.Stream(InputStream.nullInputStream(), range.length());

    Response answer = given().header("Range", "bytes=1-5").get(path());

    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.asString()).contains("erred").doesNotContain("too few");
    assertThat(answer.headers().hasHeaderWithName("ETag")).isFalse();
    assertThat(answer.headers().hasHeaderWithName("Content-MD5")).isFalse();
    assertThat(answer.headers().hasHeaderWithName("Accept-Ranges")).isFalse();
    assertThat(answer.headers().hasHeaderWithName("Content-Range")).isFalse();
  }

  /** The store falls silent in mid-image: what it has open is let go of with the client. */
  @Test
  void aClientThatGoesAwayEndsTheWaitForTheStore() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    opened =
        range ->
            new ImageBytes.Stream(
                new InputStream() {
                  private boolean isSilent;

                  @Override
                  public int read() {
                    throw new UnsupportedOperationException("one byte at a time");
                  }

                  @Override
                  public int read(byte[] bytes, int offset, int length) throws IOException {
                    if (!isSilent) {
                      isSilent = true;
                      return length / 2;
                    }
                    try {
                      new CountDownLatch(1).await();
                    } catch (InterruptedException _) {
                      Thread.currentThread().interrupt();
                      throw new InterruptedIOException("cancelled");
                    }
                    return -1;
                  }

                  @Override
                  public void close() {
                    closed.countDown();
                  }
                },
                range.length());
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port)) {
      client
          .getOutputStream()
          .write("GET %s HTTP/1.1\r\nHost: test\r\n\r\n".formatted(path()).getBytes(US_ASCII));
      assertThat(closed.await(200, TimeUnit.MILLISECONDS)).isFalse();
    }

    assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
  }

  private String path() {
    return "/v2/images/" + id + "/file";
  }
}
