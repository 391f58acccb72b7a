"""What LibreOffice reads of a bulletin by SDBC: office.py PIPE URL USER FOLDER writes FOLDER/rows and FOLDER/columns, as truth.sql does."""
import datetime
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.sdbc.DataType import BIT, BOOLEAN, DATE, DECIMAL, NUMERIC

from lines import line


def office(pipe):
    """The services of the LibreOffice that listens there, once it does."""
    resolver = uno.getComponentContext().ServiceManager.createInstance('com.sun.star.bridge.UnoUrlResolver')
    for _ in range(600):
        try:
            return resolver.resolve(f'uno:pipe,name={pipe};urp;StarOffice.ComponentContext')
        except NoConnectException:
            time.sleep(0.1)
    raise SystemExit('LibreOffice does not answer')


# Where SDBC's results have what is asked for here; what the driver tells of its catalog has no names of columns.
TABLE_NAME, COLUMN_NAME, TYPE_NAME, COLUMN_SIZE, DECIMAL_DIGITS, NULLABLE, REMARKS = 3, 4, 6, 7, 9, 11, 12


def found(result, *columns):
    """The rows of a result, of each the texts of some columns."""
    while result.next():
        yield [result.getString(i) for i in columns]


def value(row, i, kind, name):
    """As Calc takes it: a number is a double, an instant a text."""
    if kind in (NUMERIC, DECIMAL):
        taken = row.getDouble(i)
    elif kind == DATE:
        day = row.getDate(i)
        taken = f'{day.Year:04}-{day.Month:02}-{day.Day:02}'
    elif kind in (BIT, BOOLEAN):
        taken = row.getBoolean(i)
    else:
        taken = row.getString(i)
    if row.wasNull():
        return None
    return datetime.datetime.fromisoformat(taken) if name == 'timestamptz' else taken


def main(pipe, url, user, folder):
    context = office(pipe)
    manager = context.ServiceManager.createInstanceWithContext('com.sun.star.sdbc.DriverManager', context)
    connection = manager.getConnectionWithInfo(url, (PropertyValue(Name='user', Value=user),))
    data = connection.getMetaData()
    with open(folder + '/rows', 'w') as rows, open(folder + '/columns', 'w') as columns:
        for view, in list(found(data.getTables(None, 'bulletin', '%', ('VIEW',)), TABLE_NAME)):
            names = []
            for name, kind, size, digits, nullable, remarks in found(data.getColumns(None, 'bulletin', view, '%'),
                                                                     COLUMN_NAME, TYPE_NAME, COLUMN_SIZE, DECIMAL_DIGITS, NULLABLE, REMARKS):
                sized = kind == 'numeric' and int(size) > 0
                columns.write(line(view, name, kind, size if sized else None, digits if sized else None, 't' if nullable == '1' else 'f', remarks))
                names.append(name)
            result = connection.createStatement().executeQuery(f'SELECT * FROM "bulletin"."{view}"' + (" WHERE month = '2015-03-01'" if 'month' in names else ''))
            data_of = result.getMetaData()
            kinds = [(data_of.getColumnType(i), data_of.getColumnTypeName(i)) for i in range(1, data_of.getColumnCount() + 1)]
            while result.next():
                rows.write(line(view, *(value(result, i, *kind) for i, kind in enumerate(kinds, 1))))
    context.ServiceManager.createInstanceWithContext('com.sun.star.frame.Desktop', context).terminate()


main(*sys.argv[1:])
