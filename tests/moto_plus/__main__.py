"""moto with the additions beside this file, on a free port of this machine's loopback:

  python -m moto_plus PORT_FILE

writes its port into PORT_FILE once it answers. /moto-plus tells what answers of ours have made.
"""

import json
import os
import sys

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from . import MADE, backup, ce, eks, elasticache, kafka  # noqa: F401: they add themselves


class Application(DomainDispatcherApplication):
    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/moto-plus":
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(MADE).encode()]
        return super().__call__(environ, start_response)


def main():
    server = make_server("127.0.0.1", 0, Application(create_backend_app), threaded=True)
    written = sys.argv[1] + ".new"
    with open(written, "w", encoding="utf-8") as file:
        file.write(str(server.server_port))
    os.replace(written, sys.argv[1])
    server.serve_forever()


main()
