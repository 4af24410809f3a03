"""Many slow downloads from one process: slow.py URL CLIENTS BYTES_PER_SECOND, for at most two minutes.

Says "reading" when all have begun, reads until its input ends, and prints what the clients got on average, and the
slowest of them.
"""

import select
import socket
import sys
import time
import urllib.parse

LIMIT_SECONDS = 120
TICK_SECONDS = 0.1
# As much as a slow link holds; with the default, the kernel would take in megabytes for each client.
RECEIVE_BUFFER = 256 << 10


def main():
    url = urllib.parse.urlsplit(sys.argv[1])
    number, rate = int(sys.argv[2]), int(sys.argv[3])
    request = f"GET {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode()
    sockets = []
    for _ in range(number):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        client.connect((url.hostname, url.port))
        client.sendall(request)
        client.setblocking(False)
        sockets.append(client)
    print("reading", flush=True)
    buffer = bytearray(int(rate * TICK_SECONDS) * 2)
    got = [0] * number
    begun = time.monotonic()
    while True:
        elapsed = time.monotonic() - begun
        if elapsed > LIMIT_SECONDS or select.select([sys.stdin], [], [], 0)[0]:
            break
        due = int(rate * (elapsed + TICK_SECONDS))
        for place, client in enumerate(sockets):
            wanted = min(due - got[place], len(buffer))
            try:
                taken = client.recv_into(buffer, wanted) if wanted > 0 else 1
            except BlockingIOError:
                continue
            if taken == 0:
                raise RuntimeError("a download has ended")
            if wanted > 0:
                got[place] += taken
        time.sleep(max(0, TICK_SECONDS - (time.monotonic() - begun - elapsed)))
    elapsed = time.monotonic() - begun
    print(f"{sum(got) / number / elapsed / 1e6:.2f} MB/s, the slowest {min(got) / elapsed / 1e6:.2f} MB/s")


main()
