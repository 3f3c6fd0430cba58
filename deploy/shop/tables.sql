CREATE TABLE orders (id serial PRIMARY KEY, article text NOT NULL, cents bigint NOT NULL CHECK (cents < 100000000));
CREATE TABLE receipts (order_id bigint PRIMARY KEY);
CREATE TABLE notes (order_id bigint PRIMARY KEY, note text NOT NULL);
