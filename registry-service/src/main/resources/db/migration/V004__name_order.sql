-- In the order of a list sorted by name, where those without a name come first.
DROP INDEX images_by_name;
CREATE INDEX images_by_name ON images (name NULLS FIRST, created_at DESC, id DESC) WHERE deleted_at IS NULL;
