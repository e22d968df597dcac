-- Who of several servers does a job, until when.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    expires_at TIMESTAMP NOT NULL
);

CREATE INDEX leases_by_expiry ON leases (expires_at);
