"""What the readers that are written in Python share: the lines of COPY's text format that truth.sql writes, and canonical texts."""
import datetime
import decimal


def text(value):
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        value = decimal.Decimal(repr(value))
    if isinstance(value, decimal.Decimal):
        return format(value.normalize(), 'f')
    if isinstance(value, datetime.datetime):
        return value.strftime('%Y-%m-%d %H:%M:%S.%f')[:-3]
    return str(value)


def line(*fields):
    escaped = (r'\N' if f is None else f.replace('\\', r'\\').replace('\n', r'\n').replace('\r', r'\r').replace('\t', r'\t') for f in map(text, fields))
    return '\t'.join(escaped) + '\n'
