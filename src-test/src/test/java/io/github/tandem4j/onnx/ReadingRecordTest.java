package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tandem4j.HiddenStates;
import io.github.tandem4j.NextToken;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.ReadingWish;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadingRecordTest {

    private static final String KEY = "00".repeat(32);
    private static final int NEXT_TOKEN = 32 + Integer.BYTES + 1;

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, -1})
    void aRecordWhoseNextTokenIsNoneIsRefused(float hostile) {
        ReadingRecord record = new ReadingRecord(KEY, ReadingWish.none().states("last.1"), 4);
        PromptReading reading = PromptReading.of(
                KEY,
                HiddenStates.of(Map.of("last.1", new float[] {1, 2, 3, 4})),
                new NextToken(1, 0.5, 0.25),
                Map.of(),
                3,
                false);
        for (int at = 0; at < 3; at++) {
            ByteBuffer written = record.write(KEY, reading).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(record.read(written)).isNotNull();
            written.putFloat(NEXT_TOKEN + at * Float.BYTES, hostile);
            CRC32C crc = new CRC32C();
            crc.update(written.duplicate().position(0).limit(record.bytes() - Integer.BYTES));
            written.putInt(record.bytes() - Integer.BYTES, (int) crc.getValue());
            assertThat(record.read(written)).as("number %d", at).isNull();
        }
    }
}
