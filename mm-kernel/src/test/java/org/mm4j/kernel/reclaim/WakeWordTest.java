package org.mm4j.kernel.reclaim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The word by which kswapd is asked. */
class WakeWordTest {
    @ParameterizedTest
    @CsvSource({"0, 0", "10, 4", "0, 4", "9, 1"})
    void fieldsComeBack(int order, int highest) {
        int request = WakeWord.request(order, highest);
        assertThat(request).isNotEqualTo(WakeWord.NOTHING);
        assertThat(WakeWord.order(request)).isEqualTo(order);
        assertThat(WakeWord.highest(request)).isEqualTo(highest);
        assertThat(WakeWord.merged(WakeWord.NOTHING, request)).isEqualTo(request);
    }

    @Test
    @DisplayName("requests merge to the larger order and the higher zone, and are taken once")
    void merge() {
        WakeWord word = new WakeWord();
        word.note(WakeWord.request(3, 1));
        word.note(WakeWord.request(0, 2));
        assertThat(word.isAsked()).isTrue();
        assertThat(word.take()).isEqualTo(WakeWord.request(3, 2));
        assertThat(word.take()).isEqualTo(WakeWord.NOTHING);
    }

    @Test
    @DisplayName("who sleeps is woken; who is asked before it sleeps does not sleep")
    void sleep() throws InterruptedException {
        WakeWord word = new WakeWord();
        word.note(WakeWord.request(0, 0));
        assertThat(word.sleep(0)).isTrue();
        word.take();
        assertThat(word.sleep(1_000_000)).isFalse();
        Thread worker = Thread.ofPlatform().start(() -> {
            while (!word.sleep(0)) {
                Thread.onSpinWait();
            }
        });
        word.ask(WakeWord.request(0, 0), worker);
        worker.join();
    }
}
