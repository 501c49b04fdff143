package io.github.tandem4j.onnx.files;

/** IEEE 754 binary16, which Java 17 has no conversion for. */
public final class HalfFloat {
    private HalfFloat() {}

    /**
     * Exactly the half's value.
     *
     * @param half its bits
     * @return the value
     */
    public static float toFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = (half >>> 10) & 0x1f;
        int mantissa = half & 0x3ff;
        if (exponent == 0) {
            // A subnormal is mantissa * 2^-24, which a float holds exactly.
            float magnitude = mantissa * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        if (exponent == 0x1f) {
            return Float.intBitsToFloat(sign | 0x7f800000 | mantissa << 13);
        }
        return Float.intBitsToFloat(sign | (exponent + 112) << 23 | mantissa << 13);
    }

    /**
     * The nearest half, ties to even; beyond the largest, infinity.
     *
     * @param value the value
     * @return the half's bits
     */
    public static short fromFloat(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        float magnitude = Math.abs(value);
        if (!(magnitude < 65_520)) {
            return (short) (sign | (Float.isNaN(value) ? 0x7e00 : 0x7c00));
        }
        if (magnitude < 0x1p-14f) {
            return (short) (sign | (int) Math.rint(magnitude * 0x1p24f)); // 1024 is the smallest normal number
        }
        int absolute = bits & 0x7fff_ffff;
        int rounded = absolute + 0xfff + (absolute >>> 13 & 1);
        return (short) (sign | (rounded >>> 13) - (112 << 10));
    }
}
