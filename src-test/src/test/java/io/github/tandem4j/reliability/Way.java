package io.github.tandem4j.reliability;

/** How an endpoint is asked. */
enum Way {
    BLOCKING(false, false),
    HEARD(false, true),
    ASYNC(true, false),
    ASYNC_HEARD(true, true),
    CHAT_MODEL(false, false),
    STREAMING_CHAT_MODEL(true, true);

    private final boolean elsewhere;
    private final boolean heard;

    Way(boolean elsewhere, boolean heard) {
        this.elsewhere = elsewhere;
        this.heard = heard;
    }

    /** Whether the work is done on a thread of the library's. */
    boolean isElsewhere() {
        return elsewhere;
    }

    /** Whether a sink hears the answer. */
    boolean isHeard() {
        return heard;
    }
}
