// Writes keyed records with every compression that kafkajs has, reads them in a group,
// and commits a transaction. Prints what it saw.
const { Kafka, CompressionTypes, logLevel } = require('kafkajs');

const kafka = new Kafka({ clientId: 'kafkajs-test', brokers: process.argv[2].split(','), logLevel: logLevel.ERROR, connectionTimeout: 60000, requestTimeout: 60000 }); // as slow as the machine may be

async function main() {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'js', numPartitions: 3, replicationFactor: 3 }] });
  console.log('topics', await admin.listTopics());

  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  for (const compression of [CompressionTypes.None, CompressionTypes.GZIP]) {
    await producer.send({ topic: 'js', acks: -1, compression, messages: [0, 1, 2, 3, 4].map((i) => ({ key: `k${i}`, value: `${compression}-${i}`, headers: { h: 'v' } })) });
  }
  const tx = kafka.producer({ transactionalId: 'js-tx', maxInFlightRequests: 1, idempotent: true });
  await tx.connect();
  const aborted = await tx.transaction();
  await aborted.send({ topic: 'js', messages: [{ key: 'k', value: 'aborted' }] });
  await aborted.abort();
  const committed = await tx.transaction();
  await committed.send({ topic: 'js', messages: [{ key: 'k', value: 'committed' }] });
  await committed.commit();

  const consumer = kafka.consumer({ groupId: 'js-group' });
  await consumer.connect();
  await consumer.subscribe({ topic: 'js', fromBeginning: true });
  const values = [];
  await new Promise((resolve, reject) => {
    consumer.run({ eachMessage: async ({ message }) => { values.push(`${message.value}${message.headers.h || ''}`); if (values.length === 11) resolve(); } }).catch(reject);
  });
  console.log('values', values.sort().join(' '));
  await consumer.disconnect();
  const offsets = await admin.fetchOffsets({ groupId: 'js-group', topics: ['js'] });
  console.log('committed', offsets[0].partitions.reduce((sum, p) => sum + Math.max(Number(p.offset), 0), 0) >= 11);
  const groups = await admin.describeGroups(['js-group']);
  console.log('group', groups.groups[0].state);
  await Promise.all([producer.disconnect(), tx.disconnect(), admin.disconnect()]);
}

main().catch((err) => { console.error(err); process.exit(1); });
