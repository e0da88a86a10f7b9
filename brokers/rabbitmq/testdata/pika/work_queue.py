"""A work queue as pika programs have it. Prints one line for each thing seen."""

import sys

import pika
from pika.exceptions import ChannelClosedByBroker, ConnectionClosedByBroker, NackError, UnroutableError

host, port = sys.argv[1].rsplit(":", 1)


def connect(user="guest", password="guest", vhost="/"):
    return pika.BlockingConnection(
        pika.ConnectionParameters(host, int(port), vhost, pika.PlainCredentials(user, password), heartbeat=30)
    )


def refused(what, call):
    """Say how the broker refuses a call."""
    try:
        call()
        print(what, "allowed")
    except (ChannelClosedByBroker, ConnectionClosedByBroker) as e:
        print(what, e.reply_code, e.reply_text.split(" ")[0])


connection = connect()
channel = connection.channel()
channel.confirm_delivery()
channel.exchange_declare("letters", "direct")
channel.queue_declare("dead", durable=True)
channel.queue_bind("dead", "letters", "poison")
channel.queue_declare(
    "work", durable=True, arguments={"x-dead-letter-exchange": "letters", "x-dead-letter-routing-key": "poison"}
)
for n in range(1, 5):
    channel.basic_publish("", "work", b"job %d" % n, pika.BasicProperties(delivery_mode=2, headers={"n": n}))
try:
    channel.basic_publish("", "nowhere", b"lost", mandatory=True)
except UnroutableError as e:
    print("returned", e.messages[0].method.reply_code, e.messages[0].body.decode())

channel.basic_qos(prefetch_count=1)
seen = []


def work(ch, method, properties, body):
    print("got", body.decode(), properties.headers["n"], "redelivered", method.redelivered)
    seen.append(body)
    if body == b"job 2" and not method.redelivered:
        ch.basic_nack(method.delivery_tag, requeue=True)
    elif body == b"job 3":
        ch.basic_reject(method.delivery_tag, requeue=False)
    else:
        ch.basic_ack(method.delivery_tag)
    if len(seen) == 5:
        ch.stop_consuming()


channel.basic_consume("work", work, consumer_tag="worker")
channel.start_consuming()
method, properties, body = channel.basic_get("dead", auto_ack=True)
death = properties.headers["x-death"][0]
print("dead", body.decode(), death["reason"], death["queue"], death["count"], death["routing-keys"])
print("empty", channel.basic_get("dead"))
print("left", channel.queue_declare("work", passive=True).method.message_count)

refused("other arguments", lambda: connection.channel().queue_declare("work", durable=True))
refused("no such queue", lambda: connection.channel().basic_get("nothing"))
refused("stream", lambda: connect().channel().queue_declare("s", durable=True, arguments={"x-queue-type": "stream"}))
for what, arguments in (("password", {"password": "wrong"}), ("vhost", {"vhost": "nowhere"})):
    try:
        connect(**arguments)
    except pika.exceptions.AMQPConnectionError as e:
        print("wrong", what, type(e).__name__)
connection.close()
print("closed", connection.is_closed)
