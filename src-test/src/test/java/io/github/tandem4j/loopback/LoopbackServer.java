package io.github.tandem4j.loopback;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
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
    private final Deque<LoopbackRequest> requests = new ArrayDeque<>();
    private final Queue<Map<String, String>> probes = new ConcurrentLinkedQueue<>();
    private final Semaphore stalled = new Semaphore(0);
    private final Semaphore hungUp = new Semaphore(0);
    private final AtomicInteger numbers = new AtomicInteger();
    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicReference<Served> served = new AtomicReference<>(new Served(0, 0, 0));
    private int mostRequests = 1_000;
    private volatile Function<LoopbackRequest, LoopbackAnswer> answers;
    private volatile Function<LoopbackRequest, Fault> faults = request -> Fault.NONE;
    private volatile Consumer<LoopbackRequest> whenServed = request -> {};

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

    /** From now on tells this of every request that has been answered whole, while its connection still counts as busy. */
    public LoopbackServer whenServed(Consumer<LoopbackRequest> listener) {
        whenServed = listener;
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

    /** From now on keeps only so many of the last requests; zero for a server that is asked very often. */
    public LoopbackServer keepRequests(int most) {
        synchronized (requests) {
            mostRequests = most;
            return this;
        }
    }

    /** The last requests, up to 1,000 or what {@link #keepRequests} says. */
    public List<LoopbackRequest> requests() {
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }

    /** The request that came last. */
    public LoopbackRequest lastRequest() {
        synchronized (requests) {
            return requests.getLast();
        }
    }

    /** How many requests have come, whatever became of them. */
    public int received() {
        return numbers.get();
    }

    /** What has been answered whole, to the last byte, and what a provider would send a bill for. */
    public Served served() {
        return served.get();
    }

    /** How many connections clients hold open, in use or not. */
    public int openConnections() {
        return open.size();
    }

    /** How many connections are in the middle of an exchange. */
    public int busyConnections() {
        return busy.get();
    }

    /** The headers of the requests that were no call of a model, which are answered with a 404. */
    public List<Map<String, String>> probes() {
        return List.copyOf(probes);
    }

    /**
     * What was answered whole.
     *
     * @param calls how many calls
     * @param inputTokens their prompt tokens
     * @param outputTokens their completion tokens
     */
    public record Served(long calls, long inputTokens, long outputTokens) {

        private Served plus(LoopbackAnswer answer, int sign) {
            return new Served(
                    calls + sign,
                    inputTokens + (long) sign * answer.inputTokens(),
                    outputTokens + (long) sign * answer.outputTokens());
        }
    }

    /**
     * Sends the last of an answer. It is counted before, so that a client that has all of it finds it counted, and not
     * counted after all if it cannot be sent.
     */
    void serve(LoopbackRequest request, LoopbackAnswer answer, Sending last) throws IOException {
        served.updateAndGet(sum -> sum.plus(answer, 1));
        try {
            last.send();
        } catch (IOException e) {
            served.updateAndGet(sum -> sum.plus(answer, -1));
            throw e;
        }
        whenServed.accept(request);
    }

    /** Writes to a client. */
    interface Sending {
        void send() throws IOException;
    }

    /** A request is being stalled, or flooded. */
    void stalls() {
        stalled.release();
    }

    /** The client of such a request has closed its connection. */
    void hungUp() {
        hungUp.release();
    }

    /** Waits until a request is being stalled. */
    public void awaitStall() throws InterruptedException {
        take(stalled, "request was stalled");
    }

    /** Waits until the client of a stalled request has closed its connection. */
    public void awaitHangUp() throws InterruptedException {
        take(hungUp, "client hung up");
    }

    private static void take(Semaphore seen, String what) throws InterruptedException {
        if (!seen.tryAcquire(1, TimeUnit.MINUTES)) {
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
            boolean again = true;
            while (again && http.readHead()) {
                busy.incrementAndGet();
                try {
                    again = http.method().equals("POST") ? respond(http) : probed(http);
                } finally {
                    busy.decrementAndGet();
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

    private boolean probed(HttpConnection http) throws IOException {
        probes.add(http.headers());
        http.writeHead(404);
        return true;
    }

    private boolean respond(HttpConnection http) throws IOException {
        LoopbackRequest request = new LoopbackRequest(
                numbers.getAndIncrement(),
                Protocol.ofPath(http.path()),
                http.path(),
                http.headers(),
                Json.parse(http.readBody()));
        synchronized (requests) {
            requests.add(request);
            while (requests.size() > mostRequests) {
                requests.removeFirst();
            }
        }
        return new Exchange(this, http, request, faults.apply(request)).respond(answers);
    }

    private static void quietly(Closeable resource) {
        try {
            resource.close();
        } catch (IOException e) {
            // it is being thrown away
        }
    }
}
