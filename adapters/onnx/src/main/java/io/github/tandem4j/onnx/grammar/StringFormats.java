package io.github.tandem4j.onnx.grammar;

import java.util.Map;

/**
 * The formats of strings as regular expressions: of what is valid, the usual part. A day is one that its month has, in a
 * year from 1000 to 2999; 29 February comes in leap years only, those of full centuries apart.
 */
final class StringFormats {
    private static final String YEAR = "[12][0-9]{3}";
    private static final String LEAP_YEAR = "[12][0-9](0[48]|[2468][048]|[13579][26])";
    private static final String DATE = "(" + YEAR + "-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
            + "|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|" + LEAP_YEAR + "-02-29)";
    private static final String HOUR = "([01][0-9]|2[0-3])";
    private static final String TIME =
            HOUR + ":[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])";
    private static final String BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    private static final String HEX = "[0-9a-fA-F]";
    private static final String LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,59}[A-Za-z0-9])?";
    private static final String HOST = LABEL + "(\\." + LABEL + "){0,3}";
    private static final String MAILBOX = "([A-Za-z0-9_+-]{1,64}|[A-Za-z0-9_+-]{1,32}\\.[A-Za-z0-9_+-]{1,31}"
            + "|[A-Za-z0-9_+-]{1,20}(\\.[A-Za-z0-9_+-]{1,20}){2})";
    private static final String PATH = "(/[A-Za-z0-9._~-]{0,60}){0,10}";

    static final Map<String, String> REGEXES = Map.ofEntries(
            Map.entry("date", DATE),
            Map.entry("time", TIME),
            Map.entry("date-time", DATE + "T" + TIME),
            Map.entry("duration", "P([1-9][0-9]{0,3}D|T[1-9][0-9]{0,3}[HMS]|[1-9][0-9]{0,2}W)"),
            Map.entry("uuid", HEX + "{8}-" + HEX + "{4}-" + HEX + "{4}-" + HEX + "{4}-" + HEX + "{12}"),
            Map.entry("ipv4", BYTE + "(\\." + BYTE + "){3}"),
            Map.entry("ipv6", HEX + "{1,4}(:" + HEX + "{1,4}){7}"),
            Map.entry("hostname", HOST),
            Map.entry("email", MAILBOX + "@" + LABEL + "(\\." + LABEL + "){0,2}\\.[A-Za-z]{2,12}"),
            Map.entry("uri", "https?://" + HOST + "(:[1-9][0-9]{1,3})?" + PATH + "(\\?[A-Za-z0-9=&._~-]{0,100})?"));

    private StringFormats() {}
}
