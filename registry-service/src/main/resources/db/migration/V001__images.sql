-- One row holds all of an image, so that a show reads one row. Rows stay when an image is deleted:
-- an id is never used again.
CREATE TABLE images (
  id               uuid PRIMARY KEY,
  -- As the client wrote the id, where that is not its lower-case form.
  shown_id         text,
  name             text COLLATE "C",
  status           text COLLATE "C" NOT NULL,
  visibility       text NOT NULL,
  is_protected     boolean NOT NULL,
  is_hidden        boolean NOT NULL,
  owner            text COLLATE "C",
  tags             text[] NOT NULL,
  min_disk         integer NOT NULL,
  min_ram          integer NOT NULL,
  container_format text COLLATE "C",
  disk_format      text COLLATE "C",
  size             bigint,
  virtual_size     bigint,
  checksum         text,
  hash_algorithm   text,
  hash_value       text,
  properties       jsonb NOT NULL,
  locations        jsonb NOT NULL DEFAULT '[]',
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  deleted_at       timestamptz,
  -- Counts the writes, for updates that name the version they were made for.
  version          bigint NOT NULL DEFAULT 1,
  -- Counts the upload attempts.
  attempts         integer NOT NULL DEFAULT 0,
  -- A writer of an earlier attempt may still be alive: the plain object name is left to it.
  is_fenced        boolean NOT NULL DEFAULT false,
  -- Why the last upload came to nothing.
  last_failure     text
);

-- Lists read visible images in keyset order; what was deleted stays out of every index but the key.
CREATE INDEX images_by_age        ON images (created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX images_by_owner      ON images (owner, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX images_by_visibility ON images (visibility, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX images_by_name       ON images (name, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX images_by_checksum   ON images (checksum) WHERE deleted_at IS NULL;
CREATE INDEX images_by_property   ON images USING gin (properties jsonb_path_ops) WHERE deleted_at IS NULL;
CREATE INDEX images_by_tag        ON images USING gin (tags) WHERE deleted_at IS NULL;

-- Whom a shared image is shared with.
CREATE TABLE image_members (
  image_id   uuid NOT NULL REFERENCES images,
  member     text COLLATE "C" NOT NULL,
  status     text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'accepted', 'rejected')),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (image_id, member)
);

CREATE INDEX image_members_by_member ON image_members (member, status, image_id);
