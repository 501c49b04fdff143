package io.github.tandem4j.loopback;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * A model's API on 127.0.0.1 for tests: it speaks the chat protocols of OpenAI, Anthropic and Ollama, blocking and
 * streaming, answers by a function of the request, and goes wrong by another. It stands on plain sockets, since a cut
 * connection must be cut and a client that hangs up must be seen.
 */
public final class LoopbackServer implements AutoCloseable {

    private final ServerSocket socket;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "loopback");
        thread.setDaemon(true);
        return thread;
    });
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final List<LoopbackRequest> requests = new CopyOnWriteArrayList<>();
    private final BlockingQueue<LoopbackRequest> stalled = new LinkedBlockingQueue<>();
    private final BlockingQueue<LoopbackRequest> hungUp = new LinkedBlockingQueue<>();
    private final AtomicInteger numbers = new AtomicInteger();
    private volatile Function<LoopbackRequest, LoopbackAnswer> answers;
    private volatile Function<LoopbackRequest, Fault> faults = request -> Fault.NONE;

    private LoopbackServer(Function<LoopbackRequest, LoopbackAnswer> answers) throws IOException {
        this.answers = answers;
        socket = new ServerSocket(0, 200, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        threads.execute(this::accept);
    }

    /** A server that answers every request with this text. */
    public static LoopbackServer answering(String text) {
        return answering(request -> LoopbackAnswer.text(text));
    }

    /** A server that answers by this function, which many threads may call. */
    public static LoopbackServer answering(Function<LoopbackRequest, LoopbackAnswer> answers) {
        try {
            return new LoopbackServer(answers);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** From now on answers by this function. */
    public LoopbackServer answer(Function<LoopbackRequest, LoopbackAnswer> function) {
        answers = function;
        return this;
    }

    /** From now on every request has this fault. */
    public LoopbackServer fault(Fault fault) {
        return faults(request -> fault);
    }

    /** From now on requests have the faults that this function gives them. */
    public LoopbackServer faults(Function<LoopbackRequest, Fault> function) {
        faults = function;
        return this;
    }

    /** The root, as Ollama's base URL is. */
    public String url() {
        return "http://127.0.0.1:" + socket.getLocalPort();
    }

    /** The base URL of the OpenAI and Anthropic protocols. */
    public String v1() {
        return url() + "/v1";
    }

    /** All requests so far. */
    public List<LoopbackRequest> requests() {
        return List.copyOf(requests);
    }

    /** The request that came last. */
    public LoopbackRequest lastRequest() {
        return requests.get(requests.size() - 1);
    }

    /** Waits until a request is being stalled. */
    public void awaitStall() throws InterruptedException {
        take(stalled, "request was stalled");
    }

    /** Waits until the client of a stalled request has closed its connection. */
    public void awaitHangUp() throws InterruptedException {
        take(hungUp, "client hung up");
    }

    private static void take(BlockingQueue<LoopbackRequest> queue, String what) throws InterruptedException {
        if (queue.poll(Duration.ofMinutes(1).toSeconds(), TimeUnit.SECONDS) == null) {
            throw new AssertionError("no " + what + " within a minute");
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
        quietly(socket);
        open.forEach(LoopbackServer::quietly);
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                open.add(connection);
                threads.execute(() -> serve(connection));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            HttpConnection http = new HttpConnection(connection);
            while (http.readHead()) {
                LoopbackRequest request = new LoopbackRequest(
                        numbers.getAndIncrement(),
                        Protocol.ofPath(http.path()),
                        http.path(),
                        http.headers(),
                        Json.parse(http.readBody()));
                requests.add(request);
                if (!respond(http, request, faults.apply(request))) {
                    return;
                }
            }
        } catch (SocketException e) {
            // the client went away
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            open.remove(connection);
        }
    }

    /** Returns whether the connection may be used again. */
    private boolean respond(HttpConnection http, LoopbackRequest request, Fault fault) throws IOException {
        if (fault instanceof Fault.Response response) {
            http.writeWhole(response.status(), response.contentType(), response.headers(), response.body());
            return true;
        }
        if (fault instanceof Fault.CutBefore) {
            return false;
        }
        if (fault instanceof Fault.StallBefore) {
            return stall(http, request);
        }
        if (fault instanceof Fault.Slow slow) {
            sleep(slow.before());
        }
        LoopbackAnswer answer = answers.apply(request);
        return request.isStreaming()
                ? stream(http, request, request.protocol().events(request, answer), fault)
                : whole(http, request, request.protocol().body(request, answer), fault);
    }

    private boolean whole(HttpConnection http, LoopbackRequest request, String body, Fault fault) throws IOException {
        if (fault instanceof Fault.CutInside || fault instanceof Fault.StallInside) {
            http.writeHalf(body);
            return fault instanceof Fault.StallInside && stall(http, request);
        }
        http.writeWhole(200, "application/json", Map.of(), body);
        return true;
    }

    private boolean stream(HttpConnection http, LoopbackRequest request, List<String> events, Fault fault)
            throws IOException {
        http.startChunks(request.protocol().streamType());
        for (int i = 0; i < events.size(); i++) {
            if (fault instanceof Fault.CutInside cut && cut.events() == i) {
                return false;
            }
            if (fault instanceof Fault.StallInside stall && stall.events() == i) {
                return stall(http, request);
            }
            if (fault instanceof Fault.EndEarly end && end.events() == i) {
                break;
            }
            if (fault instanceof Fault.BadEvent bad && bad.events() == i) {
                http.writeChunk(
                        request.protocol() == Protocol.OLLAMA ? bad.data() + "\n" : "data: " + bad.data() + "\n\n");
            }
            http.writeChunk(events.get(i));
        }
        http.endChunks();
        return true;
    }

    private boolean stall(HttpConnection http, LoopbackRequest request) {
        stalled.add(request);
        http.awaitHangUp();
        hungUp.add(request);
        return false;
    }

    private static void sleep(Duration time) throws IOException {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the server is being closed", e);
        }
    }

    private static void quietly(Closeable resource) {
        try {
            resource.close();
        } catch (IOException e) {
            // it is being thrown away
        }
    }
}
