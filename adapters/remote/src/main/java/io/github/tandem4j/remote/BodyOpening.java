package io.github.tandem4j.remote;

import java.io.InputStream;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Opens a response's body, and closes it if nobody waits for it any more. A caller who is interrupted just when the
 * headers come is told so by the JDK's client, which then drops the response without ending it.
 */
final class BodyOpening implements BodyHandler<InputStream> {

    private final Function<ResponseInfo, ResponseBody> bodies;
    private @Nullable ResponseBody body;
    private boolean abandoned;

    BodyOpening(Function<ResponseInfo, ResponseBody> bodies) {
        this.bodies = bodies;
    }

    @Override
    public synchronized BodySubscriber<InputStream> apply(ResponseInfo info) {
        ResponseBody opened = bodies.apply(info);
        if (abandoned) {
            opened.close();
        }
        body = opened;
        return opened;
    }

    /** Nobody will read the body, be it there or still to come. */
    synchronized void abandon() {
        abandoned = true;
        if (body != null) {
            body.close();
        }
    }
}
