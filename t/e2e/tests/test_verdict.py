# SPDX-License-Identifier: BSD-2-Clause
"""What verdict_apply promises is what both MTAs deliver, byte for byte.

The messages tell the test daemon lumbar-probe by X-Probe fields which edits to
ask for (t/probe/probe.h); t/probe/apply prints what verdict_apply makes of the
same message.
"""

import os
import subprocess

from lumbar_test.message import mail
from lumbar_test.process import Failure
from lumbar_test.suite import expect, test

FIELDS = ("X-One: 1", "X-Two: first", "X-Folded: a\r\n\tb\r\n  c",
          "X-Two: second", "X-Two: third")
RECIPIENTS = ("Bob@Example.NET", '"john..doe"@example.net',
              "ann+x@example.com")

HEADER_EDITS = {
    "add": ["add-header X-New a"],
    "add two": ["add-header X-New a", "add-header X-New b"],
    "add one of a name that is there": ["add-header X-One 2"],
    "insert on top": ["insert-header 0 X-New a"],
    "insert two on top": ["insert-header 0 X-New a",
                          "insert-header 0 X-New b"],
    "insert below the MTA's own": ["insert-header 1 X-New a"],
    "insert below all": ["insert-header 1000 X-New a"],
    "insert two below all": ["insert-header 1000 X-One a",
                             "insert-header 1000 X-One b"],
    "change the first": ["change-header X-Two 1 changed"],
    "change the last": ["change-header X-Two 3 changed"],
    "change a folded one": ["change-header X-Folded 1 changed"],
    "change one that is not there": ["change-header X-None 1 changed"],
    "delete the first": ["delete-header X-Two 1"],
    "delete the second": ["delete-header X-Two 2"],
    "delete all": ["delete-header X-Two 1", "delete-header X-Two 2",
                   "delete-header X-Two 3"],
    "delete all, last first": ["delete-header X-Two 3",
                               "delete-header X-Two 2",
                               "delete-header X-Two 1"],
    "delete in another case": ["delete-header x-oNe 1"],
    "delete what is not there": ["delete-header X-None 1"],
    "delete and change": ["delete-header X-Two 1",
                          "change-header X-Two 2 changed"],
    "delete and add": ["delete-header X-One 1", "add-header X-One new"],
    "add and delete": ["add-header X-One new", "delete-header X-One 1"],
    "insert and change": ["insert-header 0 X-Two new",
                          "change-header X-Two 2 changed"],
    "insert and delete": ["insert-header 0 X-One new",
                          "delete-header X-One 1"],
    "a blank value": ["add-header X-New"],
}
OTHER_EDITS = {
    "replace the body": ["replace-body Something else."],
    "change the sender": ["change-sender other@example.com"],
    "make it a bounce": ["change-sender"],
    "add a recipient": ["add-recipient dora@example.net"],
    "add who is there": ["add-recipient Bob@Example.NET"],
    "add who is there in another case": ["add-recipient bob@example.net"],
    "delete the first": ["delete-recipient 0"],
    "delete the quoted one": ["delete-recipient 1"],
    "delete the last": ["delete-recipient 2"],
    "delete two": ["delete-recipient 0", "delete-recipient 2"],
    "delete and add": ["delete-recipient 0", "add-recipient dora@example.net"],
    "delete and add the same": ["delete-recipient 0",
                                "add-recipient bob@example.net"],
    "add twice": ["add-recipient dora@example.net",
                  "add-recipient dora@example.net"],
    "everything": [
        "add-header X-New a", "insert-header 0 X-Top b",
        "change-header X-Two 2 c", "delete-header X-One 1",
        "delete-recipient 2", "add-recipient dora@example.net",
        "change-sender other@example.com", "replace-body Something else."],
}


def applied(site, message):
    """(sender, recipients, message) as verdict_apply has them."""
    output = subprocess.run(
        [os.path.join(site.build, "t/probe/apply"), "<ann@example.com>",
         *(f"<{each}>" for each in RECIPIENTS)],
        input=bytes(message), stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, check=True).stdout
    envelope, _, rest = output.partition(b"\n\n")
    words = [line.partition(" ") for line in envelope.decode().split("\n")]
    return ("".join(value for key, _, value in words if key == "sender"),
            sorted(value for key, _, value in words if key == "recipient"),
            rest)


def compare(site, cases):
    """Sends a message for each of CASES; all that differ are shown."""
    site.start("probe")
    messages = {name: mail(fields=[*FIELDS, *(
        f"X-Probe: {command}" for command in commands)])
        for name, commands in cases.items()}
    with site.client("probe") as client:
        for name, message in messages.items():
            expect(client.send("ann@example.com", RECIPIENTS,
                               message).final.code, 250, name)
    site.mta.wait_idle()
    differences = []
    for name, message in messages.items():
        delivery = site.delivered(message)
        got = (delivery.sender.address, delivery.addresses(),
               delivery.message())
        for what, *pair in zip(("sender", "recipients", "message"), got,
                               applied(site, message)):
            try:
                expect(*pair, f"{name}: {what}")
            except Failure as error:
                differences.append(str(error))
    if differences:
        raise Failure("\n".join(differences))


@test
def edits_headers_as_promised(site):
    compare(site, HEADER_EDITS)


@test
def edits_the_rest_as_promised(site):
    compare(site, OTHER_EDITS)
