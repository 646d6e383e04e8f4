"""A sensor in MicroPython, for an ESP32 or a Pico W: keeps readings on its flash and posts them.

    mpremote mip install requests
    mpremote cp main.py :

A test runs this file in MicroPython's WebAssembly port, with a network of its own.
"""

import json
import os
import time

import network
import ntptime
import requests

URL = "https://YOUR-PROJECT.web.app/api/v1/devices/data"
KEY = "KEY"
NETWORK, PASSWORD = "NETWORK", "PASSWORD"

WAITING = "waiting.txt"  # a reading on each line
BATCH = (
    "batch.txt"  # what is being posted: the same body until it is accepted, also after a restart
)
IN_A_POST = 12
MOST = 100_000  # bytes of readings that may wait on the flash
LONGEST_PAUSE = 60  # seconds


def measure():
    """The readings of now, as (type, value); a real sensor is read here."""
    return [("temperature", 31.5)]


def connect():
    """Joins the network and sets the clock: every reading is dated."""
    wlan = network.WLAN(network.STA_IF)
    wlan.active(True)
    if not wlan.isconnected():
        wlan.connect(NETWORK, PASSWORD)
    while not wlan.isconnected():
        time.sleep(1)
    while time.gmtime()[0] < 2024:
        try:
            ntptime.settime()
        except OSError:
            time.sleep(5)


def keep():
    """Writes the readings of now behind those that wait."""
    if size(WAITING) > MOST:
        return  # the flash is for more than readings
    now = "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*time.gmtime()[:6])
    with open(WAITING, "a") as file:
        for kind, value in measure():
            file.write(json.dumps({"type": kind, "value": value, "timestamp": now}) + "\n")


def begin():
    """Copies the oldest readings into a batch, if there are enough and no batch is open."""
    if size(BATCH):
        return True
    lines = read(WAITING).split("\n")[:-1]
    if len(lines) < IN_A_POST:
        return False
    replace(BATCH, "".join(line + "\n" for line in lines[:100]))
    return True


def done():
    """Takes the batch out of the readings that wait; safe where a power cut repeats it."""
    batch, waiting = read(BATCH), read(WAITING)
    if waiting.startswith(batch):
        replace(WAITING, waiting[len(batch) :])
    os.remove(BATCH)


def post():
    """Posts the batch once. The seconds to wait before the next attempt; 0 if it is done with."""
    lines = [line for line in read(BATCH).split("\n") if is_whole(line)]
    body = '{"data": [' + ",".join(lines) + "]}"
    headers = {"Content-Type": "application/json", "X-API-Key": KEY}
    try:
        answer = requests.post(URL, data=body, headers=headers, timeout=10)
        status, asked = answer.status_code, retry_after(answer.headers)
        answer.close()
    except OSError:
        return 1  # no network: the same again
    if status == 429 or status >= 500:
        return max(asked, 1)
    if status != 200:
        print("refused:", status, body)  # wrong, and wrong the next time too
    done()
    return 0


def retry_after(headers):
    for name in headers:
        if name.lower() == "retry-after":
            return int(headers[name])
    return 0


def is_whole(line):
    """Whether a power cut has not broken it off."""
    try:
        return bool(json.loads(line))
    except ValueError:
        return False


def read(name):
    try:
        with open(name) as file:
            return file.read()
    except OSError:
        return ""


def replace(name, text):
    """Writes a file whole, or leaves it as it was."""
    with open("new.txt", "w") as file:
        file.write(text)
    os.rename("new.txt", name)


def size(name):
    try:
        return os.stat(name)[6]
    except OSError:
        return 0


def main():
    connect()
    pause, next_post = 1, time.time()
    while True:
        keep()
        if time.time() >= next_post and begin():
            wait = post()
            pause = min(pause * 2, LONGEST_PAUSE) if wait else 1
            next_post = time.time() + (max(wait, pause) if wait else 0)
        time.sleep(5)


if __name__ == "__main__":
    main()
