// The shop's door: takes an order, asks the catalog, has it booked, and sends the receipt on.
// Nothing here knows of tracing: auto-instrumentations-node is loaded before this file.
'use strict';

const amqp = require('amqplib');
const express = require('express');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');

const { CATALOG_GRPC, ORDERS_URL, AMQP_URL, PORT } = process.env;

const { shop } = grpc.loadPackageDefinition(protoLoader.loadSync(`${__dirname}/catalog.proto`));
const catalog = new shop.Catalog(CATALOG_GRPC, grpc.credentials.createInsecure());

function inStock(article) {
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + 10_000;
    catalog.Check({ value: article }, { deadline }, (error, answer) =>
      error ? reject(error) : resolve(Number(answer.value)));
  });
}

async function main() {
  const broker = await amqp.connect(AMQP_URL);
  const channel = await broker.createConfirmChannel();
  await channel.assertQueue('receipts', { durable: false });

  const app = express();
  app.use(express.json());

  app.post('/orders', async (request, response) => {
    const { article } = request.body;
    try {
      await inStock(article);
    } catch (error) {
      const status = error.code === grpc.status.FAILED_PRECONDITION ? 409 : 502;
      return response.status(status).json({ error: error.details });
    }
    const booked = await fetch(`${ORDERS_URL}/orders`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ article }),
    });
    const order = await booked.json();
    if (!booked.ok) {
      return response.status(booked.status).json(order);
    }
    const receipt = Buffer.from(JSON.stringify(order));
    channel.sendToQueue('receipts', receipt, { contentType: 'application/json' });
    await channel.waitForConfirms();
    return response.status(201).json(order);
  });

  const server = app.listen(Number(PORT), '127.0.0.1', () => console.log('front listens'));
  process.once('SIGTERM', () => {
    server.close();
    catalog.close();
    broker.close();
  });
}

main();
