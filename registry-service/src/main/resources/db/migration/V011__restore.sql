-- What a deleted image was, so that it can be that again while its bytes still wait for their removal.
ALTER TABLE images ADD COLUMN former_status text;
