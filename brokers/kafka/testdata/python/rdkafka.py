"""What a program with confluent_kafka does, printed for the test to compare."""
import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

SERVERS = sys.argv[1]
FAST = {"bootstrap.servers": SERVERS, "broker.address.family": "v4", "log_level": 0}
PATIENCE = 120  # as slow as the machine may be
END = time.monotonic() + PATIENCE


def send(producer, topic, values):
    failed = []
    for value in values:
        producer.produce(topic, key=value, value=value, headers=[("h", b"v")],
                         on_delivery=lambda err, _: failed.append(err) if err else None)
    left = producer.flush(PATIENCE)
    assert not failed and not left, (failed, left)


def consumer(group, **more):
    return Consumer({**FAST, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False,
                     "fetch.wait.max.ms": 50, **{k.replace("_", "."): v for k, v in more.items()}})


def take(reader, n):
    out = []
    while len(out) < n:
        assert time.monotonic() < END, f"{len(out)} of {n} records have come"
        message = reader.poll(0.1)
        if message is None:
            continue
        assert message.error() is None, message.error()
        out.append(message.value().decode())
    return sorted(out)


def done(futures):
    return {name: future.result(PATIENCE) for name, future in futures.items()}


admin = AdminClient(FAST)
done(admin.create_topics([NewTopic("py", 2, 3, config={"min.insync.replicas": "2"}), NewTopic("out", 1, 3)]))
done(admin.create_partitions([NewPartitions("py", 4)]))
topics = admin.list_topics(timeout=PATIENCE).topics
print("partitions", len(topics["py"].partitions), "replicas", len(topics["py"].partitions[0].replicas))
try:
    done(admin.create_topics([NewTopic("py", 1, 1)]))
except KafkaException as e:
    print("again", e.args[0].name())
resource = ConfigResource(ConfigResource.Type.TOPIC, "py")
for _, config in done(admin.describe_configs([resource])).items():
    print("min.insync.replicas", config["min.insync.replicas"].value, "retention.ms", config["retention.ms"].value)

for codec in "none", "gzip", "snappy", "lz4", "zstd":
    send(Producer({**FAST, "compression.type": codec, "enable.idempotence": True}), "py", [f"{codec}{i}" for i in range(40)])
reader = consumer("eager")
reader.subscribe(["py"])
values = take(reader, 200)
print("read", len(values), "distinct", len(set(values)))
reader.commit(asynchronous=False)
print("committed", sum(p.offset for p in reader.committed([TopicPartition("py", i) for i in range(4)], PATIENCE) if p.offset > 0))
reader.close()

send(Producer(FAST), "py", ["later"])
reader = consumer("eager", partition_assignment_strategy="cooperative-sticky", group_instance_id="seat")
reader.subscribe(["py"])
print("from the commit", take(reader, 1))
reader.close()

for group in admin.list_groups("eager", timeout=PATIENCE):
    print("group", group.id, group.protocol_type)

since = int(time.time() * 1000) - 3_600_000
reader = consumer("by-time")
at = reader.offsets_for_times([TopicPartition("py", 0, since)], PATIENCE)[0].offset
low, high = reader.get_watermark_offsets(TopicPartition("py", 0), PATIENCE)
reader.assign([TopicPartition("py", 0, high - 1)])
print("an hour ago", at, "low", low, "the last one", len(take(reader, 1)))
reader.close()

mover = Producer({**FAST, "transactional.id": "mover"})
mover.init_transactions(PATIENCE)
reader = consumer("movers", isolation_level="read_committed")
reader.subscribe(["py"])
for end in mover.commit_transaction, mover.abort_transaction, mover.commit_transaction:
    mover.begin_transaction()
    take(reader, 10)
    send(mover, "out", [end.__name__])
    mover.send_offsets_to_transaction(reader.position(reader.assignment()), reader.consumer_group_metadata(), PATIENCE)
    end(PATIENCE)
moved = sum(p.offset for p in reader.committed(reader.assignment(), PATIENCE) if p.offset > 0)
print("moved in transactions", moved)
reader.close()
mover.begin_transaction()
second = Producer({**FAST, "transactional.id": "mover"})
second.init_transactions(PATIENCE)
try:
    mover.produce("out", value="zombie")
    mover.flush(PATIENCE)
    mover.commit_transaction(PATIENCE)
except KafkaException as e:
    print("the first producer", e.args[0].name())
reader = consumer("committed", isolation_level="read_committed")
reader.subscribe(["out"])
print("out", take(reader, 2))
reader.close()
done(admin.delete_topics(["py", "out"]))
print("left", [t for t in admin.list_topics(timeout=PATIENCE).topics if not t.startswith("__")])
