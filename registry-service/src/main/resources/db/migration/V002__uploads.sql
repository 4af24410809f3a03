-- The intents: one row for each attempt that may have left bytes in a store. A row goes away when
-- the attempt is aborted and discarded, or becomes a job.
CREATE TABLE uploads (
  upload_id        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  image_id         uuid NOT NULL REFERENCES images,
  -- The id as clients see it: the store's names are made of it.
  shown_image_id   text NOT NULL,
  store            text NOT NULL,
  -- Which process writes, for people reading the table.
  worker           text NOT NULL,
  attempt          integer NOT NULL,
  is_fenced        boolean NOT NULL,
  -- gone: the image was deleted under way, and the writer has not answered to that yet.
  state            text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'committed', 'gone')),
  size             bigint,
  bytes            bigint NOT NULL DEFAULT 0,
  started_at       timestamptz NOT NULL DEFAULT now(),
  lease_expires_at timestamptz NOT NULL,
  UNIQUE (image_id, attempt)
);

CREATE INDEX uploads_by_expiry ON uploads (lease_expires_at);
