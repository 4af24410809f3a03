-- In a list of one direction ties follow that direction, so an index read backward serves the other
-- one. Whoever asks for a mix (name:asc,created_at:desc) has the ties of one value sorted. Each
-- index less makes every write and every plan cheaper.
DROP INDEX images_by_name;
DROP INDEX images_by_status;
DROP INDEX images_by_container_format;
DROP INDEX images_by_disk_format;
DROP INDEX images_by_size;
