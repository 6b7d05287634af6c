"""vendor_files.py - what vendors would serve, as files for nginx: a Samba stream, the pages of a Passona report, and one as CSV."""
import json
import os
import uuid

TRACKPOINT = "4541245641234564"
CAMPAIGN = "dc8a7564-fb1e-11e9-abb5-0242ac120008"
PAGE_ROWS = 50
BLOCK = 10000


def _uuid(n):
    return str(uuid.UUID(int=0x49deafcefbbd11e993b1024200000000 + n))


def _clock(second):
    return f"{second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def write_stream(path, count):
    """`count` states of SMS, one JSON value a line. @return bytes"""
    words = ["DELIVERED"] * 17 + ["UNDELIVERABLE", "EXPIRED", "ACCEPTED"]
    sources = [json.dumps({"type": "flow", "campaign": {"id": _uuid(n), "name": f"Retention {n}"},
                           "node": {"id": _uuid(n + 1000), "name": "Retention VIP SMS"}})[:-1] for n in range(50)]
    with open(path, "w", encoding="ascii") as f:
        for begin in range(0, count, BLOCK):
            f.write("".join(
                f'{{"smsEvent": {{"trackpoint": {TRACKPOINT}, "userId": "{10000000 + n}", "status": "{words[n % 20]}", '
                f'"date": {1673763160310 + n * 7}}}, "source": {sources[n // 1000 % 50]}, "sendDate": {1673763160010 + n * 7}}}}}\n'
                for n in range(begin, min(begin + BLOCK, count))))
    return os.path.getsize(path)


def write_csv(path, rows):
    """A `delivery` CSV. @return bytes"""
    words = ["Success"] * 17 + ["Failed", "Expired", "Pending"]
    with open(path, "w", encoding="ascii", newline="") as f:
        f.write("SMS_ID,Sender,Recipient,Message_Copy,Status,Expiry_Date\r\n")
        for begin in range(0, rows, BLOCK):
            f.write("".join(f'{_uuid(n)},EXAMPLE,44712{n:07d},"Hi, 20% off today:\nhttps://psms.example/{n:x}",{words[n % 20]},'
                            f'2026-06-{2 + n // 86400:02d}T{_clock(n)}+0100\r\n' for n in range(begin, min(begin + BLOCK, rows))))
    return os.path.getsize(path)


def write_clicks(path, rows):
    """A `clicks` CSV, in which no two rows are the same. @return bytes"""
    with open(path, "w", encoding="ascii", newline="") as f:
        f.write("Phone_Number,Link_Name,Link_Destination,Clicked_At,User_Agent,Device_Type,OS_Version,Browser_Version\r\n")
        for begin in range(0, rows, BLOCK):
            f.write("".join(f'44712{n:07d},Sale,https://psms.example/{n:x},2026-06-{1 + n // 172800:02d} {_clock(n // 2)},'
                            f'Mozilla/5.0 (Linux; Android 13),WebKit,13,126.0.0.0\r\n' for n in range(begin, min(begin + BLOCK, rows))))
    return os.path.getsize(path)


def write_pages(folder, pages):
    """Pages of `alt_delivery`, FOLDER/1 and so on, each with PAGE_ROWS rows. @return bytes"""
    os.makedirs(folder)
    path = f"api/2.0/reporting/{CAMPAIGN}/alt_delivery"
    total = 0
    for page in range(1, pages + 1):
        rows = ",".join(
            f'{{"MessageId":"{_uuid(n)}","Mobile":"44712{n:07d}","FieldNames":"First Name,Last Name",'
            f'"FieldValues":"John,Doe","MessageSent":"2026-06-{1 + n // 86400:02d} {_clock(n)}",'
            f'"MessageUpdate":"2026-06-{2 + n // 86400:02d} {_clock(n + 7)}","Status":"Success"}}'
            for n in range((page - 1) * PAGE_ROWS, page * PAGE_ROWS))
        meta = {"current_page": page, "from": (page - 1) * PAGE_ROWS + 1, "last_page": pages, "path": path,
                "per_page": PAGE_ROWS, "to": page * PAGE_ROWS, "total": pages * PAGE_ROWS}
        links = {"first": f"{path}?page=1", "last": f"{path}?page={pages}", "prev": None,
                 "next": f"{path}?page={page + 1}" if page < pages else None}
        text = f'{{"data":[{rows}],"links":{json.dumps(links)},"meta":{json.dumps(meta)}}}'
        with open(os.path.join(folder, str(page)), "w", encoding="ascii") as f:
            f.write(text)
        total += len(text)
    return total
