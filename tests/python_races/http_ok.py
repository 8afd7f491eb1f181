# expect: none
import http.server
import threading
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.hits += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *arguments):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
server.hits = 0
thread = threading.Thread(target=server.serve_forever)
thread.start()
url = "http://127.0.0.1:%d/" % server.server_address[1]
for _ in range(3):
    urllib.request.urlopen(url).read()
server.shutdown()
thread.join()
server.hits += 1
server.server_close()
