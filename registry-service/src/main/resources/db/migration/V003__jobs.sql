-- Work for any glance-api replica. What a kind of job needs is in its payload.
CREATE TABLE jobs (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind             text NOT NULL,
  image_id         uuid NOT NULL REFERENCES images,
  store            text,
  payload          jsonb NOT NULL,
  created_at       timestamptz NOT NULL DEFAULT now(),
  due_at           timestamptz NOT NULL DEFAULT now(),
  attempts         integer NOT NULL DEFAULT 0,
  worker           text,
  claim_expires_at timestamptz,
  last_error       text
);

CREATE INDEX jobs_by_due ON jobs (due_at, id);
