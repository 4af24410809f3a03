-- What an image counts for against its owner's storage limit. numeric, as no product of two columns
-- may overflow and make a write fail.
ALTER TABLE images ADD COLUMN stored_bytes numeric
  GENERATED ALWAYS AS (cast(size AS numeric) * jsonb_array_length(locations)) STORED;

-- The sum of a project's images without a look at the images.
CREATE INDEX images_by_stored_bytes ON images (owner) INCLUDE (stored_bytes)
  WHERE deleted_at IS NULL AND stored_bytes > 0;

-- How many bytes the upload may write; null where nothing is limited. Counts against the limit until
-- the upload is committed, given up, or its image deleted.
ALTER TABLE uploads ADD COLUMN reserved_bytes bigint;

-- Rows of committed uploads stay for a while, and there may be many.
CREATE INDEX uploads_running ON uploads (image_id) WHERE state = 'running';
