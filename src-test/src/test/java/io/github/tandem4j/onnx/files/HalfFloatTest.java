package io.github.tandem4j.onnx.files;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HalfFloatTest {

    @Test
    void everyHalfSurvivesAFloat() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = HalfFloat.toFloat((short) bits);
            if (Float.isNaN(value)) {
                assertThat(HalfFloat.toFloat(HalfFloat.fromFloat(value))).isNaN();
            } else {
                assertThat(HalfFloat.fromFloat(value)).isEqualTo((short) bits);
            }
        }
    }

    @Test
    void aFloatGoesToTheNearestHalfAndATieToTheEvenOne() {
        for (int bits = 0; bits < 0x7bff; bits++) {
            float below = HalfFloat.toFloat((short) bits);
            float above = HalfFloat.toFloat((short) (bits + 1));
            float middle = (below + above) / 2; // exact: a float has 13 bits more
            assertThat(HalfFloat.fromFloat(Math.nextDown(middle))).isEqualTo((short) bits);
            assertThat(HalfFloat.fromFloat(Math.nextUp(middle))).isEqualTo((short) (bits + 1));
            assertThat(HalfFloat.fromFloat(middle)).isEqualTo((short) (bits % 2 == 0 ? bits : bits + 1));
        }
    }

    @Test
    void whatIsTooLargeIsInfinite() {
        assertThat(HalfFloat.toFloat(HalfFloat.fromFloat(65_519))).isEqualTo(65_504);
        assertThat(HalfFloat.toFloat(HalfFloat.fromFloat(65_520))).isInfinite();
        assertThat(HalfFloat.toFloat(HalfFloat.fromFloat(-1e30f))).isEqualTo(Float.NEGATIVE_INFINITY);
    }
}
