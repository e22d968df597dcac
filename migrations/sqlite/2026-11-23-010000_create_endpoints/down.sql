DROP TABLE endpoint_versions;
DROP TABLE endpoints;
