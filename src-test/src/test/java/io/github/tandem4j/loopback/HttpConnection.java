package io.github.tandem4j.loopback;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** HTTP/1.1 on a socket, as much of it as a chat API needs. */
final class HttpConnection {

    private final InputStream in;
    private final OutputStream out;
    private String method = "";
    private String path = "";
    private Map<String, String> headers = Map.of();

    HttpConnection(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    String method() {
        return method;
    }

    String path() {
        return path;
    }

    Map<String, String> headers() {
        return headers;
    }

    /** Returns false if the client has closed the connection between two requests. */
    boolean readHead() throws IOException {
        String first = readLine();
        if (first == null) {
            return false;
        }
        String[] words = first.split(" ", 3);
        method = words[0];
        path = words[1];
        headers = new HashMap<>();
        for (String line = readLine(); line != null && !line.isEmpty(); line = readLine()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).trim());
        }
        return true;
    }

    String readBody() throws IOException {
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new SocketException("the client went away in the middle of its request");
        }
        return new String(body, UTF_8);
    }

    void writeWhole(int status, String contentType, Map<String, String> more, String body) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        StringBuilder head = new StringBuilder(head(status, contentType, "Content-Length: " + bytes.length));
        more.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        write(head.append("\r\n").toString());
        out.write(bytes);
        out.flush();
    }

    /** A head without a body, as a HEAD request wants it. */
    void writeHead(int status) throws IOException {
        write(head(status, "text/plain", "Content-Length: 0") + "\r\n");
        out.flush();
    }

    void startWhole(long length) throws IOException {
        write(head(200, "application/json", "Content-Length: " + length) + "\r\n");
        out.flush();
    }

    /** A head that goes on. */
    void startHead() throws IOException {
        write("HTTP/1.1 200 Loopback\r\n");
        out.flush();
    }

    void writeBytes(byte[] bytes, int length) throws IOException {
        out.write(bytes, 0, length);
        out.flush();
    }

    void writeHalf(String body) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        write(head(200, "application/json", "Content-Length: " + bytes.length) + "\r\n");
        out.write(bytes, 0, bytes.length / 2);
        out.flush();
    }

    void startChunks(String contentType) throws IOException {
        write(head(200, contentType, "Transfer-Encoding: chunked") + "\r\n");
        out.flush();
    }

    void writeChunk(String text) throws IOException {
        byte[] bytes = text.getBytes(UTF_8);
        writeChunk(bytes, bytes.length);
    }

    void writeChunk(byte[] bytes, int length) throws IOException {
        write(Integer.toHexString(length) + "\r\n");
        out.write(bytes, 0, length);
        write("\r\n");
        out.flush();
    }

    void endChunks() throws IOException {
        write("0\r\n\r\n");
        out.flush();
    }

    void awaitHangUp() {
        try {
            while (in.read() >= 0) {
                // a client that sends more has not hung up
            }
        } catch (IOException e) {
            // it hung up with a reset
        }
    }

    private static String head(int status, String contentType, String length) {
        return "HTTP/1.1 " + status + " Loopback\r\nContent-Type: " + contentType + "\r\n" + length + "\r\n";
    }

    private void write(String text) throws IOException {
        out.write(text.getBytes(ISO_8859_1));
    }

    private String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == '\n') {
                return line.toString(ISO_8859_1).stripTrailing();
            }
            line.write(b);
        }
        return null;
    }
}
