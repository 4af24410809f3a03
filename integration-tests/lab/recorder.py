"""recorder.py PORT SERVICE_PORT FILE: passes HTTP on to a service of this machine, and writes down each exchange.

FILE gets a JSON object a line: method, target, headers and body of the request, and status, headers and body of the answer. Bodies
are base64; those of image data are left out, whatever their size.
"""

import base64
import http.client
import http.server
import json
import sys
import threading

PORT, SERVICE_PORT, FILE = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
DATA = "application/octet-stream"
TIMEOUT_S = 120
lock = threading.Lock()


def kept(headers, body):
    return "" if headers.get("Content-Type", "").startswith(DATA) else base64.b64encode(body).decode()


class Recorder(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer is one write, so nothing is gained by waiting for more.
    disable_nagle_algorithm = True

    def relay(self):
        is_chunked = self.headers.get("Transfer-Encoding", "").lower() == "chunked"
        body = self.chunks() if is_chunked else self.rfile.read(int(self.headers.get("Content-Length", 0)))
        service = http.client.HTTPConnection("127.0.0.1", SERVICE_PORT, timeout=TIMEOUT_S)
        try:
            service.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                # The whole body is here already, and so is the go-ahead given.
                if name.lower() not in ("expect", "connection"):
                    service.putheader(name, value)
            if is_chunked:
                service.endheaders([body] if body else [], encode_chunked=True)
            else:
                service.endheaders(body or None)
            answer = service.getresponse()
            content = answer.read()
        finally:
            service.close()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection"):
                self.send_header(name, value)
        # What a HEAD leaves unsaid is not 0.
        if answer.getheader("Content-Length") is None and self.command != "HEAD" and answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            # As the client asked; not being told so, it might use the connection again all the same.
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
        exchange = {
            "method": self.command,
            "target": self.path,
            "requestHeaders": dict(self.headers),
            "requestBody": kept(self.headers, body),
            "status": answer.status,
            "headers": dict(answer.getheaders()),
            "body": kept(answer.headers, content),
        }
        with lock, open(FILE, "a", encoding="utf-8") as file:
            file.write(json.dumps(exchange) + "\n")

    def chunks(self):
        body = bytearray()
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline() not in (b"\r\n", b"\n", b""):
            pass
        return bytes(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = relay

    def log_message(self, *_):
        """The file says it all."""


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128


Server(("127.0.0.1", PORT), Recorder).serve_forever()
