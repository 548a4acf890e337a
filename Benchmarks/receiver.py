#!/usr/bin/env python3
"""Receives webhooks and answers each with 200; prints its port."""

from __future__ import annotations

import asyncio

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Receiver(asyncio.Protocol):
    """One connection, whose requests have bodies of a stated length."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.arrived = b""

    def data_received(self, data: bytes) -> None:
        self.arrived += data
        while (end := self.arrived.find(b"\r\n\r\n")) >= 0:
            length = 0
            for line in self.arrived[:end].lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            whole = end + 4 + length
            if len(self.arrived) < whole:
                return
            self.arrived = self.arrived[whole:]
            self.transport.write(ANSWER)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
