-- What the servers over this database sign with: 32 random bytes, made by the first of them.
CREATE TABLE server_secret (
    id SMALLINT PRIMARY KEY CHECK (id = 1),
    secret BLOB NOT NULL
);
