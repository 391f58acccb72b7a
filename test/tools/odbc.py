"""What psqlODBC reads of a bulletin: odbc.py CONNECTION FOLDER writes FOLDER/rows and FOLDER/columns, as truth.sql does."""
import sys

import pyodbc

from lines import line


def main(connection, folder):
    cursor = pyodbc.connect(connection).cursor()
    views = [t.table_name for t in cursor.tables(schema='bulletin', tableType='VIEW')]
    with open(folder + '/rows', 'w') as rows, open(folder + '/columns', 'w') as columns:
        for view in views:
            described = cursor.columns(schema='bulletin', table=view.replace('_', r'\_')).fetchall()
            for c in described:
                sized = c.type_name == 'numeric' and c.column_size > 0
                columns.write(line(view, c.column_name, c.type_name, str(c.column_size) if sized else None, str(c.decimal_digits) if sized else None,
                                   't' if c.nullable == 1 else 'f', c.remarks))
            if any(c.column_name == 'month' for c in described):
                cursor.execute(f"SELECT * FROM bulletin.{view} WHERE month = ?", '2015-03-01')
            else:
                cursor.execute(f"SELECT * FROM bulletin.{view}")
            for row in cursor:
                rows.write(line(view, *row))


main(*sys.argv[1:])
