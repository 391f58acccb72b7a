import java.io.*;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.*;
import java.time.*;
import java.time.format.DateTimeFormatter;
import java.util.*;

/** What pgJDBC reads of a bulletin: java Jdbc.java URL USER FOLDER writes FOLDER/rows and FOLDER/columns, as truth.sql does. */
class Jdbc {
    static final DateTimeFormatter INSTANT = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS");

    public static void main(String[] args) throws Exception {
        try (Connection connection = DriverManager.getConnection(args[0], args[1], "");
             PrintStream rows = new PrintStream(args[2] + "/rows", StandardCharsets.UTF_8);
             PrintStream columns = new PrintStream(args[2] + "/columns", StandardCharsets.UTF_8)) {
            for (String view : views(connection)) {
                boolean monthly = describe(connection, view, columns);
                read(connection, view, monthly, rows);
            }
        }
    }

    static List<String> views(Connection connection) throws SQLException {
        List<String> views = new ArrayList<>();
        try (ResultSet found = connection.getMetaData().getTables(null, "bulletin", "%", new String[] {"VIEW"})) {
            while (found.next()) views.add(found.getString("TABLE_NAME"));
        }
        return views;
    }

    /** Writes the columns of a view. Has it months? */
    static boolean describe(Connection connection, String view, PrintStream out) throws SQLException {
        boolean monthly = false;
        DatabaseMetaData data = connection.getMetaData();
        try (ResultSet c = data.getColumns(null, "bulletin", view.replace("_", data.getSearchStringEscape() + "_"), "%")) {
            while (c.next()) {
                boolean sized = c.getInt("DATA_TYPE") == Types.NUMERIC && c.getInt("COLUMN_SIZE") > 0;
                out.println(line(view, c.getString("COLUMN_NAME"), c.getString("TYPE_NAME"), sized ? c.getString("COLUMN_SIZE") : null,
                        sized ? c.getString("DECIMAL_DIGITS") : null, c.getInt("NULLABLE") == DatabaseMetaData.columnNullable ? "t" : "f", c.getString("REMARKS")));
                monthly |= c.getString("COLUMN_NAME").equals("month");
            }
        }
        return monthly;
    }

    static void read(Connection connection, String view, boolean monthly, PrintStream out) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT * FROM bulletin." + view + (monthly ? " WHERE month = ?" : ""))) {
            if (monthly) statement.setDate(1, java.sql.Date.valueOf("2015-03-01"));
            try (ResultSet rows = statement.executeQuery()) {
                int width = rows.getMetaData().getColumnCount();
                while (rows.next()) {
                    String[] fields = new String[width + 1];
                    fields[0] = view;
                    for (int i = 1; i <= width; i++) fields[i] = text(rows, i);
                    out.println(line(fields));
                }
            }
        }
    }

    /** By the getter that is the type's. */
    static String text(ResultSet rows, int i) throws SQLException {
        Object value;
        switch (rows.getMetaData().getColumnType(i)) {
            case Types.NUMERIC: value = rows.getBigDecimal(i); break;
            case Types.BIGINT: case Types.INTEGER: value = rows.getLong(i); break;
            case Types.DATE: value = rows.getDate(i); break;
            case Types.BIT: value = rows.getBoolean(i); break;
            case Types.TIMESTAMP: value = rows.getObject(i, OffsetDateTime.class); break;
            default: value = rows.getString(i);
        }
        if (value == null || rows.wasNull()) return null;
        if (value instanceof BigDecimal) {
            BigDecimal number = ((BigDecimal) value).stripTrailingZeros();
            return (number.scale() < 0 ? number.setScale(0) : number).toPlainString();
        }
        return value instanceof OffsetDateTime ? INSTANT.format(((OffsetDateTime) value).withOffsetSameInstant(ZoneOffset.UTC)) : value.toString();
    }

    static String line(String... fields) {
        StringJoiner line = new StringJoiner("\t");
        for (String field : fields)
            line.add(field == null ? "\\N" : field.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t"));
        return line.toString();
    }
}
