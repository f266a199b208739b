"""What writes cost in DynamoDB's write units, reckoned from the requests that make them.

DynamoDB's rules: one unit for each begun kilobyte of an item, two within a transaction; an index
entry that appears, changes or goes is a write of its own, and one whose key changes is two. Entries
of an index are reckoned once within transactions, too. An update is taken for one unit: the item it
makes is not known here, and every item that is updated in place holds a few counters or ids.
"""

KILOBYTE = 1024


class Units:
    """Adds up the units of writes, by table. `indexes(table)` gives its indexes: keys and wholeness."""

    def __init__(self, indexes):
        self.indexes_of = indexes
        self.entries = {}

    def of(self, operation, asked):
        """Table and units of each write of a request that was carried out."""
        if operation == "PutItem":
            return [self.put(asked, 1)]
        if operation in ("UpdateItem", "DeleteItem"):
            return [(asked["TableName"], 1)]
        if operation == "TransactWriteItems":
            return [self.part(part) for part in asked["TransactItems"]]
        if operation == "BatchWriteItem":
            return [(table, 1) for table, writes in asked["RequestItems"].items() for _ in writes]
        return []

    def part(self, part):
        (kind, write), = part.items()
        if kind == "Put":
            return self.put(write, 2)
        return write["TableName"], 2

    def put(self, write, times):
        table, item = write["TableName"], write["Item"]
        units = times * begun_kilobytes(item)
        keys, indexes = self.indexes_of(table)
        name = (table, *(str(item[key]) for key in keys))
        for index, (attributes, is_whole) in indexes.items():
            entry = tuple(str(item.get(attribute)) for attribute in attributes)
            entry = None if "None" in entry else entry
            before = self.entries.get((*name, index))
            self.entries[(*name, index)] = entry
            if entry != before:
                units += (entry is not None) + (before is not None)
            elif entry is not None and is_whole:
                units += begun_kilobytes(item)
        return table, units


def begun_kilobytes(item):
    return -(-sum(len(name) + size(value) for name, value in item.items()) // KILOBYTE)


def size(value):
    """Bytes of a value, as DynamoDB counts them."""
    (kind, held), = value.items()
    if kind == "M":
        return 3 + sum(1 + len(name) + size(inner) for name, inner in held.items())
    if kind == "L":
        return 3 + sum(1 + size(inner) for inner in held)
    if kind in ("SS", "NS", "BS"):
        return sum(len(one.encode()) for one in held)
    if kind == "N":
        return len(held.strip("-.")) // 2 + 2
    if kind == "B":
        return len(held) * 3 // 4
    return len(held.encode()) if kind == "S" else 1
