-- The catalogue of metadata definitions. The columns "id" keep the order of creation.
CREATE TABLE metadef_namespaces (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name         text COLLATE "C" NOT NULL UNIQUE,
  display_name text COLLATE "C",
  description  text COLLATE "C",
  visibility   text COLLATE "C" NOT NULL CHECK (visibility IN ('public', 'private')),
  is_protected boolean NOT NULL,
  owner        text COLLATE "C",
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX metadef_namespaces_by_age ON metadef_namespaces (created_at, id);

-- Stay when the last namespace that names them is gone.
CREATE TABLE metadef_resource_types (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name         text COLLATE "C" NOT NULL UNIQUE,
  -- Came from a definition file.
  is_protected boolean NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE metadef_associations (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  namespace_id      bigint NOT NULL REFERENCES metadef_namespaces ON DELETE CASCADE,
  name              text COLLATE "C" NOT NULL REFERENCES metadef_resource_types (name),
  prefix            text,
  properties_target text,
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now(),
  UNIQUE (namespace_id, name)
);

CREATE INDEX metadef_associations_by_name ON metadef_associations (name, namespace_id);

-- json, not jsonb, which forgets the order of members.
CREATE TABLE metadef_properties (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  namespace_id bigint NOT NULL REFERENCES metadef_namespaces ON DELETE CASCADE,
  name         text COLLATE "C" NOT NULL,
  schema       json NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  UNIQUE (namespace_id, name)
);

CREATE TABLE metadef_objects (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  namespace_id bigint NOT NULL REFERENCES metadef_namespaces ON DELETE CASCADE,
  name         text COLLATE "C" NOT NULL,
  description  text,
  required     json NOT NULL,
  properties   json NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  UNIQUE (namespace_id, name)
);

CREATE TABLE metadef_tags (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  namespace_id bigint NOT NULL REFERENCES metadef_namespaces ON DELETE CASCADE,
  name         text COLLATE "C" NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  UNIQUE (namespace_id, name)
);
