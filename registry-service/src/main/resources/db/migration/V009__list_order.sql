-- A page of a list is merged from slices of one visibility each, and every slice comes in order from
-- an index: whose rows begin with what is equal within a slice and go on with what it is sorted by.
-- A sort key whose ties may be many has an index for each direction, as the ties come newest first
-- in both.
DROP INDEX images_by_age;
DROP INDEX images_by_name;
DROP INDEX images_by_owner;
DROP INDEX images_by_visibility;

CREATE INDEX images_by_owner ON images (owner, visibility, is_hidden, created_at DESC, id DESC)
  WHERE deleted_at IS NULL;

CREATE INDEX images_by_id ON images (visibility, is_hidden, id) WHERE deleted_at IS NULL;
CREATE INDEX images_by_created_at ON images (visibility, is_hidden, created_at DESC, id DESC)
  WHERE deleted_at IS NULL;
CREATE INDEX images_by_updated_at
  ON images (visibility, is_hidden, updated_at DESC, created_at DESC, id DESC)
  WHERE deleted_at IS NULL;

CREATE INDEX images_by_name
  ON images (visibility, is_hidden, name NULLS FIRST, created_at DESC, id DESC)
  WHERE deleted_at IS NULL;
CREATE INDEX images_by_name_desc
  ON images (visibility, is_hidden, name DESC NULLS LAST, created_at DESC, id DESC)
  WHERE deleted_at IS NULL;
CREATE INDEX images_by_status ON images (visibility, is_hidden, status, created_at DESC, id DESC)
  WHERE deleted_at IS NULL;
CREATE INDEX images_by_status_desc
  ON images (visibility, is_hidden, status DESC, created_at DESC, id DESC)
  WHERE deleted_at IS NULL;
CREATE INDEX images_by_container_format
  ON images (visibility, is_hidden, container_format NULLS FIRST, created_at DESC, id DESC)
  WHERE deleted_at IS NULL;
CREATE INDEX images_by_container_format_desc
  ON images (visibility, is_hidden, container_format DESC NULLS LAST, created_at DESC, id DESC)
  WHERE deleted_at IS NULL;
CREATE INDEX images_by_disk_format
  ON images (visibility, is_hidden, disk_format NULLS FIRST, created_at DESC, id DESC)
  WHERE deleted_at IS NULL;
CREATE INDEX images_by_disk_format_desc
  ON images (visibility, is_hidden, disk_format DESC NULLS LAST, created_at DESC, id DESC)
  WHERE deleted_at IS NULL;
CREATE INDEX images_by_size
  ON images (visibility, is_hidden, size NULLS FIRST, created_at DESC, id DESC)
  WHERE deleted_at IS NULL;
CREATE INDEX images_by_size_desc
  ON images (visibility, is_hidden, size DESC NULLS LAST, created_at DESC, id DESC)
  WHERE deleted_at IS NULL;

-- Long values, only ever compared with one: a hash index is a fifth of the other kind.
CREATE INDEX images_by_hash_value ON images USING hash (hash_value) WHERE deleted_at IS NULL;

-- What was written last is searched row by row: not more of it than a search can afford.
ALTER INDEX images_by_property SET (gin_pending_list_limit = 256);
ALTER INDEX images_by_tag SET (gin_pending_list_limit = 256);
