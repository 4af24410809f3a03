-- Background work as clients see it. Rows go when they have expired.
CREATE TABLE tasks (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  type       text COLLATE "C" NOT NULL,
  status     text COLLATE "C" NOT NULL
             CHECK (status IN ('pending', 'processing', 'success', 'failure')),
  owner      text COLLATE "C",
  -- As the client wrote it: the image need not exist.
  image_id   text COLLATE "C",
  request_id text,
  user_id    text,
  input      jsonb,
  result     jsonb,
  message    text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz
);

CREATE INDEX tasks_by_age    ON tasks (created_at, id);
CREATE INDEX tasks_by_owner  ON tasks (owner, created_at, id);
CREATE INDEX tasks_by_image  ON tasks (lower(image_id)) WHERE image_id IS NOT NULL;
CREATE INDEX tasks_by_expiry ON tasks (expires_at) WHERE expires_at IS NOT NULL;
