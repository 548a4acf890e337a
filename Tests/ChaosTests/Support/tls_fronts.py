"""Servers that speak TLS, well and badly, in front of servers that do not.

usage: tls_fronts.py FOLDER PORT...

For each port and each kind it prints "<kind> <port> <port of the front>", and serves until its standard input ends. The
authority's certificate is ca.pem in the folder.
"""

import asyncio
import ssl
import subprocess
import sys
import warnings

# It is an old version on purpose.
warnings.filterwarnings("ignore", category=DeprecationWarning)

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
CERTIFICATES = {
    "good": ("DNS:localhost", "2"),
    "expired": ("DNS:localhost", "-1"),
    "other-host": ("DNS:other.example", "2"),
}


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def make_certificates(folder):
    own = ["-x509", "-days", "2", "-subj", "/CN=Test authority"]
    openssl(folder, "req", *KEY, *own, "-keyout", "ca.key", "-out", "ca.pem")
    own = ["-x509", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    openssl(folder, "req", *KEY, *own, "-keyout", "self-signed.key", "-out", "self-signed.pem")
    for kind, (subject, days) in CERTIFICATES.items():
        with open(f"{folder}/{kind}.ext", "w", encoding="utf-8") as file:
            file.write(f"subjectAltName={subject}\n")
        openssl(folder, "req", *KEY, "-subj", "/CN=Test", "-keyout", f"{kind}.key", "-out", f"{kind}.csr")
        signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", days]
        openssl(folder, "x509", "-req", "-in", f"{kind}.csr", *signed, "-extfile", f"{kind}.ext", "-out", f"{kind}.pem")


def context(folder, kind):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    name = "good" if kind == "old-version" else kind
    made.load_cert_chain(f"{folder}/{name}.pem", f"{folder}/{name}.key")
    if kind == "old-version":
        # The level lets in what OpenSSL itself would refuse by now.
        made.set_ciphers("DEFAULT@SECLEVEL=0")
        made.minimum_version = made.maximum_version = ssl.TLSVersion.TLSv1
    return made


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def main(folder, ports):
    make_certificates(folder)
    for kind in [*CERTIFICATES, "self-signed", "old-version"]:
        for port in ports:

            async def serve(reader, writer, port=port):
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
                await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

            server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context(folder, kind))
            print(kind, port, server.sockets[0].getsockname()[1])
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main(sys.argv[1], [int(port) for port in sys.argv[2:]]))
