"""What a program with kafka-python does, printed for the test to compare."""
import sys
import time

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.codec import has_lz4, has_snappy
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewPartitions, NewTopic
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from kafka.errors import TopicAlreadyExistsError
from kafka.structs import OffsetAndMetadata

PATIENCE = 120  # as slow as the machine may be
CLIENT = {"bootstrap_servers": sys.argv[1].split(","), "api_version_auto_timeout_ms": PATIENCE * 1000}

admin = KafkaAdminClient(**CLIENT)
admin.create_topics([NewTopic("py", 2, 3, topic_configs={"retention.ms": "60000"})])
admin.create_partitions({"py": NewPartitions(4)})
try:
    admin.create_topics([NewTopic("py", 1, 1)])
except TopicAlreadyExistsError:
    print("again TopicAlreadyExistsError")
print("partitions", len(admin.describe_topics(["py"])[0]["partitions"]))
admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, "py", {"retention.ms": "120000"})])
entries = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, "py")])[0].resources[0][4]
print("retention.ms", [e[1] for e in entries if e[0] == "retention.ms"])

CODECS = [None, "gzip"] + [c for c, there in (("snappy", has_snappy()), ("lz4", has_lz4())) if there]
for codec in CODECS:
    for acks in 0, 1, "all":
        producer = KafkaProducer(**CLIENT, compression_type=codec, acks=acks, linger_ms=5)
        sent = [producer.send("py", key=b"%d" % i, value=f"{codec}-{acks}-{i}".encode(), headers=[("h", b"v")]) for i in range(20)]
        producer.flush(PATIENCE)
        for future in sent:
            future.get(PATIENCE)
        producer.close()


def take(consumer, n):
    out, end = [], time.monotonic() + PATIENCE
    while len(out) < n:
        assert time.monotonic() < end, f"{len(out)} of {n} records have come"
        for records in consumer.poll(100).values():
            out += [r.value.decode() for r in records]
    return out


def member(group, **more):
    return KafkaConsumer("py", **CLIENT, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False,
                         fetch_max_wait_ms=50, heartbeat_interval_ms=100, session_timeout_ms=60_000, **more)


one = member("readers", client_id="me")
values = take(one, 60 * len(CODECS))
print("read everything once", len(set(values)) == 60 * len(CODECS))
one.commit()
described = admin.describe_consumer_groups(["readers"])[0]
print("group", described.state, described.protocol, [m.client_id for m in described.members])
one.close()
offsets = admin.list_consumer_group_offsets("readers")
print("committed everything", sum(o.offset for o in offsets.values()) == 60 * len(CODECS))
print("groups", admin.list_consumer_groups())

producer = KafkaProducer(**CLIENT)
producer.send("py", b"later").get(PATIENCE)
one = member("readers", partition_assignment_strategy=[RoundRobinPartitionAssignor])
print("from the commit", take(one, 1))
one.close()

alone = KafkaConsumer(**CLIENT, fetch_max_wait_ms=50, group_id="alone", enable_auto_commit=False)
p0 = TopicPartition("py", 0)
alone.assign([p0])
first, last = alone.beginning_offsets([p0])[p0], alone.end_offsets([p0])[p0]
by_time = alone.offsets_for_times({p0: int(time.time() * 1000) - 3_600_000})[p0].offset
alone.seek(p0, last - 1)
print("from", first, "an hour ago", by_time, "the last one", len(take(alone, 1)))
alone.commit({p0: OffsetAndMetadata(1, "by hand")})
print("by hand", alone.committed(p0, metadata=True))
alone.close()
print("deleted", admin.delete_consumer_groups(["readers", "alone"]))
admin.delete_topics(["py"])
print("left", [t for t in admin.list_topics() if not t.startswith("__")])
