# expect: none
"""A threaded HTTP server under load."""
import http.server
import threading
import urllib.request

hits = 0
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global hits
        with lock:
            hits += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
runner = threading.Thread(target=server.serve_forever)
runner.start()
url = "http://127.0.0.1:%d/" % server.server_address[1]


def load():
    for _ in range(25):
        with urllib.request.urlopen(url) as answer:
            assert answer.read() == b"hello"


clients = [threading.Thread(target=load) for _ in range(4)]
for client in clients:
    client.start()
for client in clients:
    client.join()
server.shutdown()
runner.join()
server.server_close()
print(hits)
