// A work queue as amqplib programs have it. Prints one line for each thing seen.
"use strict";

const amqp = require("amqplib");

const url = process.argv[2];

/** Says how the broker refuses a call on a channel of its own. */
async function refused(what, call) {
  const connection = await amqp.connect(url);
  let ended = ""; // an error that ends the connection is told there, not to the call
  connection.on("error", (e) => { ended = e.message; });
  const channel = await connection.createChannel();
  channel.on("error", () => {});
  try {
    await call(channel);
    console.log(what, "allowed");
  } catch (e) {
    await new Promise((soon) => setImmediate(soon));
    console.log(what, (ended || e.message).match(/\d{3} \([A-Z-]+\)/)?.[0] ?? e.message);
  }
  await connection.close().catch(() => {});
}

async function main() {
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  await channel.assertExchange("letters", "direct", { durable: false });
  await channel.assertQueue("dead");
  await channel.bindQueue("dead", "letters", "poison");
  await channel.assertQueue("work", { deadLetterExchange: "letters", deadLetterRoutingKey: "poison" });
  for (let n = 1; n <= 4; n++) {
    channel.sendToQueue("work", Buffer.from(`job ${n}`), { persistent: true, headers: { n } });
  }
  await channel.waitForConfirms();
  channel.on("return", (m) => console.log("returned", m.fields.replyCode, m.content.toString()));
  channel.publish("", "nowhere", Buffer.from("lost"), { mandatory: true });
  await channel.waitForConfirms();

  await channel.prefetch(1);
  await new Promise((done, fail) => {
    let seen = 0;
    channel.consume("work", (m) => {
      const body = m.content.toString();
      console.log("got", body, m.properties.headers.n, "redelivered", m.fields.redelivered);
      if (body === "job 2" && !m.fields.redelivered) channel.nack(m, false, true);
      else if (body === "job 3") channel.reject(m, false);
      else channel.ack(m);
      if (++seen === 5) done();
    }, { consumerTag: "worker" }).catch(fail);
  });
  await channel.cancel("worker");
  const dead = await channel.get("dead", { noAck: true });
  const death = dead.properties.headers["x-death"][0];
  console.log("dead", dead.content.toString(), death.reason, death.queue, death.count, death["routing-keys"].join());
  console.log("empty", await channel.get("dead"));
  console.log("left", (await channel.checkQueue("work")).messageCount);

  await refused("other arguments", (ch) => ch.assertQueue("work"));
  await refused("no such queue", (ch) => ch.checkQueue("nothing"));
  await refused("stream", (ch) => ch.assertQueue("s", { arguments: { "x-queue-type": "stream" } }));
  await amqp.connect(url.replace("guest:guest", "guest:wrong")).catch((e) => console.log("wrong password", /403/.test(e.message)));
  await connection.close();
  console.log("closed");
}

main().catch((e) => {
  console.log("failed", e);
  process.exit(1);
});
